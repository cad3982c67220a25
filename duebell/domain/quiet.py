"""Quiet hours: when a message may leave without waking anybody up.

The wall clock of whoever is told decides, whatever it does: no message leaves while it shows a
quiet hour. Where an hour comes twice, both are quiet; where the hour that ends the quiet is
skipped, the quiet ends with the skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duebell.domain.rules import Channel, QuietHours

#: For no longer than this a message is held at once; then it is looked at again.
LONGEST_QUIET = timedelta(days=14)

_DAY = timedelta(days=1)
_NO_HOURS = QuietHours()


def opening(
    now: datetime,
    quiet: QuietHours | None,
    zones: Sequence[ZoneInfo],
    holidays: AbstractSet[date],
    channel: Channel,
) -> datetime | None:
    """When it is next quiet in none of the zones, as aware UTC; None where it is not quiet now.

    ``zones`` has one at least, the likeliest first. Holidays are quiet all day in each zone, on the
    channels of the quiet hours, or for texts alone where there are none. Zones so far apart that
    they have no open moment in common within 14 days cannot all be heeded: then the first one alone
    decides. Where it is quiet even there for 14 days, the answer is the end of these.
    """
    silence = _Silence(quiet or _NO_HOURS, holidays)
    if channel not in silence.hours.channels:
        return None
    limit = now + LONGEST_QUIET
    found = silence.common_end(now, zones, limit) or silence.common_end(now, zones[:1], limit)
    if found is None:
        return limit.astimezone(UTC)
    return found if found > now else None


def closing(
    now: datetime,
    quiet: QuietHours | None,
    zones: Sequence[ZoneInfo],
    holidays: AbstractSet[date],
    channel: Channel,
) -> datetime | None:
    """When it becomes quiet next in one of the zones, as aware UTC; None where none is near.

    For a moment at which it is not quiet. The arguments are those of :func:`opening`.
    """
    silence = _Silence(quiet or _NO_HOURS, holidays)
    if channel not in silence.hours.channels:
        return None
    begins = [silence.begin(now, zone) for zone in zones]
    return min((moment for moment in begins if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Silence:
    """Quiet hours, days of the week and holidays in one."""

    hours: QuietHours
    holidays: AbstractSet[date]

    def common_end(
        self, now: datetime, zones: Sequence[ZoneInfo], limit: datetime
    ) -> datetime | None:
        """The first moment from now on at which it is quiet nowhere; None beyond the limit."""
        moment = now
        while moment < limit:
            # Until the last zone is open, at least that one is quiet all the time.
            latest = max(self._end(moment, zone, limit) for zone in zones)
            if latest == moment:
                return moment
            moment = latest
        return None

    def _end(self, moment: datetime, zone: ZoneInfo, limit: datetime) -> datetime:
        """The first moment from this one on at which it is not quiet in a zone."""
        while moment < limit:
            reading = moment.astimezone(zone).replace(tzinfo=None)
            later = self._next_reading(reading)
            if later == reading:
                return moment
            # Counted in real time; a clock that is changed on the way shows something else then.
            edge = moment.astimezone(UTC) + (later - reading)
            moment = _clock_change(moment, edge, zone) or edge
        return moment

    def begin(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the clock of a zone shows a quiet hour next; None where it does not for days."""
        moment = now.astimezone(UTC)
        while True:
            reading = moment.astimezone(zone).replace(tzinfo=None)
            if self._next_reading(reading) != reading:
                return moment
            later = self._next_quiet_reading(reading)
            if later is None:
                return None
            # As above: a clock that is changed on the way may show a quiet hour before its time.
            edge = moment + (later - reading)
            moment = _clock_change(moment, edge, zone) or edge

    def _next_quiet_reading(self, reading: datetime) -> datetime | None:
        """What the clock shows when it becomes quiet; None where it does not for a day."""
        readings = []
        if self.hours.begin != self.hours.end:
            today = datetime.combine(reading.date(), self.hours.begin)
            readings.append(today if today > reading else today + _DAY)
        midnight = datetime.combine(reading.date() + _DAY, time(0))
        if midnight.date() in self.holidays or midnight.weekday() in self.hours.days:
            readings.append(midnight)
        return min(readings, default=None)

    def _next_reading(self, reading: datetime) -> datetime:
        """What the clock shows when it may be quiet no more; the same where it is not quiet."""
        day = reading.date()
        if day in self.holidays or day.weekday() in self.hours.days:
            return datetime.combine(day + _DAY, time(0))
        begin, end = self.hours.begin, self.hours.end
        if begin < end:
            is_quiet = begin <= reading.time() < end
        else:
            is_quiet = begin != end and (reading.time() >= begin or reading.time() < end)
        if not is_quiet:
            return reading
        is_past = reading.time() >= end
        return datetime.combine(day + _DAY if is_past else day, end)


def _clock_change(begin: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after ``begin``, not after ``end``, with another offset than at ``begin``.

    The two are a day apart at most, within which no zone changes its clocks twice.
    """
    before = begin.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return None
    # Clocks are changed at full seconds.
    low, high = int(begin.timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        is_changed = datetime.fromtimestamp(middle, zone).utcoffset() != before
        low, high = (low, middle) if is_changed else (middle, high)
    return datetime.fromtimestamp(high, UTC)
