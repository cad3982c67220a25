"""Emails through SendGrid: sending them, and its word on what became of them."""
