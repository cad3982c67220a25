"""Signals that a worker has in hand: claimed as a batch, put off, and done."""

from __future__ import annotations

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
    update,
)

from duebell.domain.signals import ClaimedSignal, Signal, SignalSource, SignalStatus
from duebell.ledger.inbox import IS_OPEN, SIGNALS
from duebell.ledger.statements import skipping_locked
from duebell.ledger.tables import WorkerRow

WORKERS = WorkerRow.__table__  # type: ignore[attr-defined]

#: A claim that has not ended after this long is forgotten, even if its worker is alive: the run
#: broke off while the ledger could not be written. Far longer than any run takes.
CLAIM_CEILING = timedelta(minutes=15)


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
        select(func.count()).select_from(SIGNALS).where(IS_OPEN, _is_claimable(now))
    ).scalar_one()


def claim(
    connection: Connection, worker_id: str, batch_id: str, most: int, now: datetime
) -> list[ClaimedSignal]:
    """Take the oldest signals that nobody living works on, as one batch."""
    chosen = skipping_locked(
        select(SIGNALS.c.id).where(IS_OPEN, _is_claimable(now)).order_by(SIGNALS.c.id).limit(most)
    )
    return _take(connection, SIGNALS.c.id.in_(chosen), worker_id, batch_id, now)


def reclaim(
    connection: Connection, worker_id: str, batch_id: str, now: datetime
) -> list[ClaimedSignal]:
    """Take what is left of a batch: its signals that are not done and not another worker's."""
    mine = and_(SIGNALS.c.status == SignalStatus.CLAIMED, SIGNALS.c.claimed_by == worker_id)
    put_off = SIGNALS.c.status == SignalStatus.DEFERRED
    left = and_(SIGNALS.c.batch_id == batch_id, IS_OPEN)
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
            again_at=None,  # whoever takes it now sees what came up before
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

#: What came up while the run worked on it is worked on at its time, whatever the run has seen.
_IS_DONE_WITH = SIGNALS.c.again_at.is_(None)
_UNTIL = bindparam("new_not_before", type_=SIGNALS.c.not_before.type)
_IS_SOONER = or_(_UNTIL.is_(None), SIGNALS.c.again_at < _UNTIL)


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
            status=case(
                (_IS_DONE_WITH, bindparam("new_status")), else_=SignalStatus.DEFERRED.value
            ),
            outcome=bindparam("new_outcome"),
            not_before=case((and_(~_IS_DONE_WITH, _IS_SOONER), SIGNALS.c.again_at), else_=_UNTIL),
            done_at=case((_IS_DONE_WITH, bindparam("new_done_at", type_=SIGNALS.c.done_at.type))),
            again_at=None,
            failing_since=_FAILING_SINCE,
            claimed_by=None,
        ),
        [
            {
                "row": ending.signal_id,
                "new_status": _status_after(ending).value,
                "new_outcome": ending.outcome,
                "new_not_before": ending.not_before,
                "new_done_at": None if ending.not_before else ending.at,
                "fails": ending.is_failure,
                "failed_at": ending.at,
            }
            for ending in sorted(endings, key=lambda one: one.signal_id)
        ],
    )


def _status_after(ending: Ending) -> SignalStatus:
    return SignalStatus.DEFERRED if ending.not_before else SignalStatus.DONE


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
