"""The two things that SQLite and PostgreSQL say differently: upserts, and skipping locked rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite


def insert_or(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def skipping_locked(chosen: Select[Any]) -> Select[Any]:
    """Leave out rows that another process is just taking (SQLite has one writer and no need).

    In a WITH clause the choice is made once. As a plain subquery PostgreSQL may make it once per
    row of the outer table, and then its LIMIT limits nothing.
    """
    return select(chosen.with_for_update(skip_locked=True).cte("chosen"))
