"""What a message says: templates, their values, languages, and how texts are counted."""
