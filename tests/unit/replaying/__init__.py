"""Replays: the parts that need neither a ledger nor books."""
