"""The days of a replay, which are calendar days of each business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duebell.domain.failures import BackfillRefused
from duebell.domain.local_times import LocalTimes
from duebell.ledger.recorded import Span

#: No clock on earth is further from UTC than this.
_FURTHEST = timedelta(hours=14)
#: Nothing was ever recorded before this.
_FIRST_DAY = date(1970, 1, 2)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last one, which belongs to it; of one account, or of all."""

    since: date
    until: date
    account_id: str = ""

    def holds(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether a moment is in it for a business of this zone."""
        return self.since <= moment.astimezone(zone).date() <= self.until

    @property
    def span(self) -> Span:
        """A stretch of time in which its days lie, wherever the businesses are."""
        first = datetime.combine(max(self.since, _FIRST_DAY), time(), UTC) - _FURTHEST
        after = datetime.combine(self.until + timedelta(days=1), time(), UTC) + _FURTHEST
        return Span(first, after, self.account_id)


def latest_day(times: LocalTimes, account_id: str, now: datetime) -> date:
    """Which day it is for the business; of several, for the one where it is the latest."""
    zones = [times.zone(account_id)] if account_id else [*times.zones.values()]
    return max(now.astimezone(zone).date() for zone in zones or [UTC])


def settle(since: date, until: date | None, account_id: str, today: date) -> Period:
    """The period that was asked for, up to today; ``today`` is the latest of any business.

    Raises:
        BackfillRefused: where it is none, or has not begun.
    """
    if since > today:
        raise BackfillRefused(f"--since ({since}) is in the future; today is {today}")
    if until is not None and since > until:
        raise BackfillRefused(f"--since ({since}) is after --until ({until})")
    return Period(since, min(until or today, today), account_id)
