"""When a provider is asked about a message, and when asking ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

#: Pauses between questions about a message that the provider has and that has no final status.
#: Twilio's queue holds a message for 10 hours at most; receipts come after that if at all.
PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
#: Carriers without receipts leave a message "sent" for ever; our choice, not the provider's.
GIVE_UP_AFTER = timedelta(hours=72)
#: Mail servers may put an email off for days. Twilio keeps its emails for 7 days, after which there
#: is nobody left to ask.
GIVE_UP_EMAILS_AFTER = timedelta(days=6)
_GIVE_UP: Mapping[str, timedelta] = MappingProxyType({"email": GIVE_UP_EMAILS_AFTER})
#: How often a provider must have nothing before it is believed.
QUESTIONS_BEFORE_ABSENT = 3
#: After so many attempts that nobody knows of whether they arrived, a person decides.
MOST_DOUBTFUL_ATTEMPTS = 5
#: How often a message is sent again by itself that the provider had taken and could not deliver.
MOST_RESENDS = 3
#: A call that has not ended after this long is in doubt, even if its worker is alive.
CALL_CEILING = timedelta(seconds=90)

#: What stands for the number of questions where an operator has a message sent again whose earlier
#: outcome is in doubt, and the provider is asked once more before; and where it is to be sent even
#: if there is nobody to ask.
BEFORE_RETRY, BEFORE_RETRY_ANYWAY = -1, -2


def is_forgotten(channel: str, sent_at: datetime, now: datetime) -> bool:
    """Whether a provider that has nothing of a message may only have forgotten it."""
    return channel == "email" and now >= sent_at + GIVE_UP_EMAILS_AFTER


def is_before_retry(asks: int) -> bool:
    """Whether the provider is asked because an operator wants the message sent again."""
    return asks < 0


def next_question(asks: int, now: datetime) -> datetime:
    """When to ask (again) about an accepted message that was asked about ``asks`` times."""
    return now + PAUSES[min(asks, len(PAUSES) - 1)]


def next_doubt(asks: int, grace: timedelta, now: datetime) -> datetime:
    """When to ask again about a call in doubt that the provider had nothing of ``asks`` times.

    The pauses double: how long a message takes to appear in a provider's list is written nowhere.
    """
    return now + grace * (1 << min(asks, 10))


def decided_at(asks: int, next_ask_at: datetime, grace: timedelta) -> datetime:
    """When a call in doubt is left to a person whose provider cannot be asked and stays silent."""
    return next_ask_at + sum(
        (grace * (1 << before) for before in range(asks + 1, QUESTIONS_BEFORE_ABSENT)), timedelta()
    )


def gives_up_at(channel: str, sent_at: datetime) -> datetime:
    """When no further word is to be expected of an accepted message."""
    return sent_at + _GIVE_UP.get(channel, GIVE_UP_AFTER)


def is_hopeless(channel: str, sent_at: datetime, now: datetime) -> bool:
    """Whether no further word is to be expected of an accepted message."""
    return now >= gives_up_at(channel, sent_at)
