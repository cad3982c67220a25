"""The days of the ladder against a calendar that is counted here day by day, and around the world.

The calendar knows nothing of ``datetime.timedelta``: it counts days, months and leap years itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.events import DUE, OVERDUE
from duebell.domain.ladder import (
    LadderHours,
    MissedRungs,
    Rung,
    ladder_day,
    next_opening,
    reached_rungs,
)

MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FARTHEST = 400
OFFSETS = range(-FARTHEST, FARTHEST + 1)
#: Ordinary and leap years, a century that leaps and one that does not.
YEARS = (2000, 2023, 2024, 2025, 2026, 2027, 2028, 2100)
OPEN_HOURS = LadderHours(time(9), time(20))
ALL_DAY = LadderHours(time(0), time.max)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: Zones that moved across the date line and left out a day, with that day.
SKIPPED_DAYS = [
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Fakaofo", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Pacific/Kiritimati", date(1994, 12, 31)),
]


def is_leap(year: int) -> bool:
    """Whether February has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year: int, month: int) -> int:
    """How many days the month has."""
    return 29 if month == 2 and is_leap(year) else MONTHS[month - 1]


@cache
def calendar() -> list[date]:
    """Every day from 1998 to 2102, counted one by one."""
    return [
        date(year, month, day)
        for year in range(1998, 2103)
        for month in range(1, 13)
        for day in range(1, days_in(year, month) + 1)
    ]


def due_dates() -> list[date]:
    """The first and last day of each month of the years, and so each 29 February."""
    ends = [
        (year, month, day)
        for year in YEARS
        for month in range(1, 13)
        for day in (1, days_in(year, month))
    ]
    return [date(*end) for end in ends]


def rung_numbers(rungs: list[Rung]) -> list[int]:
    """The days of rungs."""
    return [rung.days for rung in rungs]


def looks_at(zone: ZoneInfo, hours: LadderHours, first: date, last: date) -> list[date]:
    """The days that the ladder shows to who looks each quarter of an hour in these days."""
    now = datetime.combine(first, time(0), UTC)
    seen = []
    while now < datetime.combine(last, time(0), UTC):
        seen.append(ladder_day(now, zone, hours))
        now += 15 * MINUTE
    return [day for day in seen if day is not None]


def test_a_rung_is_as_many_days_from_the_due_date_as_it_says() -> None:
    """From each month's end and leap day, 400 days either way, a rung is on the counted day."""
    days = calendar()

    wrong = []
    for due_on in due_dates():
        index = days.index(due_on)
        counted = days[index - FARTHEST : index + FARTHEST + 1]
        told = [Rung(number, due_on).on for number in OFFSETS]
        wrong += [due_on] if counted != told else []
    assert [] == wrong


@pytest.mark.parametrize(
    ("due_on", "days", "expected"),
    [
        (date(2024, 2, 29), 366, date(2025, 3, 1)),
        (date(2024, 2, 29), 365, date(2025, 2, 28)),
        (date(2024, 2, 29), -365, date(2023, 3, 1)),
        (date(2024, 2, 24), 5, date(2024, 2, 29)),
        (date(2025, 2, 24), 5, date(2025, 3, 1)),
        (date(2100, 2, 24), 5, date(2100, 3, 1)),
        (date(2024, 3, 3), -3, date(2024, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2027, 1, 1), -1, date(2026, 12, 31)),
        (date(2026, 4, 30), 0, date(2026, 4, 30)),
    ],
)
def test_rungs_at_the_ends_of_months_and_years(due_on: date, days: int, expected: date) -> None:
    """Leap days and the ends of months and years are counted like any day."""
    rung = Rung(days, due_on)

    assert expected == rung.on


@pytest.mark.parametrize("due_on", [date(2024, 2, 29), date(2025, 2, 28), date(2026, 12, 31)])
def test_each_day_tells_just_its_own_rung(due_on: date) -> None:
    """With a rung for each day, a day has the rung of its distance from the due date."""
    days = calendar()
    index = days.index(due_on)

    told = [
        rung_numbers(reached_rungs(due_on, OFFSETS, days[index + number], MissedRungs.NONE))
        for number in OFFSETS[::8]
    ]
    assert [[number] for number in OFFSETS[::8]] == told


def test_rungs_are_reminders_up_to_the_due_date_and_overdue_notices_after_it() -> None:
    """The due date itself is not overdue, the day after it is."""
    events = [Rung(days, date(2024, 2, 29)).event for days in (-400, -1, 0, 1, 400)]

    assert [DUE, DUE, DUE, OVERDUE, OVERDUE] == events


def test_no_two_rungs_share_an_occurrence() -> None:
    """Each number of days of each due date is an occurrence of its own."""
    rungs = [Rung(days, due_on) for due_on in due_dates() for days in OFFSETS]

    occurrences = {rung.occurrence for rung in rungs}
    assert len(rungs) == len(occurrences)


