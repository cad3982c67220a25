"""What a backfill may be about, and which records belong to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.backfill import (
    BACKFILLED,
    Asked,
    belongs,
    check_period,
    choose_events,
    most_texts,
    search_for,
)
from duebell.domain.books import Client, Invoice, Kind, Money, Payment
from duebell.domain.events import EVENT_TYPES, OVERDUE
from duebell.domain.failures import BackfillRefused
from duebell.domain.rules import Channel, Rule, Rulebook

CHICAGO = ZoneInfo("America/Chicago")
JANUARY = Asked(date(2026, 1, 1), date(2026, 1, 31), ("invoice.create",))
TEN = Money(Decimal(10), "USD")
INVOICE = Invoice(
    account_id="a1",
    id="42",
    number="INV-42",
    client_id="7",
    status="sent",
    is_active=True,
    is_draft=False,
    is_paid=False,
    is_disputed=False,
    amount=TEN,
    outstanding=TEN,
    issued_on=date(2026, 1, 15),
    due_on=date(2026, 1, 20),
    language="en",
    updated_at=None,
)
PAYMENT = Payment("a1", "9", "42", "7", TEN, date(2026, 1, 31), "Cash", True, None)
CLIENT = Client("a1", "7", "Dana", "Low", "", "", "", "", "", "", "en", "USD", True)


def rulebook(*events: str, days: tuple[int, ...] = ()) -> Rulebook:
    """A rule for each of these events."""
    return Rulebook(tuple(Rule(event, "client", Channel.SMS, "words", days) for event in events))


def is_of_january(record: Invoice | Payment | Client, event: str, *rungs: int) -> bool:
    """Whether a record belongs to a backfill of January in Chicago."""
    return belongs(record, event, JANUARY, CHICAGO, frozenset(rungs))


# -- events


@pytest.mark.parametrize("event", sorted(set(EVENT_TYPES) - set(BACKFILLED)))
def test_what_the_books_do_not_know_is_refused(event: str) -> None:
    """Changes, sendings and Duebell's own events are refused, though there are rules for them."""
    with pytest.raises(BackfillRefused, match=f"{event} cannot be backfilled"):
        choose_events([event], rulebook(event))


@pytest.mark.parametrize(
    ("event", "client", "reason"),
    [
        ("invoice.craete", "", "there is no event invoice.craete; there are invoice.create,"),
        ("bill.create", "", "no rule is about bill.create"),
        ("bill_vendor.create", "7", "bill_vendor.create is about no client"),
    ],
)
def test_an_event_that_tells_nobody_is_refused(event: str, client: str, reason: str) -> None:
    """An unknown word, an event without a rule, or one without clients is refused, with why."""
    with pytest.raises(BackfillRefused) as refusal:
        choose_events([event], rulebook("invoice.create", "bill_vendor.create"), client)

    assert str(refusal.value).startswith(reason)


def test_without_a_choice_all_that_is_told_is_backfilled() -> None:
    """All events of the rulebook that can be are chosen, the ladder last; changes are left out."""
    events = choose_events([], rulebook(OVERDUE, "invoice.update", "bill.create", "invoice.create"))

    assert ("invoice.create", "bill.create", OVERDUE) == events


def test_a_client_leaves_out_what_has_none() -> None:
    """With a client, lists whose records belong to none are not read."""
    events = choose_events([], rulebook("bill.create", "payment.create"), client="7")

    assert ("payment.create",) == events


def test_a_rulebook_with_nothing_to_backfill_is_refused() -> None:
    """Where nothing can be backfilled the refusal says so, and nothing seems to have worked."""
    with pytest.raises(BackfillRefused, match="no rule is about anything"):
        choose_events([], rulebook("invoice.update"))


# -- the period


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        (date(2026, 1, 2), date(2026, 1, 1), "since .2026-01-02. is after until .2026-01-01."),
        (date(2026, 3, 2), date(2026, 3, 2), "since .2026-03-02. is in the future"),
        (None, date(2026, 3, 2), "needs both days"),
    ],
)
def test_an_impossible_period_is_refused(since: date, until: date, reason: str) -> None:
    """A period that ends before it begins, or that has not begun, is refused."""
    with pytest.raises(BackfillRefused, match=reason):
        check_period(since, until, date(2026, 3, 1))


def test_today_may_be_backfilled() -> None:
    """A period may begin today and end in the future."""
    period = check_period(date(2026, 3, 1), date(2026, 12, 31), date(2026, 3, 1))

    assert (date(2026, 3, 1), date(2026, 12, 31)) == period


