"""Fixtures that every test may use."""

from __future__ import annotations

import signal

from tests.databases import (
    backend,
    empty_url,
    ledger_url,
    migrated_file,
    migrated_postgres,
    postgres,
    postgres_url,
    sqlite_url,
)
from tests.prefect_template import prefect_home

__all__ = [
    "backend",
    "empty_url",
    "ledger_url",
    "migrated_file",
    "migrated_postgres",
    "postgres",
    "postgres_url",
    "prefect_home",
    "sqlite_url",
]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in the background has Ctrl-C ignored, by every program that is
    # started from here too; and some tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
