"""The rulebook as frozen values: which event goes to whom, on which channel, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

#: The audiences that a record names by itself, and how one that is a staff list begins.
CLIENT, VENDOR = "client", "vendor"
LIST_PREFIX = "list:"


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[rule]]`` of the rulebook. ``days`` are the rungs of a ladder."""

    on: str
    to: str
    channel: Channel
    template: str
    days: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The words by which logs, rows and the UI name this rule."""
        rungs = f" {list(self.days)}" if self.days else ""
        return f"{self.on}{rungs} → {self.audience} → {self.channel} → {self.template}"

    @property
    def audience(self) -> str:
        """Whom this rule tells, for people; ``to`` is what the rulebook says."""
        # What people and logs read is no place for somebody's number.
        return f"+•••••{self.to[-4:]}" if self.to.startswith("+") else self.to


@dataclass(frozen=True, slots=True)
class ListMember:
    """A person of a staff list; ``sms`` is a number in E.164, or empty."""

    name: str
    sms: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


def _no_lists() -> Mapping[str, tuple[ListMember, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in force, and the staff lists that they may name."""

    rules: tuple[Rule, ...]
    lists: Mapping[str, tuple[ListMember, ...]] = field(default_factory=_no_lists)

    def rules_for(self, event: str) -> tuple[Rule, ...]:
        """The rules that an event of this type sets off, in the order of the file."""
        return tuple(rule for rule in self.rules if rule.on == event)

    def ladders(self, event: str) -> tuple[tuple[Rule, ...], ...]:
        """The rules of a ladder event, gathered by whom they tell and how.

        Rules that tell the same audience on the same channel are one ladder, whose rungs may have
        different words.
        """
        gathered: dict[tuple[str, Channel], list[Rule]] = {}
        for rule in self.rules_for(event):
            gathered.setdefault((rule.to, rule.channel), []).append(rule)
        return tuple(map(tuple, gathered.values()))

    @property
    def events(self) -> frozenset[str]:
        """The event types that any rule wants to hear of."""
        return frozenset(rule.on for rule in self.rules)
