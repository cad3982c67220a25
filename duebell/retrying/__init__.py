"""Sending again what failed, at an operator's word."""
