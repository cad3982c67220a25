"""The connection to FreshBooks: how it is made, and what is known where it is lost."""
