"""Silence: what a provider should have told by itself was found only because we asked.

Of FreshBooks' webhooks only creations count: what else changes a record is nowhere said, so that an
update which no webhook told of proves nothing. Of delivery reports, that several messages in a row
were taken and nothing was told of any message since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

#: FreshBooks delivers "within a few seconds to several minutes".
#: https://www.freshbooks.com/api/webhooks
WEBHOOK_PATIENCE = timedelta(minutes=15)
#: What was missed longer ago is no news, and nobody looks for it.
LOOK_BACK = timedelta(hours=24)

_CREATED = ".create"

#: The reports that providers send by themselves; they belong to no account of FreshBooks.
TWILIO_STATUS, SENDGRID_EVENTS = "twilio.status", "sendgrid.events"
#: So many messages in a row have to be without a report: one may be a carrier's whim.
FEWEST_UNREPORTED = 3

_UNREPORTED: Mapping[str, str] = MappingProxyType(
    {
        TWILIO_STATUS: (
            "Twilio has reported nothing of texts by itself since {since}; what became of them is "
            "known only by asking. It must reach /webhooks/twilio/status at DUEBELL_PUBLIC_URL; "
            "and if its auth token was changed, the new one belongs into Prefect's block "
            "twilio-credentials/duebell (DUEBELL_TWILIO_AUTH_TOKENS)."
        ),
        SENDGRID_EVENTS: (
            "SendGrid has reported nothing of emails since {since}, and it cannot be asked. Its "
            "event webhook must point to /webhooks/sendgrid/events at DUEBELL_PUBLIC_URL, signed "
            "with the key of DUEBELL_SENDGRID_WEBHOOK_KEY."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Silence:
    """A webhook that did not tell of ``missed`` records or more, the first found at ``since``.

    The same of reports on messages, which belong to no account.
    """

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
        """Say it with its beginning as somebody reads moments, and how to mend it."""
        if (unreported := _UNREPORTED.get(self.event)) is not None:
            return unreported.format(since=since)
        return (
            f"No webhook for {self.event} has come since {since} "
            f"(account {self.account_id}), though polls found what it should have told; "
            f"its verification is asked for again."
        )


def object_prefix(event: str) -> str:
    """How the ids of all silences of an event begin."""
    return f"{event}:"


def is_of_reports(event: str) -> bool:
    """Whether it is a provider of messages that should have told."""
    return event in _UNREPORTED


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
