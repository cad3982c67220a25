"""What two rulebooks make of one fact, held against each other, person by person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from duebell.replaying.messages import Fact, Message, Outcome, Silence


class Change(StrEnum):
    """In what two messages differ, or that there is one alone."""

    MORE = "more"
    LESS = "less"
    CHANNEL = "channel"
    ADDRESS = "address"
    TIME = "time"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Difference:
    """One message before and after; ``reason`` is why there is only one, where there is.

    ``number`` and ``name`` are those of the record; the name is for the terminal alone.
    """

    fact: Fact
    changes: tuple[Change, ...]
    before: Message | None
    after: Message | None
    reason: str = ""
    number: str = ""
    name: str = ""


#: When two messages are the same one: what fits better is tried first.
_SAME: tuple[Callable[[Message], object], ...] = (
    lambda one: (one.contact.key, one.channel, one.rule.template),
    lambda one: (one.contact.key, one.channel),
    lambda one: (one.contact.address, one.channel),
    lambda one: one.contact.key,
)


def differences(
    fact: Fact, before: Outcome, after: Outcome, number: str = "", name: str = ""
) -> Iterator[Difference]:
    """Each message that is not the same by both rulebooks."""
    left, right = list(before.messages), list(after.messages)
    for old, new in _pairs(left, right):
        if changes := tuple(_changes(old, new)):
            yield Difference(fact, changes, old, new, "", number, name)
    for old in left:
        reason = _why_not(old, fact, after)
        yield Difference(fact, (Change.LESS,), old, None, reason, number, name)
    for new in right:
        reason = _why_not(new, fact, before)
        yield Difference(fact, (Change.MORE,), None, new, reason, number, name)


def _pairs(left: list[Message], right: list[Message]) -> list[tuple[Message, Message]]:
    """The messages that both have; they are taken out of the lists."""
    pairs = []
    for key in _SAME:
        for old in list(left):
            new = next((one for one in right if key(one) == key(old)), None)
            if new is not None:
                pairs.append((old, new))
                left.remove(old)
                right.remove(new)
    return pairs


def _changes(old: Message, new: Message) -> Iterator[Change]:
    if old.channel != new.channel:
        yield Change.CHANNEL
    elif old.contact.address != new.contact.address:
        yield Change.ADDRESS
    if old.leaves_at != new.leaves_at:
        yield Change.TIME
    # Another channel has other words by its nature.
    is_same_kind = old.channel == new.channel
    if is_same_kind and (old.rule.template, old.words) != (new.rule.template, new.words):
        yield Change.WORDS


def _why_not(message: Message, fact: Fact, other: Outcome) -> str:
    """Why the other rulebook does not tell this person."""
    if other.lacks(message):
        return f"{message.contact.name or message.recipient} is not on {message.shown_audience}"
    fits: tuple[Callable[[Silence], bool], ...] = (
        lambda one: one.contact_key == message.contact.key,
        lambda one: one.rule == message.rule,
        lambda one: one.audience == message.shown_audience,
        lambda one: one.rule is not None and one.rule.to == message.rule.to,
    )
    for fit in fits:
        if (found := next(filter(fit, other.silences), None)) is not None:
            return found.reason
    return f"no rule tells {message.shown_audience} of {_what(fact)}"


def _what(fact: Fact) -> str:
    rung = fact.occurrence.rung
    event = fact.occurrence.event_type
    return f"{event} at {rung.days:+d} days" if rung is not None else event
