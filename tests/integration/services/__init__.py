"""Tests of the application services: a whole worker without Prefect, against the sandbox."""
