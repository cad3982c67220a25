"""Why somebody was told something, or was not: the ledger's rows as a story in plain words."""
