"""Moments inside of sentences: kept in UTC, and read on the firm's own clock.

Sentences that are kept say ``2026-11-14 09:30 UTC``; only where a person reads them are they put
into the zone of the business.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from duebell.domain.local_times import LocalTimes

_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::\d\d)?(?: UTC|Z|\+00:00)(?!\w)")


def minute(moment: datetime) -> str:
    """A moment as sentences that are kept have it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def on_local_clock(text: str, times: LocalTimes, account_id: str | None = None) -> str:
    """The same sentence with each moment as the people of a business read it."""

    def local(match: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(f"{match[1]}T{match[2]}+00:00")
            return times.minute(moment, account_id)
        except (OverflowError, ValueError):  # it only looks like a moment
            return match[0]

    return _MOMENT.sub(local, text)
