"""The audit trail outside of the ledger."""
