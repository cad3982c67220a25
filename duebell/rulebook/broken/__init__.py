"""A rulebook that is no TOML: what is wrong with it, and how it was meant."""
