"""Tests of what the ledger knows, in numbers and words."""
