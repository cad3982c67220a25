"""Whether the conditions of a rule hold for a record, and in words which one does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from duebell.domain.books import Money
from duebell.domain.dossiers import Dossier
from duebell.domain.rules import Conditions


@dataclass(frozen=True, slots=True)
class ConditionFacts:
    """What conditions look at. What a record does not have is None, empty, or an empty set."""

    account_id: str = ""
    amount: Money | None = None
    outstanding: Money | None = None
    days_past_due: int | None = None
    client_id: str = ""
    vendor_id: str = ""
    tags: frozenset[str] = frozenset()

    @staticmethod
    def of(dossier: Dossier, tags: frozenset[str], today: date) -> ConditionFacts:
        """The facts of a record; ``tags`` are those of its client and vendor in the rulebook."""
        record, owed = dossier.record, dossier.invoice or dossier.bill
        due_on = owed.due_on if owed is not None else None
        return ConditionFacts(
            account_id=record.account_id if record is not None else "",
            amount=getattr(record, "amount", None),
            outstanding=owed.outstanding if owed is not None else None,
            days_past_due=(today - due_on).days if due_on is not None else None,
            client_id=dossier.client_id or "",
            vendor_id=dossier.vendor_id or "",
            tags=tags,
        )


def unmet(conditions: Conditions, facts: ConditionFacts, currency: str = "") -> str | None:
    """The first condition that does not hold, in words; None where all do.

    ``currency`` is the one that amounts of the rulebook are in; empty for the record's own.
    ``first_time`` is about a person and is not looked at here.
    """
    return next(_unmet(conditions, facts, currency), None)


def _unmet(conditions: Conditions, facts: ConditionFacts, currency: str) -> Iterator[str]:
    money = facts.amount or facts.outstanding
    currencies = conditions.currencies
    if not currencies and currency and _states_amounts(conditions):
        currencies = frozenset({currency})
    yield from _member("currency", currencies, money.currency if money is not None else "")
    yield from _member("account", conditions.accounts, facts.account_id)
    yield from _member("client", conditions.clients, facts.client_id)
    yield from _member("vendor", conditions.vendors, facts.vendor_id)
    if conditions.tags and not conditions.tags & facts.tags:
        yield f"it has no tag of {_listed(conditions.tags)}"
    yield from _amount("amount", conditions.min_amount, conditions.max_amount, facts.amount)
    yield from _amount(
        "outstanding amount",
        conditions.min_outstanding,
        conditions.max_outstanding,
        facts.outstanding,
    )
    yield from _days(conditions, facts.days_past_due)


def _states_amounts(conditions: Conditions) -> bool:
    amounts = (
        conditions.min_amount,
        conditions.max_amount,
        conditions.min_outstanding,
        conditions.max_outstanding,
    )
    return any(amount is not None for amount in amounts)


def _member(name: str, wanted: frozenset[str], found: str) -> Iterator[str]:
    if wanted and found not in wanted:
        yield f"the {name} is {found or 'none'}, not {_listed(wanted)}"


def _amount(
    name: str, least: Decimal | None, most: Decimal | None, money: Money | None
) -> Iterator[str]:
    if least is None and most is None:
        return
    if money is None:
        yield f"it has no {name}"
    elif least is not None and money.amount < least:
        yield f"the {name} {money.amount} {money.currency} is less than {least}"
    elif most is not None and money.amount > most:
        yield f"the {name} {money.amount} {money.currency} is more than {most}"


def _days(conditions: Conditions, days: int | None) -> Iterator[str]:
    least, most = conditions.min_days_past_due, conditions.max_days_past_due
    if least is None and most is None:
        return
    if days is None:
        yield "it has no due date"
    elif least is not None and days < least:
        yield f"it is {days} days past due, less than {least}"
    elif most is not None and days > most:
        yield f"it is {days} days past due, more than {most}"


def _listed(words: Collection[str]) -> str:
    shown = sorted(words)
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"
