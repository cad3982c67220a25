"""What is told of an invoice's ladder by somebody who looks at random moments and is often away.

The look-outs are seeded: each seed is a business zone, hours, a due date that may move, rungs, and
sixty days of looks with downtimes in between. What was told is remembered, as the ledger does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from duebell.domain.ladder import LadderHours, MissedRungs, Rung, ladder_day, reached_rungs

SEEDS = range(250)
BEGINNINGS = (  # Each has changes of clocks, or the end of February, in its sixty days.
    datetime(2024, 2, 1, tzinfo=UTC),
    datetime(2025, 3, 1, tzinfo=UTC),
    datetime(2026, 10, 1, tzinfo=UTC),
    datetime(2026, 12, 15, tzinfo=UTC),
)
ZONES = ("America/Chicago", "Africa/Cairo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC")
HOURS = (LadderHours(time(9), time(20)), LadderHours(time(0, 30), time(23, 30)))
LENGTH = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Story:
    """Sixty days of one invoice: each look is the calendar day then and the due date then."""

    days: frozenset[int]
    looks: tuple[tuple[date, date], ...]

    @property
    def due_dates(self) -> set[date]:
        """Every due date that was seen."""
        return {due_on for _, due_on in self.looks}

    def days_of(self, due_on: date) -> list[date]:
        """The days on which this due date was seen."""
        return [today for today, seen in self.looks if seen == due_on]

    def rungs_of(self, due_on: date) -> set[Rung]:
        """The whole ladder of a due date."""
        return {Rung(number, due_on) for number in self.days}


@dataclass(slots=True)
class Told:
    """What was told, in order, with the day; an occurrence that is known is not told again."""

    rungs: list[tuple[Rung, date]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def tell(self, rung: Rung, today: date) -> None:
        """Tell it, unless it has been told."""
        if rung.occurrence not in self.known:
            self.known.add(rung.occurrence)
            self.rungs.append((rung, today))

    def of(self, due_on: date) -> list[Rung]:
        """The rungs told of a due date, in the order of telling."""
        return [rung for rung, _ in self.rungs if rung.due_on == due_on]


def random_moments(random: Random, begin: datetime) -> Iterator[datetime]:
    """Looks some minutes or hours apart, now and then after days of downtime."""
    now = begin
    while now < begin + LENGTH:
        yield now
        is_down = random.random() < 0.03
        now += timedelta(minutes=random.uniform(1440, 20160) if is_down else random.uniform(5, 600))


def random_due_dates(random: Random, begin: datetime) -> list[tuple[datetime, date]]:
    """From when on the invoice has which due date; in a third of the stories it never moves."""
    starts = sorted(begin + random.random() * LENGTH for _ in range(random.randrange(3)))
    first = begin.date()
    return [(at, first + timedelta(days=random.randrange(-8, 40))) for at in (begin, *starts)]


def a_story(seed: int) -> Story:
    """The story of a seed; looks outside of the hours show nothing and are left out."""
    random = Random(seed)
    begin, zone = random.choice(BEGINNINGS), ZoneInfo(random.choice(ZONES))
    hours, due_dates = random.choice(HOURS), random_due_dates(random, begin)
    looks = []
    for now in random_moments(random, begin):
        due_on = [due for at, due in due_dates if at <= now][-1]
        if (today := ladder_day(now, zone, hours)) is not None:
            looks.append((today, due_on))
    return Story(frozenset(random.sample(range(-14, 31), random.randrange(1, 8))), tuple(looks))


@cache
def stories() -> list[Story]:
    """One for each seed."""
    return [a_story(seed) for seed in SEEDS]


def tell(story: Story, missed: MissedRungs) -> Told:
    """Go through the looks as Duebell does."""
    told = Told()
    for today, due_on in story.looks:
        for rung in reached_rungs(due_on, story.days, today, missed):
            told.tell(rung, today)
    return told


def ladders(missed: MissedRungs) -> Iterator[tuple[set[Rung], list[date], list[Rung]]]:
    """For each due date of each story: its rungs, the days it was seen on, and what was told."""
    for story in stories():
        told = tell(story, missed)
        for due_on in story.due_dates:
            yield story.rungs_of(due_on), story.days_of(due_on), told.of(due_on)


def was_tellable(rung: Rung, today: date) -> bool:
    """Whether its day has come, within a month, and for a reminder the due date has not passed."""
    on = rung.due_on + timedelta(days=rung.days)
    last = on + timedelta(days=30)
    return on <= today <= (last if rung.days > 0 else min(last, rung.due_on))


def test_the_stories_are_of_every_sort() -> None:
    """There are due dates that move, rungs missed in a downtime, and ladders that reach no rung."""
    told_all = list(ladders(MissedRungs.ALL))
    told_on_the_day = list(ladders(MissedRungs.NONE))

    assert {1, 2, 3} <= {len(story.due_dates) for story in stories()}
    assert any(not told for _, _, told in told_all)
    assert any(rung.days <= 0 for _, _, told in told_all for rung in told)
    late = zip(told_all, told_on_the_day, strict=True)
    assert 90 < sum(set(each[2]) > set(punctual[2]) for each, punctual in late)


def test_all_tells_each_overdue_rung_that_was_reached() -> None:
    """Under ALL no overdue rung is lost to a downtime, and none is told that was not reached."""
    faults = []
    for rungs, days, told in ladders(MissedRungs.ALL):
        overdue = {rung for rung in rungs if rung.days > 0}
        reached = {rung for rung in overdue if any(was_tellable(rung, day) for day in days)}
        faults += [(days, told)] if reached != {rung for rung in told if rung.days > 0} else []
    assert [] == faults


def test_all_tells_each_reminder_that_was_seen_in_time() -> None:
    """Under ALL a reminder is told if anybody looked between its day and the due date."""
    faults = []
    for rungs, days, told in ladders(MissedRungs.ALL):
        timely = {rung for rung in rungs if any(was_tellable(rung, day) for day in days)}
        reminders = {rung for rung in timely if rung.days <= 0}
        faults += [(days, told)] if reminders != {rung for rung in told if rung.days <= 0} else []
    assert [] == faults


def test_nothing_is_told_twice() -> None:
    """However often somebody looks, and wherever a due date moves, an occurrence is told once."""
    tellings = [
        (seed, missed, rung)
        for missed in MissedRungs
        for seed, story in enumerate(stories())
        for rung, _ in tell(story, missed).rungs
    ]

    assert {1} == set(Counter(tellings).values())


def test_latest_never_goes_down_the_ladder() -> None:
    """Under LATEST a lower rung is not told after a higher one of the same due date."""
    all_told = [told for _, _, told in ladders(MissedRungs.LATEST)]

    assert [sorted(told) for told in all_told] == all_told


def test_latest_tells_at_each_look_the_highest_rung() -> None:
    """Under LATEST just those rungs are told that were the highest at some look."""
    faults = []
    for rungs, days, told in ladders(MissedRungs.LATEST):
        tellable = [[rung for rung in rungs if was_tellable(rung, day)] for day in days]
        highest = {max(each) for each in tellable if each}
        faults += [(days, told)] if highest != set(told) else []
    assert [] == faults


def test_latest_ends_with_the_highest_overdue_rung_reached() -> None:
    """Under LATEST the last thing told is the highest overdue rung reached by the last look."""
    faults = []
    for rungs, days, told in ladders(MissedRungs.LATEST):
        overdue = {rung for rung in rungs if rung.days > 0 and was_tellable(rung, max(days))}
        faults += [(days, told)] if overdue and told[-1:] != [max(overdue)] else []
    assert [] == faults


def test_none_tells_a_rung_on_its_own_day_only() -> None:
    """Under NONE a rung is told if somebody looked on its very day, and on no other."""
    faults = []
    for story in stories():
        told = set(tell(story, MissedRungs.NONE).rungs)
        looks = {(rung, day) for day, due_on in story.looks for rung in story.rungs_of(due_on)}
        faults += [story] if told != {(rung, day) for rung, day in looks if rung.on == day} else []
    assert [] == faults


def test_reminders_are_never_told_after_the_due_date() -> None:
    """Under no policy is somebody reminded of what is overdue already."""
    late = [
        (missed, rung, today)
        for missed in MissedRungs
        for story in stories()
        for rung, today in tell(story, missed).rungs
        if rung.days <= 0 and today > rung.due_on
    ]

    assert [] == late


def test_a_due_date_that_moves_begins_the_ladder_anew() -> None:
    """What was told of the old due date keeps nothing of the new one back."""
    old, new = date(2026, 3, 1), date(2026, 3, 20)
    march = [date(2026, 3, day) for day in range(2, 32)]
    moved = tuple((today, old if today < date(2026, 3, 12) else new) for today in march)

    told = tell(Story(frozenset({-3, 5, 10}), moved), MissedRungs.LATEST)

    assert [
        (Rung(5, old), date(2026, 3, 6)),
        (Rung(10, old), date(2026, 3, 11)),
        (Rung(-3, new), date(2026, 3, 17)),
        (Rung(5, new), date(2026, 3, 25)),
        (Rung(10, new), date(2026, 3, 30)),
    ] == told.rungs


def test_a_due_date_that_moves_back_tells_nothing_twice() -> None:
    """The ladder of a due date that returns goes on where it was left."""
    first, second = date(2026, 3, 1), date(2026, 3, 4)
    looks = ((6, first), (9, second), (10, first), (11, first))
    days = tuple((date(2026, 3, day), due_on) for day, due_on in looks)

    told = tell(Story(frozenset({5, 10}), days), MissedRungs.LATEST)

    assert [
        (Rung(5, first), date(2026, 3, 6)),
        (Rung(5, second), date(2026, 3, 9)),
        (Rung(10, first), date(2026, 3, 11)),
    ] == told.rungs
