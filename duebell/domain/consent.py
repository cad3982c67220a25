"""What people want of us who answer a message, and who may suppress an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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
