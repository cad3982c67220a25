"""The ledger: SQL tables and the few transactional verbs that change them. The truth of Duebell."""
