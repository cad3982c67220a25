"""Reading ``[client."ID"]`` and ``[vendor."ID"]``: what is different for one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from duebell.domain.books import Kind
from duebell.domain.events import EVENT_TYPES, kind_of_event
from duebell.domain.rules import EVERYTHING, NO_OVERRIDE, Override
from duebell.rulebook.audiences import HAS_CLIENT, HAS_VENDOR, audience_fault
from duebell.rulebook.event_words import event_mend
from duebell.rulebook.faults import Faults, listed
from duebell.rulebook.places import OVERRIDE
from duebell.rulebook.tables import Table
from duebell.rulebook.values import (
    email_fault,
    language_fault,
    number_fault,
    override_id_fault,
)

KEYS = OVERRIDE
_FAULTS: Mapping[str, Callable[[str], str | None]] = {
    "language": language_fault,
    "email": email_fault,
}
_TEXTS = ("language", "sms", "email")


@dataclass(frozen=True, slots=True)
class _Sort:
    """Of whom the overrides are: ``client`` or ``vendor``, and the records they have."""

    word: str
    kinds: frozenset[Kind]
    lists: Collection[str]


def read_overrides(
    faults: Faults, word: str, table: object, lists: Collection[str]
) -> Mapping[str, Override]:
    """All overrides of one table, by id; what is wrong in one is left out of it."""
    sort = _Sort(word, HAS_CLIENT if word == "client" else HAS_VENDOR, lists)
    if not isinstance(table, dict):
        mend = f'start what is different for one with `[{word}."12345"]`'
        faults.add((word,), f"`{word}` must be a table; {mend}")
        return MappingProxyType({})
    return MappingProxyType(
        {id_: _read_override(faults, sort, id_, value) for id_, value in table.items()}
    )


def _read_override(faults: Faults, sort: _Sort, id_: str, value: object) -> Override:
    way, title = (sort.word, id_), f'[{sort.word}."{id_}"]'
    if not isinstance(value, dict):
        mend = f'start what is different for one with `[{sort.word}."12345"]`'
        faults.add(way, f"{title} must be a table; {mend}")
        return NO_OVERRIDE
    if fault := override_id_fault(id_):
        faults.add(way, f"{title}: {fault}")
    if not value:
        faults.add(way, f"{title} changes nothing; write what is different, or take it out")
    table = Table(faults, way, value, title)
    table.refuse_unknown(KEYS)
    return Override(
        to=_audiences(table, sort, "to"),
        also=_audiences(table, sort, "also"),
        silence=_silence(table, sort),
        tags=frozenset(table.texts("tags")),
        **{key: _checked(table, key) for key in _TEXTS if key in value},
    )


def _audiences(table: Table, sort: _Sort, key: str) -> tuple[str, ...]:
    found = table.texts(key)
    for index, audience in enumerate(found):
        fault = audience_fault(
            audience, sort.lists, f"a {sort.word}'s override", sort.kinds, table.faults.country
        )
        if fault is not None:
            table.fault(key, fault, index)
    if len(set(found)) < len(found):
        table.fault(key, "the same audience is named twice; take one of them out")
    return found


def _silence(table: Table, sort: _Sort) -> frozenset[str]:
    value = table.raw("silence")
    if value is True:
        return frozenset({EVERYTHING})
    if isinstance(value, bool):
        table.fault("silence", "`false` silences nothing; take it out")
        return frozenset()
    events = table.texts("silence")
    for index, event in enumerate(events):
        if fault := _event_fault(event, sort):
            table.fault("silence", fault, index)
    return frozenset(events)


def _event_fault(event: str, sort: _Sort) -> str | None:
    if event not in EVENT_TYPES:
        fitting = [one for one in EVENT_TYPES if kind_of_event(one) in sort.kinds]
        mend = event_mend(event) or f"write {listed(fitting)}, or `silence = true` for all"
        return f"there is no event type `{event}`; {mend}"
    if kind_of_event(event) not in sort.kinds:
        return f"`{event}` is about no {sort.word}, so this silences nothing; take it out"
    return None


def _checked(table: Table, key: str) -> str:
    value = table.text(key) or ""
    if value and (fault := _fault_of(table, key, value)):
        table.fault(key, fault)
        return ""
    return value


def _fault_of(table: Table, key: str, value: str) -> str | None:
    return number_fault(value, table.faults.country) if key == "sms" else _FAULTS[key](value)
