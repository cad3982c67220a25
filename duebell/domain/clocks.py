"""Times that a clock which was ahead has written down: what to make of them once it is right."""

from __future__ import annotations

from datetime import datetime, timedelta

#: The clocks of several machines differ by less than this.
MOST_AHEAD = timedelta(minutes=5)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a moment that should have passed is to come: whoever wrote it had a wrong clock."""
    return moment > now + MOST_AHEAD
