"""When a message that failed after it was accepted is sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from duebell.providers.codes import fault_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "pause"),
    [
        ("30003", timedelta(hours=1)),
        ("30001", timedelta(minutes=5)),
        ("30022", timedelta(minutes=5)),
        ("30036", timedelta(minutes=5)),
        ("30047", timedelta(minutes=5)),
        ("30450", timedelta(minutes=30)),
        ("30454", timedelta(hours=8)),
        ("63038", timedelta(hours=8)),
        ("30610", timedelta(hours=7)),  # eleven o'clock in Los Angeles
        ("sg.blocked", timedelta(hours=1)),
    ],
)
def test_how_long_a_message_waits(code: str, pause: timedelta) -> None:
    """A switched-off phone is tried an hour later, a full queue soon, a daily limit by thirds."""
    assert NOON + pause == fault_of(code, is_refusal=False).again_at(NOON)


@pytest.mark.parametrize("code", ["30023", "30027"])
@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-23T12:00", "2026-11-24T08:00"),  # winter: eight hours behind
        ("2026-07-01T12:00", "2026-07-02T07:00"),  # summer: seven
        ("2026-07-01T06:59", "2026-07-01T07:00"),  # one minute before midnight there
        ("2026-07-01T07:00", "2026-07-02T07:00"),  # midnight itself is not the next one
        ("2026-03-08T09:30", "2026-03-09T07:00"),  # half past one, half an hour before the change
        ("2026-03-08T10:30", "2026-03-09T07:00"),  # after it: the day has 23 hours
        ("2026-03-07T09:00", "2026-03-08T08:00"),  # the midnight before the change
        ("2026-11-01T08:30", "2026-11-02T08:00"),  # half past one, for the first time
        ("2026-11-01T09:30", "2026-11-02T08:00"),  # for the second time: the day has 25 hours
        ("2026-10-31T12:00", "2026-11-01T07:00"),
    ],
)
def test_the_limit_of_the_day_ends_at_midnight_pacific(code: str, now: str, midnight: str) -> None:
    """T-Mobile's day ends at midnight in Los Angeles, in summer, winter and on the days between."""
    expected = datetime.fromisoformat(midnight).replace(tzinfo=UTC)

    again = fault_of(code, is_refusal=False).again_at(
        datetime.fromisoformat(now).replace(tzinfo=UTC)
    )

    assert expected == again
    assert again is not None
    assert timedelta(0) == again.utcoffset()


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-23T12:00", "2026-11-23T19:00"),
        ("2026-11-23T19:00", "2026-11-24T19:00"),
        ("2026-03-07T20:00", "2026-03-08T18:00"),  # over the change to summer time
        ("2026-10-31T19:00", "2026-11-01T19:00"),  # and over the change back
    ],
)
def test_quiet_hours_are_over_at_eleven_pacific(now: str, morning: str) -> None:
    """At eleven in Los Angeles it is daytime from Hawaii to Puerto Rico."""
    expected = datetime.fromisoformat(morning).replace(tzinfo=UTC)

    again = fault_of("30610", is_refusal=False).again_at(
        datetime.fromisoformat(now).replace(tzinfo=UTC)
    )

    assert expected == again
