"""Quiet hours on the wall clocks of those who are told, whatever these clocks do.

What is quiet is worked out here from what a clock shows, minute by minute, and compared with when
``opening`` lets a message leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.quiet import LONGEST_QUIET, closing, opening
from duebell.domain.rules import Channel, QuietHours

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TORONTO, BERLIN = ZoneInfo("America/Toronto"), ZoneInfo("Europe/Berlin")
LORD_HOWE, KATHMANDU = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")
NIGHT = QuietHours(time(20), time(9))
NO_HOLIDAYS: frozenset[date] = frozenset()

#: The moments of 2026 at which these clocks are changed. Kathmandu's never is, so any will do.
CHANGES = [
    (TORONTO, datetime(2026, 3, 8, 7, tzinfo=UTC)),
    (TORONTO, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    (BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    (BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    (KATHMANDU, datetime(2026, 6, 15, 18, 15, tzinfo=UTC)),
]

#: Hours that begin or end within a change, at it, on both sides of it, and over midnight.
HOURS = [
    *(QuietHours(time(20), time(hour, minute)) for hour, minute in product((1, 2, 3), (0, 15, 45))),
    QuietHours(time(1, 30), time(2, 30)),
    QuietHours(time(2), time(3)),
    QuietHours(time(0), time(1, 59)),
    QuietHours(time(2, 10), time(1, 50)),
    QuietHours(time(2, 30), time(0)),
]


def after(
    now: datetime,
    quiet: QuietHours | None = NIGHT,
    *zones: ZoneInfo,
    holidays: frozenset[date] = NO_HOLIDAYS,
    channel: Channel = Channel.SMS,
) -> datetime | None:
    """When a message may leave."""
    return opening(now, quiet, zones or (TORONTO,), holidays, channel)


def is_quiet(
    moment: datetime, hours: QuietHours, zone: ZoneInfo, holidays: frozenset[date] = NO_HOLIDAYS
) -> bool:
    """Whether the clock of a zone shows a quiet hour."""
    shown = moment.astimezone(zone)
    if shown.date() in holidays or shown.weekday() in hours.days:
        return True
    moments = [hours.begin, hours.end]
    inside = min(moments) <= shown.time() < max(moments)
    return inside if hours.begin < hours.end else not inside and hours.begin != hours.end


def toronto(*shown: int) -> datetime:
    """A moment by Toronto's clock."""
    return datetime(*shown, tzinfo=TORONTO).astimezone(UTC)  # type: ignore[arg-type, misc]


def minutes(begin: datetime, end: datetime) -> Iterator[datetime]:
    """Every minute from the one moment to before the other."""
    while begin < end:
        yield begin
        begin += MINUTE


def check(
    now: datetime,
    hours: QuietHours,
    zones: Sequence[ZoneInfo],
    holidays: frozenset[date] = NO_HOLIDAYS,
) -> datetime:
    """Hold an answer against the clocks: quiet somewhere until then, and nowhere then."""
    found = after(now, hours, *zones, holidays=holidays)
    opened = found or now

    assert not any(is_quiet(opened, hours, zone, holidays) for zone in zones)
    for minute in minutes(now, opened):
        assert any(is_quiet(minute, hours, zone, holidays) for zone in zones), minute
    return opened


# -- the days of a firm


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (toronto(2026, 6, 10, 12), None),
        (toronto(2026, 6, 10, 9), None),
        (toronto(2026, 6, 10, 19, 59), None),
        (toronto(2026, 6, 10, 20), toronto(2026, 6, 11, 9)),
        (toronto(2026, 6, 10, 8, 59), toronto(2026, 6, 10, 9)),
        (toronto(2026, 6, 11, 0), toronto(2026, 6, 11, 9)),
    ],
)
def test_quiet_over_night(now: datetime, expected: datetime | None) -> None:
    """From the evening to the morning nothing leaves, and the first minute of the day is open."""
    assert expected == after(now)


def test_a_fraction_of_a_second_is_quiet_too() -> None:
    """The quiet ends with the full minute, wherever in a minute one asks."""
    now = toronto(2026, 6, 10, 8, 59) + timedelta(microseconds=59_999_999)

    assert toronto(2026, 6, 10, 9) == after(now)


def test_quiet_days_follow_each_other() -> None:
    """From Friday evening over a weekend to the morning after a holiday on Monday."""
    hours = QuietHours(time(20), time(9), frozenset({5, 6}))
    friday, monday = toronto(2026, 6, 26, 21), date(2026, 6, 29)

    assert toronto(2026, 6, 29, 9) == after(friday, hours)
    assert toronto(2026, 6, 30, 9) == after(friday, hours, holidays=frozenset({monday}))


