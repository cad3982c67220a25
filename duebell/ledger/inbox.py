"""The inbox: signals are recorded (coalescing while they wait), claimed, put off, and done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    update,
)

from duebell.domain.signals import ClaimedSignal, Signal, SignalSource, SignalStatus
from duebell.ledger.doorbell import ring
from duebell.ledger.statements import insert_or, skipping_locked
from duebell.ledger.tables import SignalRow, WorkerRow

SIGNALS = SignalRow.__table__  # type: ignore[attr-defined]
WORKERS = WorkerRow.__table__  # type: ignore[attr-defined]


#: A claim that has not ended after this long is forgotten, even if its worker is alive: the run
#: broke off while the ledger could not be written. Far longer than any run takes.
CLAIM_CEILING = timedelta(minutes=15)


_WEBHOOK = SignalSource.WEBHOOK.value

#: Written out, because SQLite uses a partial index only where it can read its condition.
_IS_OPEN = text("signals.status <> 'done'")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A signal and the moment it came."""

    signal: Signal
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a claimed signal; ``not_before`` puts it off instead of ending it.

    ``is_failure`` says that its record could not be looked up.
    """

    signal_id: int
    outcome: str
    at: datetime
    not_before: datetime | None = None
    is_failure: bool = False


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


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    living = select(WORKERS.c.id).where(WORKERS.c.lease_until > now)
    return or_(
        SIGNALS.c.status == SignalStatus.WAITING,
        and_(
            SIGNALS.c.status.in_([SignalStatus.DEFERRED, SignalStatus.CLAIMED]),
            SIGNALS.c.not_before <= now,
        ),
        and_(SIGNALS.c.status == SignalStatus.CLAIMED, SIGNALS.c.claimed_by.not_in(living)),
    )


def count_claimable(connection: Connection, now: datetime) -> int:
    """How many signals somebody should work on."""
    return connection.execute(
        select(func.count()).select_from(SIGNALS).where(_IS_OPEN, _is_claimable(now))
    ).scalar_one()


def claim(
    connection: Connection, worker_id: str, batch_id: str, most: int, now: datetime
) -> list[ClaimedSignal]:
    """Take the oldest signals that nobody living works on, as one batch."""
    chosen = skipping_locked(
        select(SIGNALS.c.id).where(_IS_OPEN, _is_claimable(now)).order_by(SIGNALS.c.id).limit(most)
    )
    return _take(connection, SIGNALS.c.id.in_(chosen), worker_id, batch_id, now)


def reclaim(
    connection: Connection, worker_id: str, batch_id: str, now: datetime
) -> list[ClaimedSignal]:
    """Take what is left of a batch: its signals that are not done and not another worker's."""
    mine = and_(SIGNALS.c.status == SignalStatus.CLAIMED, SIGNALS.c.claimed_by == worker_id)
    put_off = SIGNALS.c.status == SignalStatus.DEFERRED
    left = and_(SIGNALS.c.batch_id == batch_id, _IS_OPEN)
    return _take(
        connection, and_(left, or_(mine, put_off, _is_claimable(now))), worker_id, batch_id, now
    )


def _take(
    connection: Connection,
    condition: ColumnElement[bool],
    worker_id: str,
    batch_id: str,
    now: datetime,
) -> list[ClaimedSignal]:
    in_hand = and_(
        SIGNALS.c.status == SignalStatus.CLAIMED,
        SIGNALS.c.claimed_by == worker_id,
        SIGNALS.c.batch_id == batch_id,
    )
    rows = connection.execute(
        update(SIGNALS)
        .where(condition)
        .values(
            status=SignalStatus.CLAIMED,
            claimed_by=worker_id,
            batch_id=batch_id,
            # The run that the dispatcher claimed them for takes them again: not another try.
            tries=case((in_hand, SIGNALS.c.tries), else_=SIGNALS.c.tries + 1),
            not_before=now + CLAIM_CEILING,
        )
        .returning(*_CLAIMED)
    )
    return sorted((_claimed(*row) for row in rows), key=lambda claimed: claimed.id)


_CLAIMED = tuple(
    SIGNALS.c[name]
    for name in (
        *("id", "account_id", "event", "object_id"),
        *("source", "received_at", "tries", "failing_since"),
    )
)


def _claimed(
    id_: int,
    account_id: str,
    event: str,
    object_id: str,
    source: str,
    received_at: datetime,
    tries: int,
    failing_since: datetime | None,
) -> ClaimedSignal:
    signal = Signal(account_id, event, object_id, SignalSource(source))
    return ClaimedSignal(id_, signal, received_at, tries, failing_since)


#: It began to fail now, unless it began earlier; what was looked up has stopped failing.
_FAILING_SINCE = case(
    (
        bindparam("fails", type_=Boolean),
        func.coalesce(
            SIGNALS.c.failing_since, bindparam("failed_at", type_=SIGNALS.c.failing_since.type)
        ),
    ),
    else_=None,
)


def end(connection: Connection, endings: Sequence[Ending], worker_id: str | None = None) -> None:
    """Mark claimed signals as done, or put them off; with ``worker_id`` only its own.

    A worker that was thought dead must not end what another one has taken over.
    """
    is_held = SIGNALS.c.status == SignalStatus.CLAIMED
    if worker_id is not None:
        is_held = and_(is_held, SIGNALS.c.claimed_by == worker_id)
    connection.execute(
        update(SIGNALS)
        .where(SIGNALS.c.id == bindparam("row"), is_held)
        .values(
            status=bindparam("new_status"),
            outcome=bindparam("new_outcome"),
            not_before=bindparam("new_not_before"),
            done_at=bindparam("new_done_at"),
            failing_since=_FAILING_SINCE,
            claimed_by=None,
        ),
        [
            {
                "row": ending.signal_id,
                "new_status": SignalStatus.DEFERRED if ending.not_before else SignalStatus.DONE,
                "new_outcome": ending.outcome,
                "new_not_before": ending.not_before,
                "new_done_at": None if ending.not_before else ending.at,
                "fails": ending.is_failure,
                "failed_at": ending.at,
            }
            for ending in endings
        ],
    )


def release(connection: Connection, worker_id: str, batch_id: str, not_before: datetime) -> int:
    """Put off what a run left claimed, so that another run takes it up."""
    return connection.execute(
        update(SIGNALS)
        .where(
            SIGNALS.c.batch_id == batch_id,
            SIGNALS.c.status == SignalStatus.CLAIMED,
            SIGNALS.c.claimed_by == worker_id,
        )
        .values(status=SignalStatus.DEFERRED, claimed_by=None, not_before=not_before)
    ).rowcount


def wake(connection: Connection, now: datetime) -> int:
    """Have everything that was put off worked on at once: what it waited for is there."""
    woken = connection.execute(
        update(SIGNALS)
        .where(_IS_OPEN, SIGNALS.c.status == SignalStatus.DEFERRED, SIGNALS.c.not_before > now)
        .values(not_before=now)
    ).rowcount
    ring(connection)
    return woken


def reopen(connection: Connection, signal_ids: Sequence[int], not_before: datetime) -> None:
    """Have done signals worked on again: one of their notifications has to be sent again.

    One that was put off for longer (for the night) is worked on at that time as well.
    """
    is_put_off = and_(SIGNALS.c.status == SignalStatus.DEFERRED, SIGNALS.c.not_before > not_before)
    connection.execute(
        update(SIGNALS)
        .where(
            SIGNALS.c.id.in_(signal_ids),
            or_(SIGNALS.c.status == SignalStatus.DONE, is_put_off),
        )
        .values(status=SignalStatus.DEFERRED, not_before=not_before, done_at=None)
    )
