"""The webhook process: its application on a real ledger, and its server on a real socket."""
