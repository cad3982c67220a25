"""Prefect tasks: each has one named retry policy, makes one call and writes one log line."""
