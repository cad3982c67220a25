"""How SQLite answers what is asked of it: by an index, or by reading a table to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event


def plans_of(connection: Connection, step: Callable[[], object]) -> list[str]:
    """The plan of everything that a step asks and changes."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(*call: Any) -> None:
        asked.append((call[2], call[3]))

    event.listen(connection, "before_cursor_execute", note)
    step()
    event.remove(connection, "before_cursor_execute", note)
    return [
        row[3]
        for sql, values in asked
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
    ]
