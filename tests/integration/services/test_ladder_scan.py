"""The ladder of unpaid invoices: which day tells whom, and what makes it fall silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.books import Kind
from duebell.domain.failures import TryAgain
from duebell.polling.ladder_scan import OPEN_WORDS
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.place import Place
from tests.integration.services.poller import Poller, rulebook
from tests.ledger_scenes import Clock, column

OpenPoller = Callable[..., Poller]

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def clock() -> Clock:
    """Noon in Chicago, where the firm is, some days ahead of the sandbox's own clock."""
    return Clock(at_noon(datetime.now(UTC) + timedelta(days=2)))


def at_noon(moment: datetime) -> datetime:
    """Noon of that day in Chicago."""
    return moment.astimezone(CHICAGO).replace(hour=12, minute=0).astimezone(UTC)


@pytest.fixture
def open_poller(open_desk: OpenDesk, place: Place) -> OpenPoller:
    """Opens pollers on SQLite, with a ladder of these days."""

    def open_one(days: list[int], worker_id: str = "worker-1", **settings: object) -> Poller:
        events = {"invoice.due" if day <= 0 else "invoice.overdue": None for day in days}
        (place.home / "duebell.toml").write_text(rulebook(*events, days=days))
        return Poller(open_desk(place, worker_id, **settings))

    return open_one


def today(poller: Poller) -> date:
    """The firm's calendar day."""
    return poller.desk.clock().astimezone(CHICAGO).date()


def unpaid(poller: Poller, days_past_due: int, **fields: object) -> str:
    """An invoice that is so many days past due; gives its id."""
    due_on = today(poller) - timedelta(days=days_past_due)
    issued_on = due_on - timedelta(days=30)
    days = {"create_date": issued_on.isoformat(), "due_date": due_on.isoformat()}
    written = {"status": "sent", **days, **fields}
    return poller.make("invoice", **written)


def days_go_by(poller: Poller, count: int) -> list[int]:
    """Let the schedules run for some days, at noon; gives how many texts each day led to."""
    told = []
    for _ in range(count):
        poller.desk.later(days=1)
        poller.desk.clock.at = at_noon(poller.desk.clock.at)
        told.append(len(poller.look()))
    return told


# -- which day


def test_five_and_ten_days_past_due_are_told_once_each(open_poller: OpenPoller) -> None:
    """The fifth and the tenth day each bring one text, however often the day is polled."""
    poller = open_poller([5, 10])
    invoice = unpaid(poller, 0)
    poller.look()

    told = days_go_by(poller, 12)

    assert [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0] == told
    assert [(invoice, "+5"), (invoice, "+10")] == poller.rungs()


def test_days_before_and_on_the_due_date_are_told(open_poller: OpenPoller) -> None:
    """A ladder may begin before an invoice is due."""
    poller = open_poller([-3, 0])
    invoice = unpaid(poller, -5)
    poller.look()

    told = days_go_by(poller, 7)

    assert [0, 1, 0, 0, 1, 0, 0] == told
    assert [(invoice, "-3"), (invoice, "+0")] == poller.rungs()


def test_the_business_calendar_decides(open_poller: OpenPoller) -> None:
    """At nine in Chicago the day's rungs are told; before that it is still yesterday's."""
    poller = open_poller([1])
    unpaid(poller, 0)
    poller.look()
    midnight = datetime.combine(today(poller) + timedelta(days=1), datetime.min.time(), CHICAGO)

    told = []
    for hours in (0, 8.9, 9, 9.1):
        poller.desk.clock.at = (midnight + timedelta(hours=hours)).astimezone(UTC)
        poller.desk.later(seconds=0)
        told.append(len(poller.look()))

    assert [0, 0, 1, 0] == told


def test_nothing_is_told_in_the_evening(open_poller: OpenPoller) -> None:
    """What is found late waits for the morning."""
    poller = open_poller([1])
    poller.look()
    poller.desk.later(hours=9)
    unpaid(poller, 1)

    told = [len(poller.look())]
    told += days_go_by(poller, 1)

    assert [0, 1] == told


