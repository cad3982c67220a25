"""How long a message is worth sending, and so how long it may wait: for us, and at a provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from duebell.domain.events import DUE, OVERDUE

#: What says in how many days something is due is wrong on the next day.
_WORTH: Mapping[str, timedelta] = MappingProxyType(
    {DUE: timedelta(hours=12), OVERDUE: timedelta(hours=12)}
)
_A_DAY = timedelta(hours=24)

#: Twilio keeps a text in its queue for so many seconds at most; it advises more than 5.
#: https://www.twilio.com/docs/messaging/api/message-resource
LONGEST_VALIDITY, SHORTEST_VALIDITY = 36_000, 10


def worth_until(event: str, since: datetime) -> datetime:
    """Until when a message about an event is worth sending that might leave ``since`` then."""
    return since + _WORTH.get(event, _A_DAY)


def validity(now: datetime, *ends: datetime | None) -> int:
    """For how many seconds a message may wait in the provider's queue: until the first end.

    At most ten hours, which is as long as the queue is; at least ten seconds.
    """
    left = [(end - now).total_seconds() for end in ends if end is not None]
    return int(min(max(min(left, default=LONGEST_VALIDITY), SHORTEST_VALIDITY), LONGEST_VALIDITY))
