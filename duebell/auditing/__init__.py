"""The audit trail outside of the ledger: its exported ends, and its rows in files."""
