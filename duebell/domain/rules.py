"""The rulebook as frozen values: which event goes to whom, on which channel, in which words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[rule]]`` of the rulebook."""

    on: str
    to: str
    channel: Channel
    template: str

    @property
    def name(self) -> str:
        """The words by which logs, rows and the UI name this rule."""
        return f"{self.on} → {self.to} → {self.channel} → {self.template}"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in force."""

    rules: tuple[Rule, ...]

    def rules_for(self, event: str) -> tuple[Rule, ...]:
        """The rules that an event of this type sets off, in the order of the file."""
        return tuple(rule for rule in self.rules if rule.on == event)

    @property
    def events(self) -> frozenset[str]:
        """The event types that any rule wants to hear of."""
        return frozenset(rule.on for rule in self.rules)