def test_a_notice_that_was_held_up_until_night_waits_for_the_morning(
    open_poller: OpenPoller,
) -> None:
    """A run that stood still between deciding and sending texts nobody at night, and none is lost.

    The hours are asked for again in the moment before sending.
    """
    poller = open_poller([5])
    unpaid(poller, 5)
    poller.scan()
    batch = poller.desk.decided("held up")
    poller.desk.later(hours=11)
    poller.desk.send(batch)
    poller.work_off()
    at_night = len(poller.desk.texts())

    poller.desk.later(hours=13)
    poller.desk.settle()

    assert (0, 1) == (at_night, len(poller.desk.texts()))
    assert "delivered" == poller.desk.notification().status


# -- whom the calendar does not concern


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "draft"},
        {"status": "paid", "due_date": "2020-01-01"},
        {"status": "disputed"},
        {"vis_state": 1},
        {"vis_state": 2},
        {"auto_bill": True, "autobill_status": "retry"},
        {"outstanding": "0.00"},
        {"due_date": None},
    ],
    ids=lambda fields: " ".join(f"{name}={value}" for name, value in fields.items()),
)
def test_some_invoices_are_left_alone(open_poller: OpenPoller, fields: dict[str, object]) -> None:
    """Draft, paid, disputed, deleted, archived, about to be paid, nothing open, never due: nobody
    is reminded, and nobody works on it either.
    """
    poller = open_poller([5])
    reminded = unpaid(poller, 5)
    unpaid(poller, 5, **fields)

    poller.scan()
    poller.work_off()

    assert [("invoice.overdue", reminded)] == poller.signals()
    assert 1 == len(poller.desk.texts())


def test_a_partial_payment_counts_with_what_is_open(open_poller: OpenPoller) -> None:
    """The text names what is outstanding and not what the invoice once was."""
    poller = open_poller([5])
    invoice = unpaid(poller, 5, amount="100.00")
    poller.make("payment", invoice_id=int(invoice), amount="60.00")

    (text,) = poller.look()

    assert "$40.00" in text


@pytest.mark.parametrize("honoured", [True, False])
def test_partly_paid_invoices_are_found_under_either_word(
    open_poller: OpenPoller, honoured: bool
) -> None:
    """Whether FreshBooks files them under partial or overdue is not known; both are read."""
    poller = open_poller([5])
    poller.desk.sandbox.change_settings(partial_says_overdue=honoured)
    invoice = unpaid(poller, 5, amount="100.00")
    poller.make("payment", invoice_id=int(invoice), amount="60.00")

    poller.scan()

    assert [("invoice.overdue", invoice)] == poller.signals()


# -- changes


def test_a_due_date_that_moves_begins_the_ladder_anew(open_poller: OpenPoller) -> None:
    """A reminder for the old date is not told; the new date has a ladder of its own."""
    poller = open_poller([5, 10])
    invoice = unpaid(poller, 4)
    poller.look()
    moved = today(poller) + timedelta(days=3)
    poller.change("invoice", invoice, due_date=moved.isoformat())

    told = days_go_by(poller, 8)

    assert [0, 0, 0, 0, 0, 0, 0, 1] == told
    assert [(invoice, "+5")] == poller.rungs()


def test_a_due_date_that_moves_into_the_past_is_followed_at_once(open_poller: OpenPoller) -> None:
    """The next poll finds the change, though the ladder was looked through today already."""
    poller = open_poller([5])
    invoice = unpaid(poller, -20)
    poller.look()
    poller.desk.later(minutes=5)
    past = today(poller) - timedelta(days=6)
    poller.change("invoice", invoice, due_date=past.isoformat())

    texts = poller.look()

    assert 1 == len(texts)


def test_a_payment_taken_back_puts_the_invoice_on_the_ladder_again(
    open_poller: OpenPoller,
) -> None:
    """A paid invoice is owed again; the rung of the day it is on is told at once."""
    poller = open_poller([5, 10])
    invoice = unpaid(poller, 6, amount="100.00")
    payment = poller.make("payment", invoice_id=int(invoice), amount="100.00")
    paid = poller.look()
    poller.desk.later(minutes=5)
    poller.change("payment", payment, vis_state=1)
    poller.change("invoice", invoice)  # what is owed on it has changed, by the books' own clock

    owed = poller.look()

    assert (0, 1) == (len(paid), len(owed))
    assert [(invoice, "+5")] == poller.rungs()


# -- downtimes


