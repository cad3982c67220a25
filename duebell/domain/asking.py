"""When a provider is asked about a message, and when asking ends."""

from __future__ import annotations

from datetime import datetime, timedelta

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
#: How often a provider must have nothing before it is believed.
QUESTIONS_BEFORE_ABSENT = 2
#: After so many attempts that left doubts, a person decides about the next.
MOST_DOUBTFUL_ATTEMPTS = 5
#: A message that could not be handed over for so long is not sent any more.
WORTH_SENDING_FOR = timedelta(hours=24)
#: A call that has not ended after this long is in doubt, even if its worker is alive.
CALL_CEILING = timedelta(seconds=90)


def next_question(asks: int, now: datetime) -> datetime:
    """When to ask (again) about an accepted message that was asked about ``asks`` times."""
    return now + PAUSES[min(asks, len(PAUSES) - 1)]


def is_hopeless(sent_at: datetime, now: datetime) -> bool:
    """Whether no further word is to be expected of an accepted message."""
    return now - sent_at >= GIVE_UP_AFTER
