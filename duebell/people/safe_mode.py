"""Safe mode in words: where messages go instead of to the people they are meant for."""

from __future__ import annotations

from duebell.domain.rules import Channel, SafeMode
from duebell.people.masking import mask

#: What surprises whoever ends safe mode.
COUNTS = "what is told now is not told again when safe mode ends"

_NOUNS = {Channel.SMS: ("text", "number"), Channel.EMAIL: ("email", "address")}


def in_words(safe_mode: SafeMode) -> str:
    """Where everything goes while safe mode is on, masked, and what that means for later."""
    return "; ".join([*(_way(safe_mode, channel) for channel in Channel), COUNTS])


def _way(safe_mode: SafeMode, channel: Channel) -> str:
    noun, _ = _NOUNS[channel]
    address = safe_mode.address_for(channel)
    return f"every {noun} goes to {mask(channel, address)}" if address else f"no {noun} leaves"


def diversion(channel: str, diverted_to: str, recipient: str) -> str:
    """Where one message went in safe mode, and whom it was for; both are masked already."""
    return f"the {safe_address(channel, diverted_to)} instead of {recipient}"


def safe_address(channel: str, address: str) -> str:
    """What an address to which everything goes is called; it is masked already."""
    _, place = _NOUNS[Channel(channel)]
    return f"safe-mode {place} {address}"
