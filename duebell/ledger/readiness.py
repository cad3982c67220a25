"""Readiness: what is missing until this installation can do its work."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from duebell.domain.readiness import CONNECTION_LOST, NO_WORKER, NOT_CONNECTED
from duebell.ledger import channel_stops, rulebook_states, silence, workers
from duebell.ledger.businesses import local_times
from duebell.ledger.tables import CallbackRow, TokenPairRow
from duebell.ledger.workers import WORKERS

CALLBACKS = CallbackRow.__table__  # type: ignore[attr-defined]
PAIRS = TokenPairRow.__table__  # type: ignore[attr-defined]

_PROBE = "readiness-probe"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def probe(connection: Connection) -> None:
    """Prove that the ledger takes writes: a row comes and goes, and the commit reaches the disk."""
    connection.execute(
        insert(WORKERS).values(
            id=_PROBE, host="", pid=0, started_at=_LONG_AGO, lease_until=_LONG_AGO
        )
    )
    connection.execute(delete(WORKERS).where(WORKERS.c.id == _PROBE))


def missing(connection: Connection, base_url: str, now: datetime) -> list[str]:
    """One sentence for each thing that is missing; nothing where all is well.

    Only webhooks under this public URL count: those of an earlier one have nobody to reach.
    """
    return [
        *_connection(connection),
        *_callbacks(connection, base_url),
        *silence.sentences(connection, base_url, now),
        *stopped_channels(connection),
        *_worker(connection, now),
        *rulebook_states.faults(connection, workers.living(connection, now)),
    ]


def _connection(connection: Connection) -> list[str]:
    row = connection.execute(select(PAIRS.c.lost_reason)).first()
    if row is None:
        return [NOT_CONNECTED]
    return [f"{CONNECTION_LOST}: {row[0]}"] if row[0] else []


def _callbacks(connection: Connection, base_url: str) -> list[str]:
    rows = connection.execute(
        select(
            CALLBACKS.c.event, CALLBACKS.c.callback_id, CALLBACKS.c.verified, CALLBACKS.c.refusal
        ).where(CALLBACKS.c.base_url == base_url, CALLBACKS.c.removed_at.is_(None))
    ).all()
    if not rows:
        return ["No webhook is registered with FreshBooks yet."]
    return [
        _missing_callback(event, callback_id, refusal)
        for event, callback_id, is_verified, refusal in rows
        if not is_verified
    ]


def _missing_callback(event: str, callback_id: str | None, refusal: str | None) -> str:
    if refusal:
        return f"FreshBooks refuses the webhook for {event}: {refusal}"
    return f"The webhook for {event} is {'not verified' if callback_id else 'not registered'} yet."


def stopped_channels(connection: Connection) -> list[str]:
    """The channels that are stopped, since when, why, and how to mend it."""
    found = channel_stops.in_force(connection)
    if not found:
        return []
    minute = local_times(connection).minute
    return [one.sentence(minute(one.since)) for one in found.values()]


def _worker(connection: Connection, now: datetime) -> list[str]:
    return [] if workers.count_living(connection, now) else [NO_WORKER]
