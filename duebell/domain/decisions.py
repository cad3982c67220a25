"""What was decided: verdicts with their reasons, and the messages that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from duebell.domain.changes import Seen
from duebell.domain.circumstances import Contact
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule


class Verdict(StrEnum):
    """What was decided for one rule, one person and one occurrence."""

    PLANNED = "planned"
    MERGED = "merged"  # the same person hears of the same fact by another rule already
    REPEATED = "repeated"  # this fact was planned for before; nothing new is sent
    HELD = "held"  # not now; it will be looked at again
    SKIPPED = "skipped"  # nobody is told, for the reason given
    SUPPRESSED = "suppressed"  # an opt-out, a pause; or stopped in the moment before sending


class Hold(StrEnum):
    """For what a planned notification waits."""

    QUIET_HOURS = "quiet hours"
    BUDGET = "budget"
    FIRST_MESSAGE = "first message"  # the one that the record was made, for one that it changed
    BRAKE = "brake"


@dataclass(frozen=True, slots=True)
class PlannedNotification:
    """One message that should go out: to this contact, by this rule, for this occurrence.

    ``channel`` is the rule's, or its fallback; ``audience`` the rule's, or another that an override
    names. One that is held may leave from ``not_before`` on, if the books still say so by then.
    ``is_staff`` tells the firm's own people from its clients and vendors.
    """

    occurrence: Occurrence
    rule: Rule
    contact: Contact
    channel: Channel
    audience: str
    not_before: datetime | None = None
    hold: Hold | None = None
    is_staff: bool = False

    @property
    def fallback(self) -> Channel | None:
        """The channel of its rule that comes after the one it goes by."""
        channels = self.rule.channels
        later = channels[channels.index(self.channel) + 1 :] if self.channel in channels else ()
        return later[0] if later else None

    @property
    def dedup_key(self) -> str:
        """Unique in the ledger: a fact is told to a person as a member of an audience once.

        Neither the address nor the template is part of it: correcting a number or renaming a
        template must not tell old facts again. The channel is the rule's own, so that nobody who
        was told by the one is told again by the fallback.
        """
        return f"{self.occurrence.key}:{self.rule.channel}:{self.contact.key}:{self.audience}"


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict, what it is about and why; becomes a row.

    ``is_unreachable`` says that the person has no address that could be used.
    """

    verdict: Verdict
    reason: str
    rule: Rule | None = None
    occurrence: Occurrence | None = None
    planned: PlannedNotification | None = None
    audience: str | None = None
    is_unreachable: bool = field(default=False, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided yet: it is looked at again, and nothing waits for it."""
        return self.verdict is Verdict.HELD and self.planned is None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent, why the rest is not, and what is remembered of the record."""

    decisions: tuple[Decision, ...]
    seen: Seen | None = None

    @property
    def notifications(self) -> tuple[PlannedNotification, ...]:
        """What is to be sent, now or when its time comes."""
        return tuple(one.planned for one in self.decisions if one.planned is not None)

    @property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """The facts that were decided about, each once. What is held is not decided about yet."""
        found = {
            one.occurrence: None
            for one in self.decisions
            if one.occurrence is not None and not one.is_open
        }
        return tuple(found)

    @staticmethod
    def nothing(verdict: Verdict, reason: str, seen: Seen | None = None) -> Plan:
        """A plan that tells nobody anything."""
        return Plan((Decision(verdict, reason),), seen)
