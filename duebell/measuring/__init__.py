"""What the ledger knows, as numbers for Prometheus and as a summary for people."""
