"""How much either rulebook tells, by rule: messages, segments, and what these cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from duebell.replaying.comparing import Change, Difference
from duebell.replaying.messages import Message


@dataclass(frozen=True, slots=True)
class Price:
    """What a segment of a text costs."""

    per_segment: Decimal
    currency: str

    def of(self, segments: int) -> Decimal:
        """What so many cost."""
        return self.per_segment * segments


@dataclass(slots=True)
class Amount:
    """So many messages; ``held`` of them wait for a while first."""

    messages: int = 0
    held: int = 0
    segments: int = 0

    def add(self, message: Message) -> None:
        """Count a message."""
        self.messages += 1
        self.held += bool(message.held)
        self.segments += message.words.segments


@dataclass(slots=True)
class Both:
    """What the rulebook in force tells, and what the new one would."""

    before: Amount = field(default_factory=Amount)
    after: Amount = field(default_factory=Amount)


@dataclass(slots=True)
class Totals:
    """What a replay comes to. ``by_rule`` has a rule of both rulebooks once."""

    facts: int = 0
    whole: Both = field(default_factory=Both)
    by_rule: dict[str, Both] = field(default_factory=dict)
    changes: Counter[Change] = field(default_factory=Counter)

    def add(self, before: Iterable[Message], after: Iterable[Message]) -> None:
        """Count a fact and what either rulebook tells of it."""
        self.facts += 1
        for message in before:
            self.whole.before.add(message)
            self._of(message).before.add(message)
        for message in after:
            self.whole.after.add(message)
            self._of(message).after.add(message)

    def _of(self, message: Message) -> Both:
        return self.by_rule.setdefault(message.rule.name, Both())

    def note(self, difference: Difference) -> None:
        """Count a difference under each of its kinds."""
        self.changes.update(difference.changes)
