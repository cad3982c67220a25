"""What an operator is told of a doubt that is not theirs to decide yet."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from duebell.domain import asking
from duebell.domain.provider_names import provider_name
from duebell.ledger.businesses import local_times
from duebell.ledger.notifications import Notification

_ASKED = "the provider is being asked about it already"
#: Who has no list of messages: what became of one it tells by itself, or never.
_NEVER_ASKED = ("sendgrid",)


def why_not_yet(connection: Connection, doubt: Notification, grace: timedelta) -> str:
    """By whom a doubt is resolved, and from when on it is for a person to decide."""
    if doubt.provider not in _NEVER_ASKED or doubt.next_ask_at is None or doubt.asks < 0:
        return _ASKED
    until = asking.decided_at(doubt.asks, doubt.next_ask_at, grace)
    return (
        f"{provider_name(doubt.provider)} cannot be asked; Duebell waits for its report until "
        f"{local_times(connection).minute(until)}, then it is yours to decide"
    )
