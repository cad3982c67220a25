"""Deriving: a creation is told once, however and in whatever order it is heard of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from duebell.domain.books import Kind
from duebell.domain.events import creation_of, update_of
from duebell.domain.occurrences import Occurrence
from tests.unit.domain.scenes import (
    AFTER,
    BEFORE,
    MADE_AT,
    MAKERS,
    Desk,
    a_payment,
    a_rule,
    an_invoice,
    seen,
    told,
    told_events,
)

DESK = Desk(
    (
        a_rule("invoice.create"),
        a_rule("invoice.update"),
        a_rule("invoice.sendByEmail"),
        a_rule("payment.create"),
        *(a_rule(creation_of(kind), "list:approvers") for kind in (Kind.BILL, Kind.VENDOR)),
        *(a_rule(creation_of(kind), "list:approvers") for kind in (Kind.CLIENT, Kind.EXPENSE)),
    )
)
#: The kinds of records that say when they were made.
DATED = (Kind.INVOICE, Kind.CLIENT, Kind.VENDOR, Kind.BILL)


@pytest.mark.parametrize("kind", Kind)
def test_a_creation_is_told_by_its_signal(kind: Kind) -> None:
    """The signal of a creation tells it once for each record, whatever is known of the record."""
    record = MAKERS[kind]()

    plans = [
        DESK.look(record, creation_of(kind), before, since=since)
        for before in (None, seen(record), seen(record, announced=False))
        for since in (None, BEFORE, AFTER)
    ]

    fact = Occurrence("a1", record.id, creation_of(kind))
    assert [[fact]] * 9 == [told(one) for one in plans]
    assert all(one.seen and one.seen.announced for one in plans)


@pytest.mark.parametrize("kind", DATED)
def test_a_creation_whose_webhook_was_lost_is_told_by_the_next_look(kind: Kind) -> None:
    """A record that was made since we watch is new to whoever looks first, and to nobody after."""
    record = MAKERS[kind]()

    first = DESK.look(record, update_of(kind))
    second = DESK.look(record, update_of(kind), first.seen)

    assert [creation_of(kind)] == told_events(first)
    assert [] == told_events(second)


@pytest.mark.parametrize("kind", DATED)
@pytest.mark.parametrize("since", [None, AFTER, MADE_AT + timedelta(seconds=1)])
def test_history_is_told_by_nobody(kind: Kind, since: object) -> None:
    """A record from before we watched, or that nobody knows to be new, is not announced."""
    planned = DESK.look(MAKERS[kind](), update_of(kind), since=since)

    assert [] == told_events(planned)


def test_a_record_made_in_the_moment_in_which_watching_begins_is_new() -> None:
    """No creation falls between the poll that begins to watch and what was there before."""
    planned = DESK.look(an_invoice(), "invoice.update", since=MADE_AT)

    assert ["invoice.create"] == told_events(planned)


def test_history_needs_no_announcement_and_the_unknown_may() -> None:
    """What is known to be old is dealt with; what may be new is left to whoever knows."""
    known = DESK.look(an_invoice(), "invoice.update", since=AFTER)
    unknown = DESK.look(an_invoice(), "invoice.update", since=None)
    undated = DESK.look(a_payment(), "payment.update", since=BEFORE)

    assert [True, False, False] == [
        one.seen is not None and one.seen.announced for one in (known, unknown, undated)
    ]


@pytest.mark.parametrize("event", ["invoice.update", "invoice.sendByEmail", "invoice.overdue"])
def test_a_held_draft_is_told_when_it_is_issued(event: str) -> None:
    """Whichever signal first shows a held draft issued tells its creation, and only the first."""
    draft = DESK.look(an_invoice(is_draft=True), "invoice.create", since=None)
    edited = DESK.look(an_invoice(is_draft=True, number="INV-2"), event, draft.seen, since=None)

    issued = an_invoice(number="INV-3")
    first = DESK.look(issued, event, edited.seen, since=None)
    second = DESK.look(issued, "invoice.update", first.seen, since=None)

    assert ([], []) == (told(draft), told(edited))
    assert "invoice.create" == told_events(first)[0]
    assert "invoice.update" not in told_events(first)
    assert [] == told_events(second)


@pytest.mark.parametrize("since", [None, BEFORE])
def test_a_draft_is_never_dealt_with(since: object) -> None:
    """Nobody has heard of a draft, so what becomes of it is no change to anybody."""
    quiet = Desk((a_rule("invoice.update"),))
    draft = quiet.look(an_invoice(is_draft=True), "invoice.update", since=since)

    issued = quiet.look(an_invoice(due_on=None), "invoice.update", draft.seen, since=BEFORE)

    assert draft.seen is not None
    assert not draft.seen.announced
    assert [] == told_events(issued)


def test_what_is_dealt_with_stays_so() -> None:
    """A look that knows less, because nobody watches any more, takes nothing back."""
    planned = DESK.look(an_invoice(), "invoice.update", seen(an_invoice()), since=None)

    assert planned.seen is not None
    assert planned.seen.announced


def test_a_creation_that_waits_is_told_by_any_signal() -> None:
    """While the message about a creation waits, another look plans the same one again."""
    planned = DESK.look(an_invoice(), "invoice.update", seen(an_invoice()), is_open=True)

    assert [Occurrence("a1", "42", "invoice.create")] == told(planned)


def test_a_doubled_creation_does_not_hide_a_change() -> None:
    """A late copy of the first signal that finds the record changed tells both."""
    before = seen(an_invoice())
    moved = an_invoice(due_on=None)

    doubled = DESK.look(moved, "invoice.create", before)
    update = DESK.look(moved, "invoice.update", before)

    assert ["invoice.create", "invoice.update"] == told_events(doubled)
    assert told(update) == told(doubled)[1:]


def test_what_changes_before_the_creation_is_told_with_it() -> None:
    """A record that was seen before anybody could tell of it is told as it is, once."""
    before = seen(an_invoice(), announced=False)

    planned = DESK.look(an_invoice(due_on=None), "invoice.create", before)

    assert ["invoice.create"] == told_events(planned)


@pytest.mark.parametrize("known", [{}, {"is_open": True}, {"is_late": True}])
def test_an_invoice_that_was_emailed_is_told_once(known: dict[str, Any]) -> None:
    """Sending by email is a fact of its own, told once for each invoice."""
    before = seen(an_invoice())

    plans = [DESK.look(an_invoice(), "invoice.sendByEmail", before, **known) for _ in range(2)]

    fact = Occurrence("a1", "42", "invoice.sendByEmail")
    assert all(fact in told(one) for one in plans)
    assert 1 == len(
        {one.dedup_key for two in plans for one in two.notifications if "send" in one.dedup_key}
    )


def test_a_retry_tells_what_the_first_try_found() -> None:
    """A signal that is worked on again plans the same facts, though they are known by now."""
    invoice = an_invoice()
    first = DESK.look(invoice, "invoice.update")

    again = DESK.look(invoice, "invoice.update", first.seen, earlier=first.occurrences)
    without = DESK.look(invoice, "invoice.update", first.seen)

    assert (told(first), []) == (told(again), told(without))


def test_a_retry_tells_nothing_that_must_not_be_told_any_more() -> None:
    """What an earlier try planned is stopped by the record as it is now."""
    first = DESK.look(an_invoice(), "invoice.create")
    deleted = replace(an_invoice(), is_active=False)

    again = DESK.look(deleted, "invoice.create", first.seen, earlier=first.occurrences)

    assert ["the invoice is deleted or archived"] == [one.reason for one in again.decisions]
