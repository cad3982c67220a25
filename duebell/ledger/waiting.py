"""What waits because its channel is stopped: how it is known, and how it goes on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from duebell.ledger import inbox
from duebell.ledger.doorbell import ring
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import MOST_AT_ONCE, skipping_locked
from duebell.ledger.unsent import IS_PLANNED


def on(channel: str) -> str:
    """How the reason of a message begins that waits for a stopped channel."""
    return f"no {channel} can be sent now: "


def wake(connection: Connection, channel: str, now: datetime) -> None:
    """Have sent what the stop holds back, and not what waits for something else.

    The stop is locked, and whoever begins a message locks that first and the stop then. So what
    somebody has just locked is left alone: it finds the stop as it will be.
    """
    held = select(NOTIFICATIONS.c.id).where(
        IS_PLANNED,
        NOTIFICATIONS.c.hold.is_(None),
        NOTIFICATIONS.c.channel == channel,
        NOTIFICATIONS.c.reason.startswith(on(channel), autoescape=True),
        NOTIFICATIONS.c.not_before > now,
    )
    woken = connection.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.id.in_(skipping_locked(held)))
        .values(not_before=now)
        .returning(NOTIFICATIONS.c.signal_id)
    )
    signal_ids = sorted({id_ for id_ in woken.scalars() if id_ is not None})
    for start in range(0, len(signal_ids), MOST_AT_ONCE):
        inbox.reopen(connection, signal_ids[start : start + MOST_AT_ONCE], now)
    ring(connection)
