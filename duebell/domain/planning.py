"""Deciding: from a signal and the record as it is now to planned notifications and explained skips.

Pure: what the books say, which contacts can be reached and what the rulebook wants come in as
values; what comes out is what will be told to whom, and the reason for every silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from duebell.domain.changes import Seen
from duebell.domain.deriving import (
    Facts,
    LadderTerms,
    Sight,
    derive,
    is_announced,
    next_seen,
)
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS, creation_of, kind_of_event
from duebell.domain.occurrences import Occurrence
from duebell.domain.reasons import DRAFT_HELD, reason_not_to_tell
from duebell.domain.rules import Rule, Rulebook
from duebell.domain.signals import Signal


class Verdict(StrEnum):
    """What was decided for one rule and one occurrence."""

    PLANNED = "planned"
    REPEATED = "repeated"  # this fact was planned for before; nothing new is sent
    HELD = "held"  # not now; it will be looked at again
    SKIPPED = "skipped"  # nobody is told, for the reason given
    SUPPRESSED = "suppressed"  # it was planned, and stopped in the moment before sending


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's address on a channel. ``key`` stays the same when the address is corrected.

    ``languages`` are the ones that the person reads, best first; empty where nobody said.
    """

    key: str
    name: str
    address: str = field(repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoContact:
    """Why nobody can be reached."""

    reason: str


#: Who is behind each audience that a rule may name.
Contacts = Mapping[str, Sequence[Contact | NoContact]]


@dataclass(frozen=True, slots=True)
class PlannedNotification:
    """One message that should go out: to this contact, by this rule, for this occurrence."""

    occurrence: Occurrence
    rule: Rule
    contact: Contact

    @property
    def dedup_key(self) -> str:
        """Unique in the ledger: a fact is told to a person as a member of an audience once.

        Neither the address nor the template is part of it: correcting a number or renaming a
        template must not tell old facts again.
        """
        return f"{self.occurrence.key}:{self.rule.channel}:{self.contact.key}:{self.rule.to}"


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict, what it is about and why; becomes a row."""

    verdict: Verdict
    reason: str
    rule: Rule | None = None
    occurrence: Occurrence | None = None
    planned: PlannedNotification | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent, why the rest is not, and what is remembered of the record."""

    decisions: tuple[Decision, ...]
    seen: Seen | None = None

    @property
    def notifications(self) -> tuple[PlannedNotification, ...]:
        """What is to be sent."""
        return tuple(one.planned for one in self.decisions if one.planned is not None)

    @property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """The facts that were decided about, each once. What is held is not decided about yet."""
        found = {
            one.occurrence: None
            for one in self.decisions
            if one.occurrence is not None and one.verdict is not Verdict.HELD
        }
        return tuple(found)

    @staticmethod
    def nothing(verdict: Verdict, reason: str, seen: Seen | None = None) -> Plan:
        """A plan that tells nobody anything."""
        return Plan((Decision(verdict, reason),), seen)


OUTSIDE_HOURS = "it is not the time of day at which the ladder is told"


def plan(
    signal: Signal,
    dossier: Dossier,
    sight: Sight,
    contacts: Contacts,
    rulebook: Rulebook,
    terms: LadderTerms,
) -> Plan:
    """Decide what a signal leads to.

    ``contacts`` has an entry for every audience that the rules name.
    """
    if dossier.record is None:
        fact = Occurrence(signal.account_id, signal.object_id, signal.event)
        facts: Facts = {fact: rules} if (rules := rulebook.rules_for(signal.event)) else {}
        return _plan(signal, dossier, facts, contacts, rulebook)
    facts = derive(signal, dossier.record, sight, rulebook, terms)
    planned = _plan(signal, dossier, facts, contacts, rulebook)
    if terms.day is None and any(one.event_type in LADDERS for one in sight.earlier):
        others = planned.decisions if facts else ()
        planned = Plan((*others, Decision(Verdict.HELD, OUTSIDE_HOURS)))
    is_settled = is_announced(signal, dossier.record, sight)
    return Plan(planned.decisions, next_seen(sight, dossier.record, announced=is_settled))


def _plan(
    signal: Signal, dossier: Dossier, facts: Facts, contacts: Contacts, rulebook: Rulebook
) -> Plan:
    decisions = [
        decision
        for occurrence, rules in facts.items()
        for decision in _decide(occurrence, rules, dossier, contacts)
    ]
    if not decisions:
        return Plan.nothing(Verdict.SKIPPED, _why_nothing(signal, rulebook))
    return Plan(tuple(decisions))


def _why_nothing(signal: Signal, rulebook: Rulebook) -> str:
    kind = kind_of_event(signal.event)
    events = rulebook.events
    if signal.event not in events and (kind is None or creation_of(kind) not in events):
        return f"no rule is about {signal.event}"
    return "the change says nothing that a rule tells"


def _decide(
    occurrence: Occurrence, rules: Sequence[Rule], dossier: Dossier, contacts: Contacts
) -> list[Decision]:
    if reason := reason_not_to_tell(occurrence, dossier):
        verdict = Verdict.HELD if reason == DRAFT_HELD else Verdict.SKIPPED
        # A rung that is not told for this reason is told when the reason has gone.
        is_over = verdict is Verdict.SKIPPED and occurrence.event_type not in LADDERS
        return [Decision(verdict, reason, occurrence=occurrence if is_over else None)]
    return [_address(occurrence, rule, contact) for rule in rules for contact in contacts[rule.to]]


def _address(occurrence: Occurrence, rule: Rule, contact: Contact | NoContact) -> Decision:
    if isinstance(contact, NoContact):
        return Decision(Verdict.SKIPPED, contact.reason, rule, occurrence)
    planned = PlannedNotification(occurrence, rule, contact)
    return Decision(Verdict.PLANNED, f"rule {rule.name}", rule, occurrence, planned)