def test_days_without_hours() -> None:
    """Quiet days alone end with their last midnight."""
    hours = QuietHours(days=frozenset({5, 6}))

    assert toronto(2026, 6, 29, 0) == after(toronto(2026, 6, 27, 13), hours)
    assert after(toronto(2026, 6, 26, 23, 59), hours) is None


def test_holidays_without_quiet_hours() -> None:
    """Where the rulebook has holidays alone, texts wait for the next day and emails do not."""
    now, holidays = toronto(2026, 7, 1, 12), frozenset({date(2026, 7, 1)})

    assert toronto(2026, 7, 2, 0) == after(now, None, holidays=holidays)
    assert after(now, None, holidays=holidays, channel=Channel.EMAIL) is None
    assert after(now, None) is None


def test_only_the_channels_that_are_named_are_quiet() -> None:
    """Quiet hours hold texts alone, unless they name emails."""
    now = toronto(2026, 6, 10, 23)
    both = QuietHours(time(20), time(9), channels=frozenset(Channel))

    assert after(now, channel=Channel.EMAIL) is None
    assert toronto(2026, 6, 11, 9) == after(now, both, channel=Channel.EMAIL)


def test_equal_hours_are_none() -> None:
    """From nine to nine is not all day."""
    assert after(toronto(2026, 6, 10, 9), QuietHours(time(9), time(9))) is None


def test_now_may_be_written_in_any_zone() -> None:
    """The moment counts and not how it is written, and the answer is in UTC."""
    now = datetime(2026, 6, 11, 2, tzinfo=BERLIN)

    found = after(now)

    assert found is not None
    assert (toronto(2026, 6, 11, 9), UTC) == (found, found.tzinfo)


# -- changes of clocks


def test_the_hour_that_ends_the_quiet_is_skipped() -> None:
    """Where half past two never comes, the quiet ends when the clock jumps over it."""
    hours, now = QuietHours(time(22), time(2, 30)), datetime(2026, 3, 8, 5, tzinfo=UTC)

    assert datetime(2026, 3, 8, 7, tzinfo=UTC) == after(now, hours)


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    """When clocks go back into the quiet hours, nothing leaves until these end again."""
    hours = QuietHours(time(22), time(1, 30))
    ended = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    assert ended == after(ended - HOUR, hours)
    assert after(ended, hours) is None
    assert ended + HOUR == after(ended + HOUR / 2, hours)


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize("hours", HOURS)
def test_every_opening_around_a_change(hours: QuietHours, zone: ZoneInfo, change: datetime) -> None:
    """From any quarter of an hour around a change the message leaves in the first open minute."""
    for quarter in range(-16, 17):
        check(change + quarter * HOUR / 4 + 7 * MINUTE, hours, [zone])


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_weekends_and_holidays_around_a_change(zone: ZoneInfo, change: datetime) -> None:
    """Days are as long as the clock makes them."""
    hours = QuietHours(time(20), time(9), frozenset({5, 6}))
    holidays = frozenset({(change + DAY).astimezone(zone).date()})

    for begin in range(-60, 37, 12):
        check(change + begin * HOUR, hours, [zone], holidays)


# -- several zones


def test_quiet_in_none_of_several_zones() -> None:
    """Who may be in Toronto or in Berlin is told when it is day in both."""
    found = after(toronto(2026, 6, 10, 1), NIGHT, TORONTO, BERLIN)

    assert toronto(2026, 6, 10, 9) == found
    assert toronto(2026, 6, 11, 9) == after(toronto(2026, 6, 10, 14), NIGHT, TORONTO, BERLIN)


@pytest.mark.parametrize("change", [change for _, change in CHANGES])
def test_zones_with_few_minutes_in_common(change: datetime) -> None:
    """Four clocks with half and quarter hours between them still have the same open minutes."""
    hours = QuietHours(time(22, 45), time(5), frozenset({6}))
    zones = [KATHMANDU, BERLIN, LORD_HOWE]

    for begin in range(-24, 25, 6):
        check(change + begin * HOUR, hours, zones)


