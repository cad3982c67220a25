"""Reading the ``[lists]`` table of a rulebook: staff lists and the people on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from duebell.domain.rules import ListMember
from duebell.rulebook.faults import Faults
from duebell.rulebook.tables import Table
from duebell.rulebook.values import email_fault, language_fault, number_fault

KEYS = ("name", "sms", "email", "language")
_FAULTS: Mapping[str, Callable[[str], str | None]] = {
    "sms": number_fault,
    "email": email_fault,
    "language": language_fault,
}
_EXAMPLE = '[{ name = "Dana", sms = "+12125550101" }]'


def read_lists(faults: Faults, table: object) -> Mapping[str, tuple[ListMember, ...]]:
    """The staff lists; a list that is wrong is there without people, and its faults are kept."""
    if not isinstance(table, dict):
        mend = f"write [lists] and below `approvers = {_EXAMPLE}`"
        faults.add(("lists",), f"`lists` must be a table; {mend}")
        return MappingProxyType({})
    return MappingProxyType(
        {name: _read_list(faults, name, value) for name, value in table.items()}
    )


def _read_list(faults: Faults, name: str, value: object) -> tuple[ListMember, ...]:
    way = ("lists", name)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        faults.add(way, f"the list `{name}` must be a list of people: `{name} = {_EXAMPLE}`")
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
    for key, fault_of in _FAULTS.items():
        if values[key] and (fault := fault_of(values[key])):
            table.faults.add((*table.way, key), f"`{key}` of {who} in {table.title}: {fault}")
    if "sms" not in table and "email" not in table:
        sentence = f"{who} in {table.title} has neither `sms` nor `email`; add one"
        table.faults.add(table.way, sentence)
    return ListMember(**values)


def _refuse_twins(faults: Faults, list_name: str, members: list[ListMember]) -> None:
    """By the name a person is known from one rulebook to the next, whatever their number is."""
    seen: set[str] = set()
    for index, name in enumerate(member.name for member in members):
        if name and name in seen:
            sentence = f"two people in the list `{list_name}` are called `{name}`; tell them apart"
            faults.add(("lists", list_name, index), sentence)
        seen.add(name)
