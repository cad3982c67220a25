"""Deriving: a change is what differs from what was last seen; two true changes are two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from duebell.domain.books import Kind, Record, kind_of
from duebell.domain.changes import Seen
from duebell.domain.events import update_of
from tests.unit.domain.scenes import (
    Desk,
    a_bill,
    a_client,
    a_rule,
    a_vendor,
    an_invoice,
    seen,
    told,
    usd,
)

CHANGING = (Kind.INVOICE, Kind.CLIENT, Kind.BILL, Kind.VENDOR)
DESK = Desk(tuple(a_rule(update_of(kind), "list:approvers") for kind in CHANGING))

CHANGES: list[tuple[Record, dict[str, Any], tuple[str, ...]]] = [
    (an_invoice(), {"due_on": None}, ("due on",)),
    (an_invoice(), {"number": "INV-2", "amount": usd("11.00")}, ("amount", "number")),
    (an_invoice(), {"client_id": "8"}, ("client",)),
    (an_invoice(), {"description": "Tiles", "po_number": "PO-1"}, ("description", "po number")),
    (a_client(), {"email": "shumway@acme.example"}, ("email",)),
    (a_client(), {"home_phone": "+12125550109"}, ("phone",)),
    (a_client(), {"last_name": "Tanner", "country": "Canada"}, ("address", "name")),
    (a_vendor(), {"account_number": "16-23-42"}, ("account number",)),
    (a_vendor(), {"first_name": "Eve", "phone": "+12125550156"}, ("contact", "phone")),
    (a_bill(), {"amount": usd("100.00"), "due_on": None}, ("amount", "due on")),
    (a_bill(), {"vendor_id": "1564"}, ("vendor",)),
]

NO_CHANGES: list[tuple[Record, dict[str, Any]]] = [
    (an_invoice(), {"outstanding": usd("4.00"), "status": "partial"}),
    (an_invoice(), {"status": "overdue"}),
    (an_invoice(), {"amount": usd("10")}),
    (an_invoice(), {"version": "2026-03-04 10:00:00.000001", "updated_at": None}),
    (an_invoice(), {"share_link": "https://pay.example/42", "language": "fr"}),
    (a_client(), {"language": "fr", "updated_at": None}),
    (a_bill(), {"outstanding": usd("1.00"), "status": "partial"}),
    (a_vendor(), {"language": "en"}),
]


def changed_by(states: Sequence[Record]) -> list[str]:
    """The occurrences that are told while a record goes through these states, seen each."""
    before: Seen | None = seen(states[0])
    found = []
    for state in states[1:]:
        planned = DESK.look(state, update_of(kind_of(state)), before)
        found += [one.occurrence for one in told(planned)]
        before = planned.seen
    return found


@pytest.mark.parametrize(("record", "change", "names"), CHANGES)
def test_a_change_names_what_differs(
    record: Record, change: dict[str, Any], names: tuple[str, ...]
) -> None:
    """The fields that people care about are told by their names."""
    planned = DESK.look(replace(record, **change), update_of(kind_of(record)), seen(record))

    assert [names] == [one.changed for one in told(planned)]
    assert planned.seen is not None
    assert 1 == planned.seen.changes


@pytest.mark.parametrize(("record", "change"), NO_CHANGES)
def test_what_is_no_change(record: Record, change: dict[str, Any]) -> None:
    """A payment moves the balance, time goes by, versions count: none of it is told."""
    planned = DESK.look(replace(record, **change), update_of(kind_of(record)), seen(record))

    assert [] == told(planned)
    assert planned.seen is not None
    assert 0 == planned.seen.changes


def test_two_true_changes_are_two() -> None:
    """There and back and there again is three changes, each with a key of its own."""
    here, there = an_invoice(), an_invoice(amount=usd("11.00"))

    found = changed_by([here, there, here, there])

    assert (3, 3) == (len(found), len(set(found)))


def test_a_change_that_is_seen_twice_at_once_is_one() -> None:
    """Two runs that look at the same moment come to the same key, by whichever signal."""
    before = seen(an_invoice(), changes=4)
    now = an_invoice(amount=usd("11.00"))

    plans = [
        DESK.look(now, event, before)
        for event in ("invoice.update", "invoice.sendByEmail", "invoice.due", "invoice.update")
    ]

    assert 1 == len({one.dedup_key for planned in plans for one in planned.notifications})
    assert 4 == sum(len(planned.notifications) for planned in plans)
    assert {5} == {planned.seen.changes for planned in plans if planned.seen}


def test_two_changes_that_are_seen_at_once_are_two() -> None:
    """Runs that look one after the other at different states come to different keys."""
    before = seen(an_invoice())

    plans = [
        DESK.look(an_invoice(amount=usd(amount)), "invoice.update", before)
        for amount in ("11.00", "12.00")
    ]

    assert 2 == len({one.dedup_key for planned in plans for one in planned.notifications})


def test_a_late_look_goes_back_to_nothing() -> None:
    """A run that read the record before another one did finds no change in that."""
    before, now = an_invoice(), an_invoice(amount=usd("11.00"))

    late = DESK.look(before, "invoice.update", seen(now, changes=1), is_late=True)

    assert [] == told(late)


def test_the_first_look_finds_no_change() -> None:
    """What was never seen has changed from nothing."""
    planned = DESK.look(an_invoice(), "invoice.update", since=None)

    assert [] == told(planned)


def test_a_field_that_nobody_looked_at_before_has_not_changed() -> None:
    """A later version of Duebell that knows more fields tells no change of each record."""
    before = seen(an_invoice())
    fewer = replace(before, fields={"number": before.fields["number"]})

    planned = DESK.look(an_invoice(), "invoice.update", fewer)

    assert [] == told(planned)
    assert planned.seen is not None
    assert before.fields == planned.seen.fields


def test_a_change_is_retried_as_it_was() -> None:
    """A change whose message was put off is planned again under the same key."""
    first = DESK.look(an_invoice(due_on=None), "invoice.update", seen(an_invoice()))

    again = DESK.look(
        an_invoice(due_on=None), "invoice.update", first.seen, earlier=first.occurrences
    )

    assert [one.dedup_key for one in first.notifications] == [
        one.dedup_key for one in again.notifications
    ]


def test_changes_of_what_is_paid_are_not_told_later() -> None:
    """A change that must not be told is decided about, and the next one starts from it."""
    paid = an_invoice(is_paid=True, outstanding=usd("0.00"), number="INV-2")
    first = DESK.look(paid, "invoice.update", seen(an_invoice()))

    second = DESK.look(an_invoice(number="INV-2"), "invoice.update", first.seen)

    assert 1 == len(first.occurrences)
    assert ([], []) == (told(first), told(second))
