"""Sending again what failed."""
