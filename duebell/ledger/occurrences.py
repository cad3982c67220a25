"""Business facts, once each: what was decided about, and which signal led to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from duebell.domain.occurrences import Occurrence
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import OccurrenceRow

OCCURRENCES = OccurrenceRow.__table__  # type: ignore[attr-defined]


def record(
    connection: Connection, facts: Sequence[tuple[Occurrence, int]], now: datetime
) -> dict[str, int]:
    """Record facts, each with the signal that led to it; gives the row of every key."""
    found = {occurrence.key: (occurrence, signal_id) for occurrence, signal_id in reversed(facts)}
    if not found:
        return {}
    connection.execute(
        insert_or(connection, OCCURRENCES).on_conflict_do_nothing(),
        [_occurrence_row(*found[key], now) for key in sorted(found)],
    )
    return _occurrence_ids(connection, [occurrence for occurrence, _ in found.values()])


def _occurrence_row(occurrence: Occurrence, signal_id: int, now: datetime) -> dict[str, Any]:
    return {
        "account_id": occurrence.account_id,
        "object_id": occurrence.object_id,
        "event_type": occurrence.event_type,
        "occurrence": occurrence.occurrence,
        "signal_id": signal_id,
        "created_at": now,
    }


def _occurrence_ids(connection: Connection, occurrences: list[Occurrence]) -> dict[str, int]:
    table = OCCURRENCES.c
    columns = (table.account_id, table.object_id, table.event_type, table.occurrence)
    rows = connection.execute(
        select(table.id, *columns).where(
            table.account_id.in_({occurrence.account_id for occurrence in occurrences}),
            table.object_id.in_({occurrence.object_id for occurrence in occurrences}),
        )
    )
    return {Occurrence(*row[1:]).key: row[0] for row in rows}


def recorded(
    connection: Connection, signal_ids: Sequence[int]
) -> dict[int, tuple[Occurrence, ...]]:
    """The occurrences that these signals have led to already."""
    table = OCCURRENCES.c
    columns = (table.account_id, table.object_id, table.event_type, table.occurrence)
    rows = connection.execute(
        select(table.signal_id, *columns).where(table.signal_id.in_(signal_ids)).order_by(table.id)
    )
    found: dict[int, tuple[Occurrence, ...]] = {}
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), Occurrence(*row[1:]))
    return found


def told_rungs(
    connection: Connection, account_id: str, object_ids: Sequence[str], events: Sequence[str]
) -> frozenset[Occurrence]:
    """The rungs of these invoices that were decided about."""
    table = OCCURRENCES.c
    columns = (table.account_id, table.object_id, table.event_type, table.occurrence)
    rows = connection.execute(
        select(*columns).where(
            table.account_id == account_id,
            table.object_id.in_(object_ids),
            table.event_type.in_(events),
        )
    )
    return frozenset(Occurrence(*row) for row in rows)
