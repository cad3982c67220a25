"""Deciding: from a signal and the record as it is now to planned notifications and explained skips.

Pure: what the books say, which contacts can be reached and what the rulebook wants come in as
values; what comes out is what will be told to whom, and the reason for every silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from duebell.domain.books import Invoice
from duebell.domain.occurrences import Occurrence
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
    """A person's address on a channel. ``key`` stays the same when the address is corrected."""

    key: str
    name: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoContact:
    """Why nobody can be reached."""

    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict, the rule it is about and why; becomes a row."""

    verdict: Verdict
    reason: str
    rule: Rule | None = None


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
class Plan:
    """What is to be sent, and why the rest is not."""

    occurrence: Occurrence | None
    notifications: tuple[PlannedNotification, ...]
    decisions: tuple[Decision, ...]

    @staticmethod
    def nothing(verdict: Verdict, reason: str) -> Plan:
        """A plan that tells nobody anything."""
        return Plan(None, (), (Decision(verdict, reason),))


#: Events of FreshBooks that may bring about the occurrence ``invoice.create``. An update does when
#: it turns a draft, of whose creation we heard, into an invoice.
CREATED_BY = ("invoice.create", "invoice.update")

DRAFT_HELD = "the invoice is a draft; it is looked at again when it changes"


def reason_not_to_tell(invoice: Invoice) -> str | None:
    """Why a client must not be told of this invoice now, if there is a reason."""
    if not invoice.is_active:
        return "the invoice is deleted or archived"
    if invoice.is_draft:
        return DRAFT_HELD
    if invoice.is_paid:
        return "the invoice is paid"
    if invoice.is_disputed:
        return "the invoice is disputed"
    if invoice.outstanding.amount <= 0 < invoice.amount.amount:
        return "nothing is outstanding on the invoice"
    return None


def plan_for_invoice(
    signal: Signal,
    invoice: Invoice,
    contacts: Mapping[str, Contact | NoContact],
    rulebook: Rulebook,
    *,
    was_held: bool,
) -> Plan:
    """Decide what a signal about an invoice leads to.

    ``contacts`` has an entry for every audience that the rules name; ``was_held`` says that the
    invoice's creation was heard of while it was a draft.
    """
    if signal.event == "invoice.update" and not was_held:
        return Plan.nothing(Verdict.SKIPPED, "the change says nothing that a rule tells")
    rules = rulebook.rules_for("invoice.create")
    if signal.event not in CREATED_BY or not rules:
        return Plan.nothing(Verdict.SKIPPED, f"no rule is about {signal.event}")
    if reason := reason_not_to_tell(invoice):
        held = reason == DRAFT_HELD
        return Plan.nothing(Verdict.HELD if held else Verdict.SKIPPED, reason)
    occurrence = Occurrence(invoice.account_id, invoice.id, "invoice.create")
    return _plan_rules(occurrence, rules, contacts)


def _plan_rules(
    occurrence: Occurrence,
    rules: tuple[Rule, ...],
    contacts: Mapping[str, Contact | NoContact],
) -> Plan:
    notifications: list[PlannedNotification] = []
    decisions: list[Decision] = []
    for rule in rules:
        contact = contacts[rule.to]
        if isinstance(contact, NoContact):
            decisions.append(Decision(Verdict.SKIPPED, contact.reason, rule))
        else:
            notifications.append(PlannedNotification(occurrence, rule, contact))
            decisions.append(Decision(Verdict.PLANNED, f"rule {rule.name}", rule))
    return Plan(occurrence, tuple(notifications), tuple(decisions))
