"""What templates may name: the values of each event, the fields of records, and near misses.

Both the check beforehand and a message that fails use these words for a name that is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from duebell.domain.dossiers import Dossier
from duebell.rulebook.faults import guess, listed
from duebell.wording.sample_records import sample_values
from duebell.wording.values import RECORDS

#: A type, or a tuple of one such as ``tuple[Line, ...]``.
Kind = object

#: What people write in the place of our names, the likelier first.
_MEANT: Mapping[str, tuple[str, ...]] = {
    "total": ("amount",),
    "sum": ("amount",),
    "price": ("amount",),
    "balance": ("outstanding",),
    "open": ("outstanding",),
    "due": ("due_on", "outstanding"),
    "due_date": ("due_on",),
    "date": ("issued_on", "paid_on", "spent_on"),
    "created": ("created_at",),
    "link": ("share_link",),
    "url": ("share_link",),
    "phone": ("mobile_phone",),
    "mobile": ("mobile_phone",),
    "reference": ("number",),
    "company": ("organization", "business"),
    "firm": ("business",),
    "customer": ("client",),
    "supplier": ("vendor",),
    "days_overdue": ("days_past_due",),
    "days_late": ("days_past_due",),
}

_NOUNS: Mapping[object, str] = {
    str: "a text",
    int: "a number",
    bool: "yes or no",
}


def _without_none(kind: Kind) -> Kind:
    if get_origin(kind) in (UnionType, Union):
        return next(part for part in get_args(kind) if part is not NoneType)
    return kind


#: Every name that a template of any event may use, with what stands behind it.
NAMES: Mapping[str, Kind] = {
    **{
        name: _without_none(kind)
        for name, kind in get_type_hints(Dossier).items()
        if name in RECORDS
    },
    **dict.fromkeys(("days_past_due", "days_until_due", "rung"), int),
    "changed": tuple[str, ...],
    **dict.fromkeys(("recipient", "audience", "event", "language", "direction"), str),
    "unsubscribe_url": str,
    "languages": tuple[str, ...],
}

#: What some records of an event have, and none of the made-up ones.
_MAYBE: Mapping[str, frozenset[str]] = {"expense.create": frozenset({"client"})}
_ALWAYS = frozenset(
    {
        *("event", "audience", "recipient", "language", "direction", "languages"),
        "unsubscribe_url",
    }
)


@cache
def names_for(event: str) -> tuple[str, ...]:
    """The names that a template of an event may use, records first; all of them for no event."""
    if not event:
        return tuple(NAMES)
    cases = sample_values(event)
    there = {name for values in cases for name, value in values.items() if value is not None}
    there |= _ALWAYS | _MAYBE.get(event, frozenset())
    return tuple(name for name in NAMES if name in there)


def fields_of(kind: Kind) -> Mapping[str, Kind]:
    """The fields of a kind of record, in their order; none of what has no fields of ours."""
    return _fields(kind) if isinstance(kind, type) and is_dataclass(kind) else {}


@cache
def _fields(kind: type[Any]) -> Mapping[str, Kind]:
    hints = get_type_hints(kind)
    found = {field.name: _without_none(hints[field.name]) for field in fields(kind)}
    for name, part in vars(kind).items():
        if isinstance(part, property) and part.fget is not None:
            found[name] = _without_none(get_type_hints(part.fget).get("return", object))
    return found


def element_of(kind: Kind) -> Kind | None:
    """What a list has in it; None where it is no list, or nobody knows of what."""
    parts = get_args(kind)
    return parts[0] if get_origin(kind) is tuple and parts else None


def has_field(kind: Kind, name: str) -> bool:
    """Whether a template may ask a value of this kind for a field, or a method, of this name."""
    known = fields_of(kind)
    if known:
        return name in known
    return hasattr(tuple if element_of(kind) is not None else kind, name)


def no_such_name(name: str, event: str) -> str:
    """The sentence about a name that a template uses and the message does not have."""
    known = names_for(event)
    about = f" for {event}" if event else ""
    if name in known:
        return f"`{name}` is not there for this record; ask first: `{{% if {name} is defined %}}`"
    if name in NAMES:
        return f"`{name}` is not there{about}; there are {listed(known)}"
    mend = _meant(name, known) or _as_a_field(name, known) or guess(name, known)
    if mend:
        return f"there is no `{name}`; {mend}"
    return f"there is no `{name}`{about}; there are {listed(known)}"


def hidden_name(name: str) -> str:
    """The sentence about a value of the message in a file that does not see those."""
    return (
        f"`{name}` is not seen in a file that is imported;"
        " write `with context` behind the import, or hand it to the macro"
    )


def no_such_field(what: str, kind: Kind, name: str) -> str:
    """The sentence about a field that a value (``what``, as people read it) does not have."""
    if element_of(kind) is not None:
        going = f"{{% for one in {what.strip('`')} %}}" if "`" in what else "{% for one in ... %}"
        return f"{what} is a list and has no `{name}`; go through it: `{going}`"
    known = fields_of(kind)
    if not known:
        return f"{what} is {_noun_of(kind)} and has no `{name}`; leave `.{name}` out"
    by_itself = f"did you mean `{name}` by itself?" if name in NAMES else ""
    mend = _meant(name, known) or by_itself or guess(name, known)
    return f"{what} has no `{name}`; {mend or 'there are ' + listed(tuple(known))}"


def _noun_of(kind: Kind) -> str:
    if kind in _NOUNS:
        return _NOUNS[kind]
    if isinstance(kind, type) and issubclass(kind, date):
        return "a day"
    return "no record"


def _meant(name: str, known: Collection[str]) -> str:
    meant = [one for one in _MEANT.get(name.casefold(), ()) if one in known]
    return f"did you mean `{meant[0]}`?" if meant else ""


def _as_a_field(name: str, known: Collection[str]) -> str:
    """Which records have a field that stands there without its record."""
    names = (name, *_MEANT.get(name.casefold(), ()))
    holders = [
        f"`{record}.{one}`" for one in names for record in known if one in fields_of(NAMES[record])
    ]
    return f"did you mean {' or '.join(holders[:3])}?" if holders else ""
