"""What SQLite and PostgreSQL say differently (upserts, skipping locked rows), and long lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

Id = TypeVar("Id", int, str)

#: Databases take only so many parameters in one statement; PostgreSQL 65,535.
MOST_AT_ONCE = 1_000


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


def portions_of(ids: Collection[Id]) -> Iterator[list[Id]]:
    """The ids in order, so many at once as one statement takes."""
    listed = sorted(ids)
    for start in range(0, len(listed), MOST_AT_ONCE):
        yield listed[start : start + MOST_AT_ONCE]


def rows_among(
    connection: Connection, query: Select[Any], column: ColumnElement[str], values: Collection[str]
) -> Iterator[Row[Any]]:
    """The rows in which a column has one of these values, however many; asked for by portions."""
    for portion in portions_of(values):
        yield from connection.execute(query.where(column.in_(portion)))
