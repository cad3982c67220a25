"""Days of a replay are those of the business; new rungs come from due dates and come once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.failures import BackfillRefused
from duebell.domain.ladder import Rung
from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Rulebook
from duebell.replaying.course import Course
from duebell.replaying.period import Period, latest_day, settle
from duebell.replaying.rungs import only_in, rungs_of, told_at
from tests.unit.domain.scenes import an_invoice
from tests.unit.replaying.scenes import AT, FACT, RULE

TODAY = date(2026, 3, 2)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
AUCKLAND, TORONTO = ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Toronto")
OVERDUE = replace(RULE, on="invoice.overdue", template="overdue_notice")
DUE_MID_MARCH = an_invoice(issued_on=date(2026, 3, 10), due_on=date(2026, 3, 15))


@pytest.mark.parametrize(
    ("moment", "zone", "is_in"),
    [
        (datetime(2026, 3, 1, 4, 59, tzinfo=UTC), TORONTO, False),
        (datetime(2026, 3, 1, 5, 0, tzinfo=UTC), TORONTO, True),
        (datetime(2026, 2, 28, 11, 0, tzinfo=UTC), AUCKLAND, True),
        (datetime(2026, 3, 31, 11, 0, tzinfo=UTC), AUCKLAND, False),
        (datetime(2026, 4, 1, 3, 59, tzinfo=UTC), TORONTO, True),
    ],
)
def test_a_day_is_one_of_the_business(moment: datetime, zone: ZoneInfo, is_in: bool) -> None:
    """Both days belong to the period, by the calendar of the business; the span holds them all."""
    span = MARCH.span

    assert is_in == MARCH.holds(moment, zone)
    assert not is_in or span.since <= moment < span.until


@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(2026, 3, 1)])
def test_since_ever_is_a_day(day: date) -> None:
    """Any first day is good, however long ago, and without a last one it is up to today."""
    period = settle(day, None, "", TODAY)

    assert (day, TODAY) == (period.since, period.until)
    assert period.span.since < period.span.until


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), date.max])
def test_the_future_was_never_recorded(day: date) -> None:
    """A first day that has begun nowhere on earth is refused; a last day may be to come."""
    assert TODAY == settle(date(2026, 3, 1), day, "", TODAY).until
    with pytest.raises(BackfillRefused, match=r"--since .* is in the future; today is 2026-03-02"):
        settle(day, None, "", TODAY)


@pytest.mark.parametrize(
    ("account_id", "expected"),
    [("toronto", date(2026, 3, 1)), ("auckland", date(2026, 3, 2)), ("", date(2026, 3, 2))],
)
def test_today_is_a_day_of_the_business(account_id: str, expected: date) -> None:
    """It is that of the account that is asked about, and else the latest of any."""
    times = LocalTimes({"toronto": TORONTO, "auckland": AUCKLAND})

    assert expected == latest_day(times, account_id, datetime(2026, 3, 2, 4, 0, tzinfo=UTC))


def test_without_a_business_today_is_that_of_utc() -> None:
    """Nothing is known of a clock before anybody is connected."""
    assert date(2026, 3, 2) == latest_day(LocalTimes(), "", datetime(2026, 3, 2, 4, tzinfo=UTC))


def test_new_rungs_are_those_that_no_old_rule_has() -> None:
    """A rung is new by its event and day, whatever rule told it before."""
    old = Rulebook((replace(OVERDUE, days=(5, 10)),))
    other = replace(OVERDUE, to="list:approvers")
    due = replace(OVERDUE, on="invoice.due", days=(-3,))
    new = Rulebook((replace(OVERDUE, days=(5,)), replace(other, days=(10, 20)), due))

    assert {"invoice.due": {-3}, "invoice.overdue": {20}} == only_in(new, old)
    assert {} == only_in(old, new)


@pytest.mark.parametrize(
    ("days", "found"),
    [({5}, ["+5"]), ({-5, -4}, ["-4"]), ({16, 17}, ["+16"]), ({-20}, []), ({10**9}, [])],
)
def test_rungs_fall_on_days_of_the_period(days: set[int], found: list[str]) -> None:
    """A rung counts from the day after the issue to the last day of the period."""
    rungs = rungs_of(DUE_MID_MARCH, {"invoice.overdue": frozenset(days)}, MARCH)

    assert found == [one.occurrence.partition("@")[0] for one in rungs]


def test_an_invoice_without_a_due_date_has_no_rungs() -> None:
    """Who is never due is never late."""
    days = {"invoice.overdue": frozenset({5})}

    assert [] == list(rungs_of(replace(DUE_MID_MARCH, due_on=None), days, MARCH))


def test_a_rung_is_told_in_the_morning_of_the_business() -> None:
    """The time of a new rung is when its ladder opens on that day."""
    moment = told_at(Rung(5, date(2026, 3, 1)), time(9), TORONTO)

    assert datetime(2026, 3, 6, 14, 0, tzinfo=UTC) == moment


def test_rungs_come_in_the_order_of_time() -> None:
    """What is found in any order is handed out by time, once, and not before its time."""
    course = Course()
    first, second, third = (replace(FACT, at=AT + timedelta(days=number)) for number in (1, 2, 3))
    for fact in (second, third, first):
        course.add(fact)

    assert [first, second] == course.due(second.at, 10)
    assert [third] == course.due(None, 10)
    assert 0 == len(course)


def test_no_more_come_at_once_than_are_asked_for() -> None:
    """A page is never larger than it should be."""
    course = Course()
    for _ in range(3):
        course.add(FACT)

    assert [2, 1] == [len(course.due(None, 2)), len(course.due(None, 2))]


def test_a_rung_is_new_once() -> None:
    """However often something is recorded of an invoice, its rung is found one time."""
    course = Course()

    assert [True, False] == [course.is_new(FACT.occurrence), course.is_new(FACT.occurrence)]