@pytest.mark.parametrize("missed", MissedRungs)
@pytest.mark.parametrize("due_on", [date.min, date.max])
def test_due_dates_at_the_ends_of_time_do_no_harm(due_on: date, missed: MissedRungs) -> None:
    """A due date mistyped as the year 1 or 9999 has rungs that are long gone or far off."""
    rungs = reached_rungs(due_on, (-3, 0, 5, 10), date(2026, 3, 10), missed)

    assert [] == rungs


def test_one_instant_is_three_days_around_the_world() -> None:
    """The ladder follows the calendar of the business' zone, not that of UTC."""
    now = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)
    due_on = date(2026, 3, 9)

    told = {}
    for name in ("Pacific/Kiritimati", "America/Chicago", "Pacific/Pago_Pago"):
        today = ladder_day(now, ZoneInfo(name), ALL_DAY)
        assert today is not None
        told[name] = rung_numbers(reached_rungs(due_on, (0, 1, 2), today, MissedRungs.NONE))
    assert {
        "Pacific/Kiritimati": [2],
        "America/Chicago": [1],
        "Pacific/Pago_Pago": [0],
    } == told


@pytest.mark.parametrize(
    ("name", "opens_at"),
    [
        ("Pacific/Kiritimati", datetime(2026, 3, 13, 19, 0, tzinfo=UTC)),
        ("America/Chicago", datetime(2026, 3, 14, 14, 0, tzinfo=UTC)),
        ("Pacific/Pago_Pago", datetime(2026, 3, 14, 20, 0, tzinfo=UTC)),
    ],
)
def test_the_fifth_day_begins_at_nine_where_the_business_is(name: str, opens_at: datetime) -> None:
    """A rung is reached at the first hour of its day on the business' own wall clock."""
    due_on, zone = date(2026, 3, 9), ZoneInfo(name)

    now = datetime(2026, 3, 12, 21, 0, tzinfo=UTC)
    while (today := ladder_day(now, zone, OPEN_HOURS)) is None or today < Rung(5, due_on).on:
        now += MINUTE
    assert opens_at == now


def test_hours_count_to_the_second() -> None:
    """Hours that begin or end within a minute do so at their second."""
    zone = ZoneInfo("America/Chicago")
    hours = LadderHours(time(9, 0, 30), time(19, 59, 59))
    day = date(2026, 3, 10)
    clock = [time(9, 0, 29), time(9, 0, 30), time(19, 59, 58), time(19, 59, 59)]

    shown = [ladder_day(datetime.combine(day, reading, zone), zone, hours) for reading in clock]
    assert [None, day, day, None] == shown


@pytest.mark.parametrize(("name", "skipped"), SKIPPED_DAYS)
@pytest.mark.parametrize("hours", [OPEN_HOURS, ALL_DAY])
def test_a_day_that_a_zone_leaves_out_is_never_shown(
    name: str, skipped: date, hours: LadderHours
) -> None:
    """The ladder goes from the day before a day that never was to the day after it."""
    around = [skipped + timedelta(days=number) for number in range(-3, 4)]

    days = looks_at(ZoneInfo(name), hours, around[0], around[-1])

    assert days == sorted(days)
    assert {around[1], around[2], around[4], around[5]} <= set(days)
    assert skipped not in days


@pytest.mark.parametrize(("name", "skipped"), SKIPPED_DAYS)
@pytest.mark.parametrize("missed", [MissedRungs.LATEST, MissedRungs.ALL])
@pytest.mark.parametrize("rung", [-10, -1, 1, 5, 10])
def test_the_rung_of_a_day_that_never_was_is_told_on_the_next(
    name: str, skipped: date, missed: MissedRungs, rung: int
) -> None:
    """A rung that falls on a day that a zone leaves out is not lost."""
    due_on = skipped - timedelta(days=rung)

    days = looks_at(ZoneInfo(name), OPEN_HOURS, skipped - 2 * 24 * HOUR, skipped + 4 * 24 * HOUR)
    told = [day for day in days if Rung(rung, due_on) in reached_rungs(due_on, [rung], day, missed)]
    assert skipped + timedelta(days=1) == told[0]


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (datetime(2026, 3, 10, 3, 0, tzinfo=UTC), datetime(2026, 3, 10, 14, 0, tzinfo=UTC)),
        (datetime(2026, 3, 10, 14, 0, tzinfo=UTC), datetime(2026, 3, 11, 14, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 2, 0, tzinfo=UTC), datetime(2026, 3, 8, 14, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 2, 0, tzinfo=UTC), datetime(2026, 11, 1, 15, 0, tzinfo=UTC)),
    ],
)
def test_the_next_opening_is_by_the_clock_on_the_wall(now: datetime, opening: datetime) -> None:
    """What waits for the morning waits for nine o'clock there, before and after clocks change."""
    hours = LadderHours(time(9), time(20))

    assert opening == next_opening(now, ZoneInfo("America/Chicago"), hours)
