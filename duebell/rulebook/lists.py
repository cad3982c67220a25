"""Reading the ``[lists]`` table of a rulebook: staff lists and the people on them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from duebell.domain.rules import ListMember
from duebell.rulebook.faults import Faults, guess, listed
from duebell.rulebook.rules import number_fault

KEYS = ("name", "sms", "email")
_EXAMPLE = '[{ name = "Dana", sms = "+12125550101" }]'


def read_lists(faults: Faults, table: object) -> Mapping[str, tuple[ListMember, ...]]:
    """The staff lists; a list that is wrong is there without people, and its faults are kept."""
    line = faults.lines.of_table("lists")
    if not isinstance(table, dict):
        faults.add(
            line, f"`lists` must be a table; write [lists] and below `approvers = {_EXAMPLE}`"
        )
        return MappingProxyType({})
    return MappingProxyType(
        {name: _read_list(faults, name, value) for name, value in table.items()}
    )


def _read_list(faults: Faults, name: str, value: object) -> tuple[ListMember, ...]:
    line = faults.lines.of_table(name) or faults.lines.of_table("lists")
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        faults.add(line, f"the list `{name}` must be a list of people: `{name} = {_EXAMPLE}`")
        return ()
    if not value:
        faults.add(line, f"nobody is in the list `{name}`; add somebody, or take it out")
    members = [_read_member(faults, line, name, one) for one in value]
    _refuse_twins(faults, line, name, members)
    return tuple(members)


def _read_member(
    faults: Faults, line: int | None, name: str, entry: Mapping[str, object]
) -> ListMember:
    for key in entry:
        if key not in KEYS:
            mend = guess(key, KEYS) or f"a person has {listed(KEYS)}"
            faults.add(line, f"unknown key `{key}` in the list `{name}`; {mend}")
    values = {key: entry.get(key, "") for key in KEYS}
    for key, value in values.items():
        if not isinstance(value, str):
            faults.add(line, f"`{key}` in the list `{name}` must be text; write it in quotes")
    member = ListMember(**{key: str(value).strip() for key, value in values.items()})
    if member.sms and (fault := number_fault(member.sms)):
        faults.add(line, f"`sms` of {member.name or 'a person'} in the list `{name}`: {fault}")
    if not member.sms and not member.email:
        who = member.name or "somebody"
        faults.add(line, f"{who} in the list `{name}` has neither `sms` nor `email`; add one")
    return member


def _refuse_twins(faults: Faults, line: int | None, name: str, members: list[ListMember]) -> None:
    """By the name a person is known from one rulebook to the next, whatever their number is."""
    names = [member.name for member in members if member.name]
    for twin in sorted({one for one in names if names.count(one) > 1}):
        faults.add(line, f"two people in the list `{name}` are called `{twin}`; tell them apart")
