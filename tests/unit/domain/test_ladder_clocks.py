"""The hours of the ladder at every change of clocks that any time zone makes in 2024-2027.

Wall clocks are worked out here with plain arithmetic on the two offsets of a change, minute by
minute, and compared with what ``ladder_day`` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

import pytest

from duebell.domain.ladder import LadderHours, ladder_day

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
MINUTE, HALF_HOUR, WEEK = timedelta(minutes=1), timedelta(minutes=30), timedelta(days=7)
# No zone moves its clocks by more than two hours in these years. The days on both sides of a
# change lie within a day and the change itself.
NEAR, FAR = timedelta(minutes=150), timedelta(hours=26)
LAST_MINUTE = time(23, 59)


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """The first instant at which a wall clock runs by the offset ``after``."""

    at: datetime
    before: timedelta
    after: timedelta

    def wall_clock(self, instant: datetime) -> datetime:
        """What the clock shows, as a naive time."""
        offset = self.before if instant < self.at else self.after
        return instant.replace(tzinfo=None) + offset

    @property
    def lowest(self) -> datetime:
        """The first reading that is skipped or shown again."""
        return self.at.replace(tzinfo=None) + min(self.before, self.after)

    @property
    def highest(self) -> datetime:
        """The first reading after those that are skipped or shown again."""
        return self.at.replace(tzinfo=None) + max(self.before, self.after)

    @property
    def days(self) -> set[date]:
        """The calendar days of the last reading before the change and of the first after it."""
        return {self.wall_clock(self.at - MINUTE).date(), self.wall_clock(self.at).date()}


def offset_at(zone: ZoneInfo, instant: datetime) -> timedelta:
    """By how much the zone's wall clock is ahead of UTC."""
    return instant.astimezone(zone).utcoffset() or timedelta()


