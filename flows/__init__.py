"""Prefect flows: the order of tasks and how many run at once, nothing else."""
