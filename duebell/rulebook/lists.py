"""Reading the ``[lists]`` table of a rulebook: staff lists and the people on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from duebell.domain.rules import ListMember
from duebell.rulebook.faults import Faults
from duebell.rulebook.places import PERSON, place_of
from duebell.rulebook.tables import Table
from duebell.rulebook.values import email_fault, language_fault, number_fault

KEYS = PERSON
_FAULTS: Mapping[str, Callable[[str], str | None]] = {
    "email": email_fault,
    "language": language_fault,
}
#: How a list is written; mends of other tables show it, too.
EXAMPLE = '[{ name = "Dana", sms = "+12125550101" }]'


def read_lists(faults: Faults, table: object) -> Mapping[str, tuple[ListMember, ...]]:
    """The staff lists; a list that is wrong is there without people, and its faults are kept."""
    if not isinstance(table, dict):
        mend = f"write [lists] and below `approvers = {EXAMPLE}`"
        faults.add(("lists",), f"`lists` must be a table; {mend}")
        return MappingProxyType({})
    return MappingProxyType(
        {name: _read_list(faults, name, value) for name, value in table.items()}
    )


def _read_list(faults: Faults, name: str, value: object) -> tuple[ListMember, ...]:
    way = ("lists", name)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        mend = place_of(name, "[lists]") or f"write `{name} = {EXAMPLE}`"
        faults.add(way, f"the list `{name}` must be a list of people; {mend}")
        return ()
    if not value:
        faults.add(way, f"nobody is in the list `{name}`; add somebody, or take it out")
    title = f"the list `{name}`"
    members = [
        _read_member(Table(faults, (*way, index), one, title)) for index, one in enumerate(value)
    ]
    _refuse_twins(faults, name, members)
    return tuple(members)


def _read_member(table: Table) -> ListMember:
    table.refuse_unknown(KEYS)
    values = {key: table.text(key) or "" for key in KEYS}
    who = values["name"] or "a person"
    for key in ("sms", *_FAULTS):
        if values[key] and (fault := _fault_of(table, key, values[key])):
            table.faults.add((*table.way, key), f"`{key}` of {who} in {table.title}: {fault}")
    ways = ("sms", "email")
    if not any(way in table or table.has_like(way, KEYS) for way in ways):
        sentence = f"{who} in {table.title} has neither `sms` nor `email`; add one"
        table.faults.add(table.way, sentence)
    return ListMember(**values)


def _fault_of(table: Table, key: str, value: str) -> str | None:
    return number_fault(value, table.faults.country) if key == "sms" else _FAULTS[key](value)


def _refuse_twins(faults: Faults, list_name: str, members: list[ListMember]) -> None:
    """By the name a person is known from one rulebook to the next, whatever their number is."""
    seen: set[str] = set()
    for index, name in enumerate(member.name for member in members):
        if name and name in seen:
            sentence = f"two people in the list `{list_name}` are called `{name}`; tell them apart"
            faults.add(("lists", list_name, index), sentence)
        seen.add(name)