def test_many_zones_of_one_country() -> None:
    """All of a large country's zones are heeded where they have an hour in common."""
    names = ("Kaliningrad", "Moscow", "Samara")
    zones = [*map(ZoneInfo, (f"Europe/{name}" for name in names)), ZoneInfo("Asia/Vladivostok")]

    for hour in range(48):
        check(datetime(2026, 6, 10, tzinfo=UTC) + hour * HOUR, NIGHT, zones)


def test_the_first_zone_decides_where_nothing_is_in_common() -> None:
    """Zones on both sides of the world are never open together; the likeliest one is heeded."""
    honolulu, dubai = ZoneInfo("Pacific/Honolulu"), ZoneInfo("Asia/Dubai")
    hours, now = QuietHours(time(18), time(9)), datetime(2026, 6, 10, 12, tzinfo=UTC)

    assert datetime(2026, 6, 10, 19, tzinfo=UTC) == after(now, hours, honolulu, dubai)
    assert after(now, hours, dubai, honolulu) is None


def test_a_holiday_is_quiet_all_day_in_each_zone() -> None:
    """Canada Day begins in the first zone and ends in the last one."""
    holidays = frozenset({date(2026, 7, 1)})
    zones = (ZoneInfo("America/St_Johns"), ZoneInfo("America/Vancouver"))
    hours = QuietHours()

    opened = check(datetime(2026, 7, 1, 2, 30, tzinfo=UTC), hours, zones, holidays)

    assert datetime(2026, 7, 2, 7, tzinfo=UTC) == opened


# -- the end of patience


def test_a_message_is_held_for_14_days_at_most() -> None:
    """Where it is quiet for ever, the message is looked at again after two weeks."""
    now = toronto(2026, 6, 10, 12)
    always = QuietHours(days=frozenset(range(7)))
    too_long = frozenset((now + days * DAY).date() for days in range(20))

    assert now + LONGEST_QUIET == after(now, always)
    assert now + LONGEST_QUIET == after(now, NIGHT, holidays=too_long)


def test_thirteen_holidays_in_a_row() -> None:
    """A long feast is waited for as long as it ends within two weeks."""
    now = toronto(2026, 6, 10, 12)
    feast = frozenset((now + days * DAY).date() for days in range(13))

    assert toronto(2026, 6, 23, 9) == after(now, NIGHT, holidays=feast)


# -- when it becomes quiet


def until(
    now: datetime,
    quiet: QuietHours | None = NIGHT,
    *zones: ZoneInfo,
    holidays: frozenset[date] = NO_HOLIDAYS,
    channel: Channel = Channel.SMS,
) -> datetime | None:
    """Until when a message may arrive."""
    return closing(now, quiet, zones or (TORONTO,), holidays, channel)


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_every_closing_around_a_change(hours: QuietHours, zone: ZoneInfo, change: datetime) -> None:
    """Whatever the clocks do, it is not quiet before the moment that is named, and quiet then."""
    for now in minutes(change - 4 * HOUR, change + 4 * HOUR):
        if is_quiet(now, hours, zone, NO_HOLIDAYS) or now.minute % 15:
            continue
        found = until(now, hours, zone)

        assert found is not None
        for minute in minutes(now, found):
            assert not is_quiet(minute, hours, zone, NO_HOLIDAYS), (now, minute)


def test_the_first_zone_to_sleep_decides() -> None:
    """Of several clocks the one on which the evening comes first ends the day."""
    assert toronto(2026, 7, 14, 14) == until(toronto(2026, 7, 14, 10), NIGHT, TORONTO, BERLIN)


def test_a_quiet_day_begins_at_midnight() -> None:
    """Before a quiet day, or a holiday, it becomes quiet at midnight where no hour comes first."""
    evening = toronto(2026, 7, 17, 18)  # a Friday
    saturdays = QuietHours(time(0), time(0), frozenset({5}))
    holiday = frozenset({date(2026, 7, 18)})

    found = [until(evening, saturdays), until(evening, None, holidays=holiday), until(evening)]

    assert [toronto(2026, 7, 18), toronto(2026, 7, 18), toronto(2026, 7, 17, 20)] == found


@pytest.mark.parametrize(
    ("quiet", "channel"),
    [(None, Channel.SMS), (NIGHT, Channel.EMAIL), (QuietHours(time(8), time(8)), Channel.SMS)],
)
def test_where_nothing_is_quiet_nothing_closes(quiet: QuietHours | None, channel: Channel) -> None:
    """Without hours, on a channel that may always be used, or with empty hours there is no end."""
    assert None is until(toronto(2026, 7, 14, 10), quiet, channel=channel)
