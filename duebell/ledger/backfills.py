"""Backfills: how far each came, which of them runs, and what it has led to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, not_, or_, select, text, update

from duebell.domain.signals import SignalSource, SignalStatus
from duebell.ledger import inbox
from duebell.ledger.book_tables import BackfillRow
from duebell.ledger.inbox import SIGNALS, Arrival
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.plans import DECISIONS
from duebell.ledger.statements import insert_or, rows_among

BACKFILLS = BackfillRow.__table__  # type: ignore[attr-defined]

RUNNING, HELD, STOPPED, DONE = "running", "held", "stopped", "done"

#: A backfill that has not been heard of for this long runs no more, whatever its row says.
LEASE = timedelta(seconds=15)

#: The number of the lock that beginning takes on PostgreSQL; migrations have another one.
_LOCK = 384230
#: Written out, because SQLite uses a partial index only where it can read its condition.
_IS_OPEN = text("signals.status <> 'done'")
_SOON = timedelta(minutes=1)
_IS_BACKFILLED = SIGNALS.c.source == SignalSource.BACKFILL


@dataclass(frozen=True, slots=True)
class StoredBackfill:
    """A backfill as it was kept."""

    id: str
    parameters: Mapping[str, Any]
    cursor: Mapping[str, Any]
    counts: Mapping[str, Any]
    status: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the signals of backfills are: not worked off yet, and what they led to."""

    open: int
    planned: int
    planned_in_hour: int


def find(connection: Connection, id_: str) -> StoredBackfill | None:
    """A backfill by its id."""
    table = BACKFILLS.c
    columns = (table.id, table.parameters, table.cursor, table.counts, table.status)
    row = connection.execute(select(*columns).where(table.id == id_)).first()
    return None if row is None else StoredBackfill(*row)


def begin(connection: Connection, new: StoredBackfill, now: datetime) -> str | None:
    """Keep a new backfill, which runs from now on; gives the one that runs, if that is another.

    One that is known already stays as it is.
    """
    _alone(connection)
    if other := other_running(connection, new.id, now):
        return other
    row = {
        "id": new.id,
        "parameters": dict(new.parameters),
        "cursor": dict(new.cursor),
        "counts": dict(new.counts),
        "status": RUNNING,
        "started_at": now,
        "updated_at": now,
    }
    connection.execute(insert_or(connection, BACKFILLS).values(row).on_conflict_do_nothing())
    return None


def _alone(connection: Connection) -> None:
    """Let no other process begin or go on until this transaction ends, as SQLite does anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def take_over(connection: Connection, id_: str, now: datetime) -> bool:
    """Go on with a backfill; False while somebody else does, or another one runs."""
    _alone(connection)
    if other_running(connection, id_, now):
        return False
    is_free = or_(BACKFILLS.c.status != RUNNING, BACKFILLS.c.updated_at <= now - LEASE)
    taken = connection.execute(
        update(BACKFILLS)
        .where(BACKFILLS.c.id == id_, is_free)
        .values(status=RUNNING, updated_at=now)
    )
    return taken.rowcount == 1


def other_running(connection: Connection, id_: str, now: datetime) -> str | None:
    """The id of another backfill that runs: two at once would count each other's messages."""
    table = BACKFILLS.c
    is_alive = and_(table.status == RUNNING, table.updated_at > now - LEASE)
    return connection.execute(select(table.id).where(table.id != id_, is_alive)).scalars().first()


def touch(connection: Connection, id_: str, now: datetime) -> None:
    """Say that a backfill still runs."""
    connection.execute(
        update(BACKFILLS)
        .where(BACKFILLS.c.id == id_, BACKFILLS.c.status == RUNNING)
        .values(updated_at=now)
    )


def advance(
    connection: Connection,
    id_: str,
    arrivals: Sequence[Arrival],
    cursor: Mapping[str, Any],
    counts: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep the signals of a page, and that they were found: both or neither."""
    if arrivals:
        inbox.record(connection, arrivals)
    connection.execute(
        update(BACKFILLS)
        .where(BACKFILLS.c.id == id_)
        .values(cursor=dict(cursor), counts=dict(counts), updated_at=now)
    )


def end(connection: Connection, id_: str, status: str, now: datetime) -> None:
    """Say that a backfill does not run any more, and why."""
    connection.execute(
        update(BACKFILLS).where(BACKFILLS.c.id == id_).values(status=status, updated_at=now)
    )


def standing(connection: Connection, since: datetime, now: datetime) -> Standing:
    """How many signals of backfills are open, and what was planned: by them since, by all now."""
    open_signals = select(func.count()).select_from(SIGNALS)
    # What waits for the end of quiet hours, or for a budget, is decided about.
    is_held = and_(SIGNALS.c.status == SignalStatus.DEFERRED, SIGNALS.c.not_before > now + _SOON)
    open_signals = open_signals.where(_IS_OPEN, _IS_BACKFILLED, not_(is_held))
    planned = select(func.count()).select_from(
        NOTIFICATIONS.join(SIGNALS, SIGNALS.c.id == NOTIFICATIONS.c.signal_id)
    )
    planned = planned.where(NOTIFICATIONS.c.created_at >= since, _IS_BACKFILLED)
    lately = select(func.count()).select_from(NOTIFICATIONS)
    lately = lately.where(NOTIFICATIONS.c.created_at > now - timedelta(hours=1))
    return Standing(
        *(connection.execute(one).scalar_one() for one in (open_signals, planned, lately))
    )


def last_decision(connection: Connection) -> int:
    """The number of the newest decision; those of a run that begins now come after it."""
    return connection.execute(select(func.max(DECISIONS.c.id))).scalar_one() or 0


def outcomes(connection: Connection, after: int) -> list[tuple[str, str, int]]:
    """What was decided about signals of backfills since then: verdict, reason and how often."""
    table = DECISIONS.c
    count = func.count()
    rows = connection.execute(
        select(table.verdict, table.reason, count)
        .join(SIGNALS, SIGNALS.c.id == table.signal_id)
        .where(table.id > after, _IS_BACKFILLED)
        .group_by(table.verdict, table.reason)
        .order_by(count.desc(), table.verdict, table.reason)
    )
    return [(verdict, reason, number) for verdict, reason, number in rows]


def known(connection: Connection, dedup_keys: Collection[str]) -> dict[str, str]:
    """The status of the notification of each of these dedup keys that there is."""
    found = select(NOTIFICATIONS.c.dedup_key, NOTIFICATIONS.c.status)
    rows = rows_among(connection, found, NOTIFICATIONS.c.dedup_key, dedup_keys)
    return {row.dedup_key: row.status for row in rows}
