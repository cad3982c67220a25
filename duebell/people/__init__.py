"""Who is behind an audience, and how they are reached."""
