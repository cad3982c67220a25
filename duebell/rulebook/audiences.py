"""Audiences as the rulebook names them, and which records have them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from duebell.domain.books import Kind
from duebell.domain.rules import CLIENT, CONTACTS, LIST_PREFIX, VENDOR, Channel
from duebell.rulebook.faults import guess, listed
from duebell.rulebook.lists import EXAMPLE
from duebell.rulebook.values import email_fault, number_fault

#: The records that belong to a client, and those that belong to a vendor.
HAS_CLIENT = frozenset({Kind.INVOICE, Kind.PAYMENT, Kind.CLIENT, Kind.EXPENSE})
HAS_VENDOR = frozenset({Kind.BILL, Kind.VENDOR})

#: An audience that a record has by itself → who it is about, and the records that have it.
_OWN: Mapping[str, tuple[str, frozenset[Kind]]] = MappingProxyType(
    {
        CLIENT: ("client", HAS_CLIENT),
        CONTACTS: ("client", HAS_CLIENT),
        VENDOR: ("vendor", HAS_VENDOR),
    }
)
#: A number without its `+`, as people write it.
_DIGITS = re.compile(r"[(0-9][0-9 ()./-]{5,}")
_EXAMPLES = (*_OWN, f"{LIST_PREFIX}NAME", "+12125550100", "dana@firm.example")


class EveryName(frozenset[str]):
    """The names of some lists, where nobody can tell whether there are more."""

    def __contains__(self, name: object) -> bool:
        """Any name may be one of them."""
        return True


def audience_fault(
    value: str,
    lists: Collection[str],
    what: str,
    kinds: Collection[Kind] | None,
    country: str = "",
) -> str | None:
    """What is wrong with an audience; None where it is right.

    ``what`` names in a fault what is told of, which are records of these kinds; None where nobody
    can tell, which is another fault.
    """
    if value in _OWN:
        who, having = _OWN[value]
        if kinds is None or any(kind in having for kind in kinds):
            return None
        return f"{what} is about no {who}; {_others(value, kinds)}"
    if value.startswith(LIST_PREFIX):
        return _list_fault(value.removeprefix(LIST_PREFIX), lists)
    if value.startswith("+") or _DIGITS.fullmatch(value):
        return number_fault(value, country)
    if "@" in value:
        return email_fault(value)
    mend = guess(value, (*_OWN, *(f"{LIST_PREFIX}{name}" for name in lists)))
    return f"there is no audience `{value}`; {mend or f'write one like {listed(_EXAMPLES)}'}"


def only_channel(audience: str) -> Channel | None:
    """The one channel of an audience that is an address; None for people."""
    if audience.startswith("+"):
        return Channel.SMS
    return Channel.EMAIL if "@" in audience and not is_list(audience) else None


def is_list(audience: str) -> bool:
    """Whether an audience is a staff list."""
    return audience.startswith(LIST_PREFIX)


def _list_fault(name: str, lists: Collection[str]) -> str | None:
    if name in lists:
        return None
    known = sorted(lists)
    if not known:
        mend = f"write `[lists]` and below it `{name or 'NAME'} = {EXAMPLE}`"
        return f"there is no list `{name}`, as there are no lists; {mend}"
    mend = guess(name, known) or f"the lists in [lists] are {listed(known)}"
    return f"there is no list `{name}`; {mend}"


def _others(value: str, kinds: Collection[Kind]) -> str:
    """Who else may be told of these records."""
    own = [one for one, (_, having) in _OWN.items() if one != value and having & set(kinds)]
    return f"write {listed(own)}, a list or a number" if own else "name a list or a number"
