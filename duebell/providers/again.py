"""When a message that failed after it was accepted may be sent again. Pure: no clock, no IO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

#: The clock of the carriers' daily limits: "midnight Pacific time".
PACIFIC = ZoneInfo("America/Los_Angeles")


class Again(Protocol):
    """A rule for the next try."""

    def of(self, now: datetime) -> datetime:
        """The moment from which on the message may be sent again, in UTC."""


@dataclass(frozen=True, slots=True)
class After:
    """A while later."""

    span: timedelta

    def of(self, now: datetime) -> datetime:
        """The moment the span is over."""
        return now.astimezone(UTC) + self.span


@dataclass(frozen=True, slots=True)
class AtPacificHour:
    """The next time the clocks in Los Angeles strike this hour.

    The hour must exist on every day, so not two o'clock, which is skipped in March.
    """

    hour: int

    def of(self, now: datetime) -> datetime:
        """The first such moment that is later than now."""
        local = now.astimezone(PACIFIC)
        struck = local.replace(hour=self.hour, minute=0, second=0, microsecond=0, fold=0)
        if struck <= local:
            # Days are counted on the wall clock: two of them a year are not 24 hours long.
            struck += timedelta(days=1)
        return struck.astimezone(UTC)
