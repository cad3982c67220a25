"""Numbers counted over the audit trail: how long messages take, and by which way words come.

They are counted by whoever answers Prometheus, in small portions and only once, so they cost
sending nothing: not a statement more for any message. They stand in the ledger, so that they
survive every restart and never go back. Where nobody ever asks for metrics nothing is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from duebell.domain.latencies import Key
from duebell.ledger.audit import AUDIT
from duebell.ledger.measure_tables import MeasureRow
from duebell.ledger.statements import insert_or

MEASURES = MeasureRow.__table__  # type: ignore[attr-defined]

CURSOR = "cursor"
#: Audit records that are looked through in one go: 20 ms, and more than a worker writes meanwhile.
MOST_RECORDS = 10_000
#: PostgreSQL gives numbers to records before they are committed, so younger ones may have gaps.
SETTLED = timedelta(seconds=10)


def portion(connection: Connection, now: datetime) -> tuple[int, int] | None:
    """Which audit records are to be counted next: those after the first id, up to the second.

    None where counting has not begun.
    """
    begin = cursor(connection)
    if begin is None:
        return None
    query = select(func.max(AUDIT.c.id)).where(
        AUDIT.c.id > begin, AUDIT.c.id <= begin + MOST_RECORDS
    )
    if connection.dialect.name == "postgresql":
        query = query.where(AUDIT.c.at <= now - SETTLED)
    end = connection.execute(query).scalar()
    if end is not None:
        return begin, end
    # Retention may have removed as many records as are looked at in one go.
    beyond = select(func.min(AUDIT.c.id)).where(AUDIT.c.id > begin + MOST_RECORDS)
    next_id = connection.execute(beyond).scalar()
    return begin, begin if next_id is None else next_id - 1


def cursor(connection: Connection) -> int | None:
    """How far the audit trail was counted; None where counting has not begun."""
    query = select(MEASURES.c.value).where(MEASURES.c.name == CURSOR)
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def begin_counting(connection: Connection) -> None:
    """Count from here on; what was before counting began is history."""
    newest = connection.execute(select(func.max(AUDIT.c.id))).scalar() or 0
    statement = insert_or(connection, MEASURES).values(name=CURSOR, labels="", value=newest)
    connection.execute(statement.on_conflict_do_nothing())


def add(connection: Connection, begin: int, end: int, increments: Mapping[Key, float]) -> bool:
    """Add what a portion comes to; False where another process counted it first."""
    moved = connection.execute(
        update(MEASURES)
        .where(MEASURES.c.name == CURSOR, MEASURES.c.value == begin)
        .values(value=end)
    )
    if not moved.rowcount:
        return False
    if increments:
        statement = insert_or(connection, MEASURES)
        statement = statement.on_conflict_do_update(
            index_elements=["name", "labels"],
            set_={"value": MEASURES.c.value + statement.excluded.value},
        )
        connection.execute(
            statement,
            [
                {"name": name, "labels": labels, "value": value}
                for (name, labels), value in sorted(increments.items())
            ],
        )
    return True


def read(connection: Connection) -> dict[Key, float]:
    """All numbers, by name and labels."""
    rows = connection.execute(select(MEASURES).where(MEASURES.c.name != CURSOR))
    return {(name, labels): value for name, labels, value in rows}
