"""How long a message is worth sending, and may wait at a provider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from duebell.domain.worth import LONGEST_VALIDITY, SHORTEST_VALIDITY, validity, worth_until

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "hours"),
    [
        ("invoice.due", 12),
        ("invoice.overdue", 12),
        ("invoice.create", 24),
        ("payment.create", 24),
        ("connection.lost", 24),
    ],
)
def test_what_counts_days_is_worth_less(event: str, hours: int) -> None:
    """A text that says "due in 3 days" is wrong on the next day; other news keep for a day."""
    assert NOW + timedelta(hours=hours) == worth_until(event, NOW)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], LONGEST_VALIDITY),
        ([None], LONGEST_VALIDITY),
        ([86_400], LONGEST_VALIDITY),
        ([36_001], 36_000),
        ([36_000], 36_000),
        ([35_999.9], 35_999),
        ([600, None, 300], 300),
        ([10.9], 10),
        ([9], SHORTEST_VALIDITY),
        ([0], SHORTEST_VALIDITY),
        ([-5], SHORTEST_VALIDITY),
    ],
)
def test_the_first_end_limits_the_wait(seconds: list[float | None], expected: int) -> None:
    """A text waits until the first end, and within what Twilio allows."""
    ends = [None if one is None else NOW + timedelta(seconds=one) for one in seconds]

    assert expected == validity(NOW, *ends)