def first_with_new_offset(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute at which the offset changes, between two instants that differ in it."""
    while after - before > MINUTE:
        middle = before + (after - before) // 2 // MINUTE * MINUTE
        if offset_at(zone, middle) == offset_at(zone, before):
            before = middle
        else:
            after = middle
    return after


def changes_of(zone: ZoneInfo) -> Iterator[Change]:
    """Each change of clocks (none is taken back within the week)."""
    instant = FIRST
    while instant < LAST:
        before, after = offset_at(zone, instant), offset_at(zone, instant + WEEK)
        if before != after:
            at = first_with_new_offset(zone, instant, instant + WEEK)
            yield Change(at, before, after)
        instant += WEEK


@cache
def all_changes() -> dict[Change, list[ZoneInfo]]:
    """Every change, with all the zones that make it."""
    found: dict[Change, list[ZoneInfo]] = {}
    for name in sorted(available_timezones()):
        for change in changes_of(ZoneInfo(name)):
            found.setdefault(change, []).append(ZoneInfo(name))
    return found


@cache
def looks_around(change: Change) -> list[tuple[datetime, datetime]]:
    """Instants and their readings: each minute near the change, half hours to a day and more."""
    instant, looks = change.at - FAR, []
    while instant <= change.at + FAR:
        looks.append((instant, change.wall_clock(instant)))
        instant += MINUTE if abs(instant - change.at) < NEAR else HALF_HOUR
    return looks


def ordinary(_: Change) -> LadderHours:
    """Office hours."""
    return LadderHours(time(9), time(20))


def whole_day(_: Change) -> LadderHours:
    """From the first minute of the day to the last."""
    return LadderHours(time(0), LAST_MINUTE)


def begins_inside(change: Change) -> LadderHours:
    """The first hour starts at a reading that is skipped or shown again."""
    middle = change.lowest + (change.highest - change.lowest) / 2
    return LadderHours(middle.time(), LAST_MINUTE)


def ends_inside(change: Change) -> LadderHours:
    """The last hour ends at a reading that is skipped or shown again."""
    return LadderHours(time(0), begins_inside(change).begin)


def lies_inside(change: Change) -> LadderHours:
    """All of the hours is skipped or shown again."""
    quarter = (change.highest - change.lowest) / 4
    return LadderHours((change.lowest + quarter).time(), (change.highest - quarter).time())


def ends_with_it(change: Change) -> LadderHours:
    """The hours are just the readings that are skipped or shown again."""
    latest = datetime.combine(change.lowest.date(), LAST_MINUTE)
    return LadderHours(change.lowest.time(), min(change.highest, latest).time())


EVERY_KIND_OF_HOURS = [
    ordinary,
    whole_day,
    begins_inside,
    ends_inside,
    lies_inside,
    ends_with_it,
]


def days_by_the_rule(change: Change, hours: LadderHours) -> list[date | None]:
    """For each look: has the day shown the beginning by now, and not yet the end?"""
    begun: set[date] = set()
    ended: set[date] = set()
    days: list[date | None] = []
    for _, reading in looks_around(change):
        today = reading.date()
        begun |= {today} if reading.time() >= hours.begin else set()
        ended |= {today} if reading.time() >= hours.end else set()
        days.append(today if today in begun - ended else None)
    return days


def days_told(change: Change, hours: LadderHours) -> list[date | None]:
    """For each look: what the ladder says, in the first of the zones that make the change."""
    zone = all_changes()[change][0]
    return [ladder_day(instant, zone, hours) for instant, _ in looks_around(change)]


def days_with_a_reading_inside(change: Change, hours: LadderHours) -> set[date]:
    """The days on which the wall clock shows one of the hours at all."""
    readings = [reading for _, reading in looks_around(change)]
    return {r.date() for r in readings if hours.begin <= r.time() < hours.end}


def openings(days: list[date | None]) -> list[date]:
    """The days in the order in which the ladder opens; one that opens twice is there twice."""
    return [day for day, _ in groupby(days) if day is not None]


def test_the_zone_data_knows_changes_of_every_sort() -> None:
    """The zones searched change their clocks both ways, at midnight too, by half to two hours."""
    changes = all_changes()

    steps = {change.after - change.before for change in changes}
    zones = {zone.key for sharing in changes.values() for zone in sharing}
    assert {HALF_HOUR, -HALF_HOUR, 4 * HALF_HOUR, -4 * HALF_HOUR} <= steps
    assert any(len(change.days) == 2 for change in changes)
    assert {"America/Chicago", "Africa/Cairo", "America/Santiago", "Asia/Beirut"} <= zones


def test_zones_that_share_a_change_share_the_wall_clock() -> None:
    """Where zones make the same change, one of them may stand for all in these tests."""
    changes = all_changes()

    strangers = {
        zone.key
        for change, zones in changes.items()
        for zone in zones
        for instant, reading in looks_around(change)
        if instant.astimezone(zone).replace(tzinfo=None) != reading
    }
    assert set() == strangers


@pytest.mark.parametrize("hours_at", EVERY_KIND_OF_HOURS)
def test_what_has_begun_has_begun_and_what_ended_has_ended(
    hours_at: Callable[[Change], LadderHours],
) -> None:
    """The ladder shows the local day from the first reading past the beginning to the first end."""
    changes = all_changes()

    faults = []
    for change in changes:
        hours = hours_at(change)
        days = zip(days_by_the_rule(change, hours), days_told(change, hours), strict=True)
        looks = zip(looks_around(change), days, strict=True)
        # Of days further off, the looks do not see the beginning.
        near = ((at, pair) for (at, reading), pair in looks if reading.date() in change.days)
        faults += [(change, hours, at, pair) for at, pair in near if pair[0] != pair[1]]
    assert [] == faults


@pytest.mark.parametrize("hours_at", EVERY_KIND_OF_HOURS)
def test_each_day_opens_once(hours_at: Callable[[Change], LadderHours]) -> None:
    """Days open in their order, never again once closed, each of which the clock shows an hour."""
    changes = all_changes()

    faults = []
    for change in changes:
        hours = hours_at(change)
        expected = sorted(days_with_a_reading_inside(change, hours))
        opened = openings(days_told(change, hours))
        faults += [(change, hours, opened)] if expected != opened else []
    assert [] == faults
