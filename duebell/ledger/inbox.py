"""The inbox: signals are recorded, coalescing while they wait, and brought out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, or_, select, text, update

from duebell.domain.signals import Signal, SignalSource, SignalStatus
from duebell.ledger.doorbell import ring
from duebell.ledger.statements import insert_or, portions_of
from duebell.ledger.tables import SignalRow

SIGNALS = SignalRow.__table__  # type: ignore[attr-defined]

_WEBHOOK = SignalSource.WEBHOOK.value

#: Written out, because SQLite uses a partial index only where it can read its condition.
IS_OPEN = text("signals.status <> 'done'")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A signal and the moment it came."""

    signal: Signal
    at: datetime


def record(connection: Connection, arrivals: Sequence[Arrival]) -> list[None]:
    """Store signals; one that is waiting already is counted instead of added.

    A fact that a poll found and a webhook told as well was told by a webhook, whichever was first.
    The rows go in by the order of their keys, so that two processes cannot block each other.
    """
    counts = Counter(arrival.signal for arrival in arrivals)
    first_at = {arrival.signal: arrival.at for arrival in reversed(arrivals)}
    rows = [
        {
            "account_id": signal.account_id,
            "event": signal.event,
            "object_id": signal.object_id,
            "source": signal.source.value,
            "status": SignalStatus.WAITING.value,
            "deliveries": count,
            "received_at": first_at[signal],
            "tries": 0,
        }
        for signal, count in sorted(counts.items(), key=lambda item: _key(item[0]))
    ]
    statement = insert_or(connection, SIGNALS)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "event", "object_id"],
            index_where=text("status = 'waiting'"),
            set_={
                "deliveries": SIGNALS.c.deliveries + statement.excluded.deliveries,
                "source": case(
                    (statement.excluded.source == _WEBHOOK, _WEBHOOK), else_=SIGNALS.c.source
                ),
            },
        ),
        rows,
    )
    ring(connection)
    return [None] * len(arrivals)


def _key(signal: Signal) -> tuple[str, str, str]:
    return (signal.account_id, signal.event, signal.object_id)


def wake(connection: Connection, now: datetime) -> int:
    """Have everything that was put off worked on at once: what it waited for is there.

    What failed before and is being tried just now may be put off once more: it comes back as well.
    """
    is_tried = and_(SIGNALS.c.status == SignalStatus.CLAIMED, SIGNALS.c.failing_since.is_not(None))
    connection.execute(update(SIGNALS).where(IS_OPEN, is_tried).values(again_at=now))
    woken = connection.execute(
        update(SIGNALS)
        .where(IS_OPEN, SIGNALS.c.status == SignalStatus.DEFERRED, SIGNALS.c.not_before > now)
        .values(not_before=now)
    ).rowcount
    ring(connection)
    return woken


def reopen(connection: Connection, signal_ids: Collection[int], not_before: datetime) -> None:
    """Have done signals worked on again: one of their notifications has to be sent again.

    One that was put off for longer (for the night) is worked on at that time as well, and one that
    is being worked on when its run is over: that may have looked at its notifications before.
    """
    reopen_each(connection, dict.fromkeys(signal_ids, not_before))


def reopen_each(connection: Connection, times: Mapping[int, datetime]) -> None:
    """As :func:`reopen`, each signal at a time of its own; locked in the order of their ids."""
    for portion in portions_of(times):
        among = SIGNALS.c.id.in_(portion)
        connection.execute(
            select(SIGNALS.c.id).where(among).order_by(SIGNALS.c.id).with_for_update()
        ).all()
        for at in sorted({times[id_] for id_ in portion}):
            _reopen(connection, [id_ for id_ in portion if times[id_] == at], at)


def _reopen(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    table = SIGNALS.c
    is_later = or_(table.again_at.is_(None), table.again_at > at)
    connection.execute(
        update(SIGNALS)
        .where(table.id.in_(ids), table.status == SignalStatus.CLAIMED, is_later)
        .values(again_at=at)
    )
    is_put_off = and_(table.status == SignalStatus.DEFERRED, table.not_before > at)
    connection.execute(
        update(SIGNALS)
        .where(table.id.in_(ids), or_(table.status == SignalStatus.DONE, is_put_off))
        .values(status=SignalStatus.DEFERRED, not_before=at, done_at=None)
    )
