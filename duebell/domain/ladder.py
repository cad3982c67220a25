"""The ladder of an unpaid invoice: on which calendar days it is due for a reminder.

FreshBooks never announces that an invoice falls due or is overdue. A rung is a number of days from
the due date, in the business' calendar: ``-3`` three days before it, ``5`` five days after it. It
is told within some hours of the day, so that nobody is texted when the day begins at midnight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from duebell.domain.events import DUE, OVERDUE

#: A rung that was missed for longer than this is told to nobody; our choice.
LONGEST_DELAY_DAYS = 30


class MissedRungs(StrEnum):
    """What becomes of rungs whose day has passed unseen (a downtime, a record found late)."""

    LATEST = "latest"  # the last one that was reached is told, those before it are not
    ALL = "all"  # each is told
    NONE = "none"  # only the rung of this very day is told


@dataclass(frozen=True, slots=True, order=True)
class Rung:
    """A day of the ladder of an invoice that is due on ``due_on``."""

    days: int
    due_on: date

    @property
    def event(self) -> str:
        """Rungs up to the due date are reminders, later ones overdue notices."""
        return OVERDUE if self.days > 0 else DUE

    @property
    def on(self) -> date:
        """The calendar day on which it is reached."""
        return self.due_on + timedelta(days=self.days)

    @property
    def occurrence(self) -> str:
        """What tells it apart: when the due date moves, the ladder begins anew."""
        return f"{self.days:+d}@{self.due_on.isoformat()}"


@dataclass(frozen=True, slots=True)
class LadderHours:
    """Between which times of day, on the business' wall clock, rungs may be told."""

    begin: time
    end: time


def next_opening(now: datetime, zone: ZoneInfo, hours: LadderHours) -> datetime:
    """When rungs may be told next, as aware UTC: today's first hour if it is to come, or later."""
    local = now.astimezone(zone)
    for days in (0, 1, 2):
        day = local.date() + timedelta(days=days)
        opening = datetime.combine(day, hours.begin, zone).astimezone(UTC)
        if opening > now:
            return opening
    raise AssertionError("the day after tomorrow begins after now")


def ladder_day(now: datetime, zone: ZoneInfo, hours: LadderHours) -> date | None:
    """The calendar day of the business, or None while no rung may be told (``now`` is aware).

    The wall clock decides, whatever it does: where the first hour is skipped, the day begins with
    the hour after it; where an hour comes twice, what has begun has begun and what ended has ended.
    """
    local = now.astimezone(zone)
    has_begun = local.time() >= hours.begin or _was_reached(local, hours.begin)
    has_ended = local.time() >= hours.end or _was_reached(local, hours.end)
    return local.date() if has_begun and not has_ended else None


def _was_reached(local: datetime, moment: time) -> bool:
    """Whether the time of day was shown today before the clocks went back over it."""
    first = datetime.combine(local.date(), moment.replace(fold=0), local.tzinfo)
    return first.timestamp() <= local.timestamp()


def reached_rungs(
    due_on: date, days: Iterable[int], today: date, missed: MissedRungs
) -> list[Rung]:
    """The rungs that may be told on ``today``, lowest first.

    A reminder before the due date is told no more once that date has passed, and no rung is told
    when its day is long gone: books with old debts do not text half the town on the first day.
    """
    rungs = sorted({Rung(number, due_on) for number in days})
    reached = [rung for rung in rungs if _is_timely(rung, today)]
    if missed is MissedRungs.NONE:
        return [rung for rung in reached if rung.days == (today - due_on).days]
    return reached[-1:] if missed is MissedRungs.LATEST else reached


def _is_timely(rung: Rung, today: date) -> bool:
    # Days are counted, for a rung of a due date in the year 9999 may be on no day there is.
    days_past_due = (today - rung.due_on).days
    is_reached = rung.days <= days_past_due <= rung.days + LONGEST_DELAY_DAYS
    return is_reached and (rung.days > 0 or days_past_due <= 0)
