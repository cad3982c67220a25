"""Asking: less and less often, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from duebell.domain.asking import (
    CALL_CEILING,
    GIVE_UP_AFTER,
    GIVE_UP_EMAILS_AFTER,
    PAUSES,
    QUESTIONS_BEFORE_ABSENT,
    decided_at,
    is_forgotten,
    is_hopeless,
    next_doubt,
    next_question,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(("asks", "pause"), list(enumerate(PAUSES)))
def test_each_question_has_its_pause(asks: int, pause: timedelta) -> None:
    """The pause before a question depends on how often was asked before."""
    assert NOW + pause == next_question(asks, NOW)


def test_pauses_grow() -> None:
    """No question comes sooner after its predecessor than that one did."""
    assert all(shorter < longer for shorter, longer in pairwise(PAUSES))


@pytest.mark.parametrize("asks", [len(PAUSES), len(PAUSES) + 1, 10_000])
def test_the_last_pause_stays(asks: int) -> None:
    """However often was asked, there is a next question."""
    assert NOW + timedelta(hours=24) == next_question(asks, NOW)


@pytest.mark.parametrize(
    ("channel", "age", "expected"),
    [
        ("sms", timedelta(0), False),
        ("sms", timedelta(hours=72) - timedelta(microseconds=1), False),
        ("sms", timedelta(hours=72), True),
        ("sms", timedelta(days=30), True),
        ("email", timedelta(hours=72), False),
        ("email", timedelta(days=6) - timedelta(microseconds=1), False),
        ("email", timedelta(days=6), True),
    ],
)
def test_hope_ends_after_days(channel: str, age: timedelta, expected: bool) -> None:
    """From 72 hours after the call on no further word of a text is expected; 6 days of an email."""
    assert expected is is_hopeless(channel, NOW - age, NOW)


@pytest.mark.parametrize(
    ("channel", "age", "expected"),
    [
        ("sms", timedelta(days=30), False),
        ("email", timedelta(days=6) - timedelta(microseconds=1), False),
        ("email", timedelta(days=6), True),
    ],
)
def test_only_emails_are_forgotten(channel: str, age: timedelta, expected: bool) -> None:
    """That Twilio has nothing of an email proves nothing once it may have forgotten it."""
    assert expected is is_forgotten(channel, NOW - age, NOW)


def test_emails_are_given_up_while_they_can_still_be_asked_about() -> None:
    """Twilio keeps its emails for seven days, and the last question comes before that."""
    assert GIVE_UP_EMAILS_AFTER < timedelta(days=7)


def test_pauses_of_a_doubt_double_from_the_grace() -> None:
    """What the provider does not list is asked about after the grace, then twice and four times."""
    grace = timedelta(seconds=60)

    pauses = [(next_doubt(asks, grace, NOW) - NOW).total_seconds() for asks in range(4)]

    assert [60, 120, 240, 480] == pauses


def test_pauses_of_a_doubt_stay_finite() -> None:
    """However often was asked, and however long the grace, there is a next question."""
    assert NOW + timedelta(days=1) * 1024 == next_doubt(10_000, timedelta(days=1), NOW)


def test_a_provider_is_not_believed_the_first_time() -> None:
    """One answer of "nothing" is never enough to send again."""
    assert QUESTIONS_BEFORE_ABSENT >= 2


def test_a_call_is_given_up_long_before_hope_is() -> None:
    """A hanging call is asked about while the provider still knows of it."""
    assert CALL_CEILING < GIVE_UP_AFTER


@pytest.mark.parametrize(("asks", "minutes"), [(0, 1), (1, 3), (2, 7)])
def test_when_a_silent_doubt_is_a_persons(asks: int, minutes: int) -> None:
    """Whichever look comes next, in doubled pauses, the moment told is that of the third one."""
    next_at = NOW + timedelta(minutes=minutes)

    assert NOW + timedelta(minutes=7) == decided_at(asks, next_at, timedelta(minutes=1))
