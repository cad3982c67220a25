"""What waits because its channel is stopped: how it is known, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from duebell.domain.rules import Channel
from duebell.ledger.doorbell import ring
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import skipping_locked
from duebell.ledger.unsent import IS_PLANNED


def on(channel: str) -> str:
    """How the reason of a message begins that waits for a stopped channel."""
    return f"no {channel} can be sent now: "


def channels_waited_for(reasons: Iterable[str | None]) -> set[str]:
    """The channels for which messages waited, by the reasons that are on record of them."""
    known = {reason for reason in reasons if reason}
    return {one.value for one in Channel if any(why.startswith(on(one)) for why in known)}


def wake(connection: Connection, channel: str, code: str, now: datetime) -> list[int]:
    """Let what the stop holds back be sent, and not what waits for something else; gives the
    signals by which it is sent, which the caller has looked at again.

    Those that failed with its code before there were enough of them wait for nothing else either.

    The stop is locked, and whoever begins a message locks that first and the stop then. So what
    somebody has just locked is left alone: it finds the stop as it will be.
    """
    held = select(NOTIFICATIONS.c.id).where(
        IS_PLANNED,
        NOTIFICATIONS.c.hold.is_(None),
        NOTIFICATIONS.c.channel == channel,
        or_(
            NOTIFICATIONS.c.reason.startswith(on(channel), autoescape=True),
            NOTIFICATIONS.c.error_code == code,
        ),
        NOTIFICATIONS.c.not_before > now,
    )
    woken = connection.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.id.in_(skipping_locked(held)))
        .values(not_before=now)
        .returning(NOTIFICATIONS.c.signal_id)
    )
    ring(connection)
    return [id_ for id_ in woken.scalars() if id_ is not None]