@pytest.mark.parametrize(
    ("missed", "rungs"), [("latest", ["+10"]), ("all", ["+5", "+10"]), ("none", [])]
)
def test_after_a_downtime_the_policy_decides(
    open_poller: OpenPoller, missed: str, rungs: list[str]
) -> None:
    """Rungs whose days went by unseen are told by the setting: the last, each, or none."""
    poller = open_poller([5, 10], missed_rungs=missed)
    invoice = unpaid(poller, 3)
    poller.look()
    poller.desk.later(days=9)

    told = len(poller.look())

    assert len(rungs) == told
    assert {(invoice, rung) for rung in rungs} == set(poller.rungs())


def test_a_scan_that_broke_off_is_done_again(open_poller: OpenPoller) -> None:
    """The day counts as looked through only when it was, to the end."""
    poller = open_poller([5])
    poller.poll()
    unpaid(poller, 5, status="sent")
    poller.desk.sandbox.set_scenario("500", count=1, provider="freshbooks")

    with pytest.raises(TryAgain):
        poller.scan()
    scanned_on = poller.mark(Kind.INVOICE).scanned_on
    whole = poller.scan()

    assert scanned_on is None
    assert ("", {"invoice.overdue": 1}) == (whole.fault, dict(whole.signals))
    assert today(poller) == poller.mark(Kind.INVOICE).scanned_on


def test_a_new_rung_is_found_when_the_scan_is_asked_for_again(
    open_poller: OpenPoller, place: Place
) -> None:
    """A worker that starts with another rulebook looks through the day once more."""
    first = open_poller([10])
    invoice = unpaid(first, 5)
    first.look()
    second = open_poller([5, 10], "worker-2")

    not_due = second.scan()
    again = second.scan(again=True)

    assert (None, today(second)) == (not_due.day, again.day)
    assert ("invoice.overdue", invoice) in second.signals()


# -- what it costs


def test_a_scan_costs_a_page_for_each_word_and_hundred_unpaid_invoices(
    open_poller: OpenPoller,
) -> None:
    """What is paid is not read; a second look on the same day asks for nothing."""
    poller = open_poller([5])
    poller.desk.sandbox.populate(invoices=2000, overdue=150, days_past_due=5)
    poller.desk.clock.at = at_noon(datetime.now(UTC))
    paid = sum(Decimal(one["outstanding"]) == 0 for one in poller.desk.sandbox.invoices())

    found, again = poller.scan(), poller.scan()

    assert 2000 - paid == found.rows
    assert {"invoice.overdue": 150} == dict(found.signals)
    assert found.rows // 100 + len(OPEN_WORDS) + 1 >= found.pages
    assert (None, 0) == (again.day, again.pages)


def test_an_ignored_word_costs_the_whole_list_once(open_poller: OpenPoller) -> None:
    """Where FreshBooks gives all invoices whatever is asked for, they are read once and not once
    for every word.
    """
    poller = open_poller([5])
    poller.desk.sandbox.change_settings(v3_status_honoured=False)
    poller.desk.sandbox.populate(invoices=450, overdue=20, days_past_due=5)
    poller.desk.clock.at = at_noon(datetime.now(UTC))

    found = poller.scan()

    assert (450, 5 + 1) == (found.rows, found.pages)
    assert {"invoice.overdue": 20} == dict(found.signals)


def test_what_was_told_is_not_worked_on_again(open_poller: OpenPoller) -> None:
    """A second look on the same day makes no signals for rungs that were decided about."""
    poller = open_poller([5])
    unpaid(poller, 5)
    poller.look()
    before = poller.signals()

    again = poller.scan(again=True)

    assert (today(poller), {}) == (again.day, dict(again.signals))
    assert before == poller.signals()


def test_rungs_are_signalled_once_by_two_workers(
    open_poller: OpenPoller, open_desk: OpenDesk, place: Place
) -> None:
    """Two scans at once lead to one text for each invoice."""
    first = open_poller([5])
    second = Poller(open_desk(place, "worker-2"))
    for _ in range(5):
        unpaid(first, 5)

    first.desk.together(first.scanned(), second.scanned())
    first.work_off()
    second.work_off()

    assert 5 == len(first.desk.texts())
    assert ["poll"] == column(first.desk.ledger, "select distinct source from signals")
