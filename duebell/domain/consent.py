"""What people want of us who answer a message, and who may suppress an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from duebell.domain.delivery import DeliveryReport

#: Where the webhook process hears that somebody wants no more emails.
UNSUBSCRIBE_PATH = "/webhooks/email/unsubscribe"


def unsubscribe_url(public_url: str, notification_id: str) -> str:
    """Where the reader of an email can say so; the id cannot be guessed."""
    return f"{public_url}{UNSUBSCRIBE_PATH}?n={notification_id}"


class Wish(StrEnum):
    """What somebody who answers a text asks for."""

    STOP = "stop"
    START = "start"
    NOTHING = "nothing"  # whatever else people write; nobody reads it here


class Source(StrEnum):
    """Who suppressed an address."""

    STOP = "stop"  # the person, by answering
    PROVIDER = "provider"  # the provider refuses the recipient
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    HAND = "hand"  # the firm


#: What a person's own START lifts: their own STOP, wherever it was kept. What the firm decided, and
#: what a mailbox said of itself, is not theirs to lift by a text.
LIFTED_BY_START = frozenset({Source.STOP, Source.PROVIDER})


class InboundResult(StrEnum):
    """What a text that was sent to us changed."""

    OPTED_OUT = "opted out"
    OPTED_IN = "opted in"
    NO_CHANGE = "no change"  # the address was suppressed, or free, before
    REPEATED = "repeated"  # the very same text came before
    NO_KEYWORD = "no keyword"
    OTHER_CHANNEL = "other channel"


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text that a person sent us. ``address`` is empty where it came by another channel."""

    provider_id: str
    address: str = field(repr=False)
    wish: Wish

    @property
    def unheeded(self) -> InboundResult | None:
        """Why there is nothing to obey, where there is nothing."""
        if not self.address:
            return InboundResult.OTHER_CHANNEL
        return InboundResult.NO_KEYWORD if self.wish is Wish.NOTHING else None


@dataclass(frozen=True, slots=True)
class EmailEvent:
    """What a carrier of emails told by itself, of an email and maybe of its address.

    ``event_id`` is the same whenever it comes again; ``report`` is None where it says nothing of a
    delivery. ``code`` is that of the table of codes, empty where nothing is wrong;
    ``wants_more`` that the reader subscribes again; ``at`` is when it happened, if that was told.
    """

    event_id: str
    report: DeliveryReport | None
    address: str = field(repr=False)
    code: str
    notification_id: str | None = None
    attempt: int | None = None
    wants_more: bool = False
    at: datetime | None = None


class EventResult(StrEnum):
    """What such an event did."""

    APPLIED = "applied"
    NO_NEWS = "no news"
    REPEATED = "repeated"  # the very same event came before
    NOT_OURS = "not ours"  # an email that somebody else sent by the same account
