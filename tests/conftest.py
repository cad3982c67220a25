"""Fixtures that every test may use."""

from __future__ import annotations

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

__all__ = [
    "backend",
    "empty_url",
    "ledger_url",
    "migrated_file",
    "migrated_postgres",
    "postgres",
    "postgres_url",
    "sqlite_url",
]
