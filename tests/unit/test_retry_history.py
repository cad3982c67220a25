"""How the history tells that a message is sent again, and who wanted it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from duebell.explaining.changes import change
from duebell.explaining.happenings import Row
from duebell.ledger.again import BY_AUTOMATION, BY_HAND, NO_BETTER_WORD


def row(actor: str, reason: str) -> Row:
    """An audit record of a message that could not be delivered, and is planned again."""
    found: object = {
        "id": 1,
        "at": datetime(2026, 11, 14, 9, 30, tzinfo=UTC),
        "actor": actor,
        "action": "status",
        "entity_id": "n1",
        "from_status": "undelivered",
        "to_status": "planned",
        "reason": reason,
    }
    return cast("Row", found)


@pytest.mark.parametrize(
    ("actor", "reason", "said"),
    [
        ("cli:dana", BY_HAND, "is to be sent again (cli:dana)"),
        ("prefect:hourly", BY_AUTOMATION, "is to be sent again (prefect:hourly)"),
        ("provider", NO_BETTER_WORD, f"is to be sent again: {NO_BETTER_WORD} (provider)"),
    ],
)
def test_who_has_it_sent_again_is_named_once(actor: str, reason: str, said: str) -> None:
    """Nobody is called an operator who is none, and no provider one who wants something."""
    happening = change(row(actor, reason), "the text", ["accepted"])

    assert happening is not None
    assert f"the text {said}" == happening.text
