"""FreshBooks' own time zone, and times that a clock which was ahead has written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

#: Accounting timestamps carry no zone and mean this one, and so do the days by which lists are
#: filtered, whatever the time zone of the business (https://www.freshbooks.com/api/times).
FRESHBOOKS_ZONE = ZoneInfo("America/New_York")

#: The clocks of several machines differ by less than this.
MOST_AHEAD = timedelta(minutes=5)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a moment that should have passed is to come: whoever wrote it had a wrong clock."""
    return moment > now + MOST_AHEAD
