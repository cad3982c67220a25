"""Silence: polls found what no webhook told, although there is one for it.

Only creations count: what else changes a record is nowhere said, so that an update which no webhook
told of proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: FreshBooks delivers "within a few seconds to several minutes".
#: https://www.freshbooks.com/api/webhooks
WEBHOOK_PATIENCE = timedelta(minutes=15)
#: What was missed longer ago is no news, and nobody looks for it.
LOOK_BACK = timedelta(hours=24)

_CREATED = ".create"


@dataclass(frozen=True, slots=True)
class Silence:
    """A webhook that did not tell of ``missed`` records or more, the first found at ``since``."""

    account_id: str
    event: str
    since: datetime
    missed: int

    @property
    def object_id(self) -> str:
        """What the signal that tells of it is about."""
        return f"{object_prefix(self.event)}{self.since.isoformat()}"

    def __str__(self) -> str:
        """Say it in a sentence, on the clock that all machines have."""
        return self.sentence(f"{self.since:%Y-%m-%d %H:%M} UTC")

    def sentence(self, since: str) -> str:
        """Say it with its beginning as somebody reads moments."""
        return (
            f"No webhook for {self.event} has come since {since} "
            f"(account {self.account_id}), though polls found what it should have told; "
            f"its verification is asked for again."
        )


def object_prefix(event: str) -> str:
    """How the ids of all silences of an event begin."""
    return f"{event}:"


def is_telling(event: str) -> bool:
    """Whether a record that only polls found proves that the webhook for the event is silent."""
    return event.endswith(_CREATED)


def window(
    verified_at: datetime, last_told_at: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """Between which moments a poll must have found something to prove silence; may be empty.

    Whatever proves that FreshBooks reaches us (a delivery, a handshake) ends a silence. What polls
    find right after a handshake may be older than it.
    """
    begin = max(verified_at + WEBHOOK_PATIENCE, now - LOOK_BACK)
    return max(begin, last_told_at or begin), now - WEBHOOK_PATIENCE
