"""What came of a call to a provider, as `duebell why` tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from duebell.explaining.happenings import Row
from duebell.explaining.words import attempted

KEY = "Twilio does not accept the key."
LOST = "Twilio's answer is lost (it took too long); the message may have been sent."
UNREACHED = "Twilio was not reached (nothing answers at its address)."


def an_attempt(**changes: object) -> dict[str, Any]:
    """A call about a text."""
    return {
        "id": 1,
        "notification_id": "n1",
        "number": 1,
        "provider": "twilio",
        "channel": "sms",
        "recipient": "+12125550101",
        "outcome": "accepted",
        "provider_id": None,
        "error_code": None,
        "reason": None,
        "started_at": datetime(2026, 11, 14, tzinfo=UTC),
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"provider_id": "SM1"}, "Twilio took it as SM1"),
        (
            {"outcome": "not_sent", "error_code": "20003", "reason": KEY},
            f"Twilio did not take it: {KEY}",
        ),
        ({"outcome": "not_sent", "reason": UNREACHED}, f"nothing was sent: {UNREACHED}"),
        ({"outcome": "not_sent"}, "Twilio was not reached"),
        ({"outcome": "unknown", "reason": LOST}, f"Twilio gave no answer: {LOST}"),
        (
            {"outcome": "unknown", "reason": LOST, "provider_id": "SM1"},
            "Twilio gave no answer at first; it is SM1 there",
        ),
        (
            {"outcome": "absent", "reason": LOST},
            "Twilio gave no answer, and asked later had nothing of it",
        ),
        ({"outcome": None}, "Twilio has not answered yet"),
    ],
)
def test_what_came_of_a_call_is_told_once_and_truly(changes: dict[str, Any], told: str) -> None:
    """Who refused was reached; who gave no answer named no id; what is absent is not open."""
    attempt = cast(Row, an_attempt(**changes))
    notification = {"id": "n1", "diverted_to": None, "channel": "sms", "recipient": "+12125550101"}

    shown = attempted(attempt, cast(Row, notification), "a text").text

    assert told == shown.partition("; ")[2]
