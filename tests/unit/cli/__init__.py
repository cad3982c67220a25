"""The command line: what it writes where, and the exit codes that scripts rely on."""
