"""Composition roots: where processes are put together, and what Prefect is told of our flows."""
