"""Duebell's promises, kept by real processes that are killed, and counted at the sandbox."""
