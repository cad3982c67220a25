"""What is still on record of a notification besides itself: its last attempt, and its signal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import Notification


def is_on_record(connection: Connection, of: Notification) -> bool:
    """Whether the attempt is still there that a provider would be asked about."""
    return connection.execute(_last(ATTEMPTS.c.id, of)).scalar() is not None


def has_signal(connection: Connection, of: Notification) -> bool:
    """Whether the signal is there by which the books are looked at before it is sent."""
    query = select(SIGNALS.c.id).where(SIGNALS.c.id == of.signal_id)
    return connection.execute(query).scalar() is not None


def outcome(connection: Connection, of: Notification) -> str | None:
    """How the call ended; None where nobody knows."""
    found: str | None = connection.execute(_last(ATTEMPTS.c.outcome, of)).scalar()
    return found


def _last(column: ColumnElement[Any], of: Notification) -> Select[tuple[Any]]:
    return select(column).where(
        ATTEMPTS.c.notification_id == of.id, ATTEMPTS.c.number == of.attempts
    )
