"""Tests of the part that Prefect sees: blocks, tasks, flows and deployments."""
