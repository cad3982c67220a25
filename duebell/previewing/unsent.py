"""What this version has words for but never sends, and why: such a rule is refused."""

from __future__ import annotations

from duebell.domain.rules import Channel
from duebell.rulebook.loading import SENDABLE
from duebell.rulebook.rules import SUPPORTED_EVENTS

_NAMES = {Channel.SMS: "texts", Channel.EMAIL: "emails"}


def why_unsent(event: str, channel: Channel) -> str:
    """Why this version never sends such a message; empty where it does."""
    if event not in SUPPORTED_EVENTS:
        return f"this version tells nobody of {event} yet"
    return "" if channel in SENDABLE else f"this version sends no {_NAMES[channel]} yet"
