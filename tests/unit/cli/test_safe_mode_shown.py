"""That a message went to the safe-mode number is told wherever the message is."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from duebell.domain.rules import SafeMode
from duebell.ledger.tables import AttemptRow
from duebell.people.safe_mode import in_words
from tests.unit.cli.rows import NOON, PHONE, TEXT, a_notification, store, stored
from tests.unit.cli.running import Run

SAFE = "+12125550199"
WORDS = "sent to the safe-mode number +1•••••0199 instead of +1•••••0101"


@pytest.fixture
def diverted(run: Run, ledger: Session) -> Run:
    """Commands beside a ledger with a message that went to the safe-mode number."""
    stored(ledger, a_notification(diverted_to=SAFE))
    attempt = AttemptRow(
        notification_id="n1",
        number=1,
        worker_id="w1",
        recipient=SAFE,
        body=TEXT,
        started_at=NOON,
        outcome="accepted",
        provider_id="SM" + "a" * 32,
    )
    store(ledger, attempt)
    return run


def test_the_list_says_so(diverted: Run) -> None:
    """People read where it went and whom it was for; programs have both, masked."""
    told = diverted("notifications", "list").out
    (listed,) = diverted("notifications", "list", "--json").json

    assert WORDS in " ".join(told.split())
    assert ("+1•••••0101", "+1•••••0199") == (listed["recipient"], listed["diverted_to"])


def test_one_message_says_so(diverted: Run) -> None:
    """``show`` has the sentence, and neither number as a whole."""
    told = diverted("notifications", "show", "n1").out
    shown = diverted("notifications", "show", "n1", "--json").json

    assert WORDS in told
    assert "+1•••••0199" == shown["diverted_to"]
    assert (False, False) == (SAFE in told, PHONE in told)


def test_the_story_says_so(diverted: Run) -> None:
    """``why`` says it of the attempt and of how things stand; a program reads it too."""
    told = diverted("why", "--notification", "n1").out
    story = diverted("why", "--notification", "n1", "--json").json

    (attempt,) = [one for one in story["happenings"] if one["kind"] == "attempt"]
    assert "attempt 1 to the safe-mode number +1•••••0199 instead of +1•••••0101" in told
    assert f"delivered, {WORDS}" in story["now"]
    assert (True, "+1•••••0199") == (
        attempt["details"]["is_diverted"],
        attempt["details"]["recipient"],
    )


def test_a_usual_message_says_nothing_of_it(run: Run, ledger: Session) -> None:
    """Without safe mode the word is not there, and programs read null."""
    stored(ledger, a_notification())

    told = [run("notifications", "list").out, run("notifications", "show", "n1").out]
    (listed,) = run("notifications", "list", "--json").json

    assert [False, False] == ["safe-mode" in text for text in told]
    assert listed["diverted_to"] is None


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (SafeMode(sms=SAFE), "every text goes to +1•••••0199; no email leaves"),
        (
            SafeMode(email="test@firm.example"),
            "no text leaves; every email goes to t•••••@firm.example",
        ),
    ],
)
def test_safe_mode_in_words(mode: SafeMode, words: str) -> None:
    """Where everything goes is said with what that means for later."""
    expected = f"{words}; what is told now is not told again when safe mode ends"

    assert expected == in_words(mode)