@pytest.mark.parametrize(
    ("day", "is_of_it"),
    [("2025-12-31", False), ("2026-01-01", True), ("2026-01-31", True), ("2026-02-01", False)],
)
def test_both_ends_belong_to_the_period(day: str, is_of_it: bool) -> None:
    """The first and the last day are in, the days beside them are not."""
    invoice = replace(INVOICE, issued_on=date.fromisoformat(day))
    payment = replace(PAYMENT, paid_on=date.fromisoformat(day))

    found = is_of_january(invoice, "invoice.create"), is_of_january(payment, "payment.create")

    assert (is_of_it, is_of_it) == found


@pytest.mark.parametrize(
    ("moment", "is_of_it"),
    [
        (datetime(2026, 1, 1, 5, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 1, 6, 0, tzinfo=UTC), True),
        (datetime(2026, 2, 1, 5, 59, tzinfo=UTC), True),
        (datetime(2026, 2, 1, 6, 0, tzinfo=UTC), False),
        (None, False),
    ],
)
def test_moments_count_in_the_zone_of_the_business(moment: datetime | None, is_of_it: bool) -> None:
    """A client was made on a day of the business; one without a moment belongs nowhere."""
    client = replace(CLIENT, created_at=moment)

    assert is_of_it is is_of_january(client, "client.create")


@pytest.mark.parametrize(
    ("changes", "rungs", "is_of_it"),
    [
        ({}, (5,), True),
        ({}, (12,), False),
        ({}, (12, 11), True),
        ({"due_on": date(2026, 2, 3)}, (-3,), True),
        ({"due_on": date(2026, 2, 3)}, (5,), False),
        ({"is_paid": True}, (5,), False),
        ({"outstanding": Money(Decimal(0), "USD")}, (5,), False),
        ({"due_on": None}, (5,), False),
        ({"due_on": date.max}, (5,), False),
        ({"due_on": date.min}, (-5,), False),
    ],
)
def test_a_ladder_is_about_unpaid_invoices_with_a_rung(
    changes: dict[str, object], rungs: tuple[int, ...], is_of_it: bool
) -> None:
    """An invoice belongs to it if it is unpaid and a rung fell into the period, nothing else."""
    invoice = replace(INVOICE, **changes)  # type: ignore[arg-type]

    assert is_of_it is is_of_january(invoice, OVERDUE, *rungs)


def test_only_the_client_asked_for_belongs() -> None:
    """What is another client's is left out, though FreshBooks may ignore the filter."""
    asked = replace(JANUARY, client="8")

    mine = belongs(replace(INVOICE, client_id="8"), "invoice.create", asked, CHICAGO, frozenset())
    other = belongs(INVOICE, "invoice.create", asked, CHICAGO, frozenset())

    assert (True, False) == (mine, other)


# -- asking


def test_lists_are_asked_a_day_wider() -> None:
    """The filters are wider than the period, whatever FreshBooks means by them."""
    asked = replace(JANUARY, client="7")

    assert {"date_min": "2025-12-31", "date_max": "2026-02-01", "clientid": "7"} == search_for(
        "payment.create", asked
    )
    assert {"customerid": "7"} == search_for(OVERDUE, asked)
    assert {} == search_for("bill.create", JANUARY)


def test_the_ends_of_the_calendar_are_no_trouble() -> None:
    """The very first and last day can be asked for."""
    search = search_for("invoice.create", Asked(date.min, date.max, ("invoice.create",)))

    assert {"date_min": "0001-01-01", "date_max": "9999-12-31"} == search


def test_what_was_asked_survives_its_keeping() -> None:
    """What is kept in the ledger is given back as it was."""
    asked = Asked(date(2026, 1, 1), date(2026, 1, 31), ("invoice.create", OVERDUE), "7")

    assert asked == Asked.from_json(asked.as_json())


# -- the most messages


def test_one_rule_leads_to_one_message() -> None:
    """With one rule for one person a record leads to one message."""
    assert 1 == most_texts(rulebook("invoice.create"), Kind.INVOICE, {}, 1)


def test_everybody_who_may_be_told_counts() -> None:
    """Members of lists and rungs told at once are counted; due or overdue, not both."""
    rules = (
        Rule("invoice.create", "list:staff", Channel.SMS, "words"),
        Rule("invoice.update", "client", Channel.SMS, "words"),
        Rule("invoice.due", "client", Channel.SMS, "words", (-3,)),
        Rule(OVERDUE, "client", Channel.SMS, "words", (5,)),
        Rule(OVERDUE, "client", Channel.SMS, "sharper", (10,)),
        Rule("bill.create", "list:staff", Channel.SMS, "words"),
    )

    at_once = most_texts(Rulebook(rules), Kind.INVOICE, {"list:staff": 3}, 1)
    both = most_texts(Rulebook(rules), Kind.INVOICE, {"list:staff": 3}, 2)

    assert (3 + 1 + 1, 3 + 1 + 2) == (at_once, both)
