"""Reading ``when`` of a rule: the conditions, and those that could never hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from duebell.domain.books import Kind
from duebell.domain.events import EVENT_TYPES, kind_of_event
from duebell.domain.rules import ALWAYS, Conditions
from duebell.rulebook.audiences import HAS_CLIENT, HAS_VENDOR
from duebell.rulebook.places import CONDITIONS
from duebell.rulebook.tables import Table
from duebell.rulebook.values import currency_fault, id_fault

_WITH_AMOUNT = frozenset({Kind.INVOICE, Kind.PAYMENT, Kind.BILL, Kind.EXPENSE})
_OWED = frozenset({Kind.INVOICE, Kind.PAYMENT, Kind.BILL})

#: A condition → what a record must have for it, and the records that have it.
_NEEDS: Mapping[str, tuple[str, frozenset[Kind]]] = MappingProxyType(
    {
        "min_amount": ("amount", _WITH_AMOUNT),
        "max_amount": ("amount", _WITH_AMOUNT),
        "min_outstanding": ("outstanding amount", _OWED),
        "max_outstanding": ("outstanding amount", _OWED),
        "currency": ("amount", _WITH_AMOUNT),
        "client": ("client", HAS_CLIENT),
        "vendor": ("vendor", HAS_VENDOR),
        "account": ("account", frozenset(Kind)),
        "tag": ("client or vendor", HAS_CLIENT | HAS_VENDOR),
        "min_days_past_due": ("due date", _OWED),
        "max_days_past_due": ("due date", _OWED),
    }
)
KEYS = CONDITIONS
_EXAMPLE = '{ min_amount = "100.00" }'


def read_conditions(rule: Table, event: str | None, days: Sequence[int]) -> Conditions:
    """``when`` of a rule about this event with these rungs; what is wrong is left out."""
    table = rule.table("when", _EXAMPLE)
    if table is None:
        return ALWAYS
    table.refuse_unknown(KEYS)
    if not table:
        rule.fault("when", "it states nothing; write a condition, or take it out")
    table = _without_unfit(table, event)
    found = Conditions(
        min_amount=table.number("min_amount"),
        max_amount=table.number("max_amount"),
        min_outstanding=table.number("min_outstanding"),
        max_outstanding=table.number("max_outstanding"),
        min_days_past_due=table.whole("min_days_past_due", 0),
        max_days_past_due=table.whole("max_days_past_due", 0),
        currencies=_words(table, "currency", currency_fault),
        accounts=_words(table, "account"),
        clients=_words(table, "client", id_fault),
        vendors=_words(table, "vendor", id_fault),
        tags=_words(table, "tag"),
        first_time=table.flag("first_time"),
    )
    _refuse_empty_ranges(table, found)
    _refuse_lost_rungs(table, found, days)
    return found


#: A condition → the field that holds it, where the two have other names.
_FIELDS = {
    "currency": "currencies",
    "client": "clients",
    "vendor": "vendors",
    "account": "accounts",
    "tag": "tags",
}


def stated(when: Conditions) -> dict[str, object]:
    """The conditions that a rule states, by their keys, as texts, lists and numbers."""
    found: dict[str, object] = {}
    for key in KEYS:
        value = getattr(when, _FIELDS.get(key, key))
        if isinstance(value, frozenset):
            value = sorted(value) or None
        if value is not None:
            found[key] = str(value) if isinstance(value, Decimal) else value
    return found


def _words(
    table: Table, key: str, fault_of: Callable[[str], str | None] | None = None
) -> frozenset[str]:
    words = table.texts(key)
    for index, word in enumerate(words):
        if fault_of is not None and (fault := fault_of(word)):
            table.fault(key, fault, index)
    return frozenset(words)


def _without_unfit(table: Table, event: str | None) -> Table:
    """A condition about what the records of an event do not have never holds, whatever it says."""
    if event not in EVENT_TYPES:
        return table
    kind = kind_of_event(event)
    unfit = [key for key, (_, having) in _NEEDS.items() if key in table and kind not in having]
    for key in unfit:
        what = _NEEDS[key][0]
        table.fault(key, f"`{event}` has no {what}, so this never holds; take it out")
    return table.without(unfit) if unfit else table


def _refuse_empty_ranges(table: Table, found: Conditions) -> None:
    ranges: tuple[tuple[str, Decimal | int | None, Decimal | int | None], ...] = (
        ("amount", found.min_amount, found.max_amount),
        ("outstanding", found.min_outstanding, found.max_outstanding),
        ("days_past_due", found.min_days_past_due, found.max_days_past_due),
    )
    for name, least, most in ranges:
        if least is not None and most is not None and least > most:
            mend = f"more than `max_{name}` ({most}), so nothing is both; make it less"
            table.fault(f"min_{name}", f"{least} is {mend}")


def _refuse_lost_rungs(table: Table, found: Conditions, days: Sequence[int]) -> None:
    """A rung is told when that many days have passed, or later if it was missed."""
    least, most = found.min_days_past_due, found.max_days_past_due
    for day in days:
        if least is not None and least > day:
            mend = f"the rung {day} comes before; take one of them out"
            table.fault("min_days_past_due", f"{least} days, but {mend}")
        if most is not None and most < day:
            mend = f"the rung {day} comes after; take one of them out"
            table.fault("max_days_past_due", f"{most} days, but {mend}")
