"""Planned messages that nobody will send: brought out again, or flagged where nobody can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select, text

from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.domain.signals import SignalStatus
from duebell.ledger import inbox, notifications
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS, Change

_S = NotificationStatus

#: A planned notification whose signal is done has been forgotten if nothing happened for so long.
STRANDED_AFTER = timedelta(minutes=15)
MOST_STRANDED = 500

#: Why a message is not sent (again) whose signal was removed with the rest of the past.
FORGOTTEN = (
    "what it was about is not kept any more (DUEBELL_HISTORY_DAYS), so it cannot be looked at"
)


def reopen(connection: Connection, now: datetime) -> int:
    """Have signals worked on again whose planned notification nobody else will send."""
    stranded = connection.execute(
        select(NOTIFICATIONS.c.signal_id)
        .join(SIGNALS, SIGNALS.c.id == NOTIFICATIONS.c.signal_id)
        .where(
            *_is_idle(now),
            SIGNALS.c.status == SignalStatus.DONE,
            # One that is held (its invoice is a draft again) is not looked at in every round.
            SIGNALS.c.done_at <= now - STRANDED_AFTER,
        )
        .distinct()
        .limit(MOST_STRANDED)
    )
    signal_ids = list(stranded.scalars())
    if signal_ids:
        inbox.reopen(connection, signal_ids, now)
    return len(signal_ids)


def flag_forgotten(connection: Connection, now: datetime) -> int:
    """Flag what is planned and has no signal any more, so that no look at the books sends it."""
    forgotten = connection.execute(
        select(NOTIFICATIONS.c.id)
        .outerjoin(SIGNALS, SIGNALS.c.id == NOTIFICATIONS.c.signal_id)
        .where(*_is_idle(now), SIGNALS.c.id.is_(None))
        .limit(MOST_STRANDED)
    )
    found = notifications.lock(connection, list(forgotten.scalars()))
    changes = [
        Change(before, replace(before, status=_S.REJECTED, reason=FORGOTTEN), "duebell")
        for before in found.values()
        if before.status is _S.PLANNED
    ]
    notifications.write(connection, changes, now)
    return len(changes)


def _is_idle(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Planned, due, and not changed for a while."""
    table = NOTIFICATIONS.c
    return (
        # With the very words of its partial index, which SQLite would not use otherwise.
        and_(text("notifications.status IN ('planned', 'sending')"), table.status == _S.PLANNED),
        or_(table.not_before.is_(None), table.not_before <= now),
        # What a brake holds waits for a person.
        or_(table.hold.is_(None), table.hold != Hold.BRAKE.value),
        table.updated_at <= now - STRANDED_AFTER,
    )
