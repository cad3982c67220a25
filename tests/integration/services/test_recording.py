"""Outcomes that the ledger cannot take when they come: recorded later, or found out again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from duebell.domain.delivery import OutgoingText, SendOutcome
from duebell.domain.failures import LedgerUnavailable
from duebell.notifying.sending import RECORD_PAUSES_SECONDS
from duebell.providers.twilio.messages import TwilioMessages
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import trail


class ClosingTheBooks(TwilioMessages):
    """Twilio, and a ledger that cannot be written by the time its answer is here."""

    ledger_file: Path

    async def send(self, text: OutgoingText) -> SendOutcome:
        """Send; then let the ledger fail."""
        outcome = await super().send(text)
        rename(self.ledger_file, "attempts", "away")
        return outcome


def rename(ledger_file: Path, before: str, after: str) -> None:
    """Rename a table, so that the ledger cannot be written (or can be again)."""
    connection = sqlite3.connect(ledger_file)
    connection.execute("PRAGMA legacy_alter_table = ON")
    connection.execute(f"ALTER TABLE {before} RENAME TO {after}")
    connection.close()


@pytest.fixture
def forgetful(open_desk: OpenDesk, place: Place) -> tuple[Desk, Path]:
    """A desk whose ledger fails after the next call, and the ledger's file."""
    desk = open_desk(place, texts_type=ClosingTheBooks)
    assert isinstance(desk.runtime.texts, ClosingTheBooks)
    desk.runtime.texts.ledger_file = Path(place.ledger_url.removeprefix("sqlite:///"))
    return desk, desk.runtime.texts.ledger_file


def test_an_outcome_is_recorded_when_the_ledger_is_back(forgetful: tuple[Desk, Path]) -> None:
    """An answer that cannot be written is kept, and written once the ledger can be."""
    desk, file = forgetful
    desk.new_invoice()
    batch = desk.decided()
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            rename(file, "away", "attempts")

    desk.runtime.sleep = sleep
    desk.send(batch)

    shown = desk.notification()
    assert list(RECORD_PAUSES_SECONDS[:3]) == pauses
    assert ("accepted", desk.texts()[0]["sid"]) == (shown.status, shown.provider_id)


def test_an_outcome_that_was_never_recorded_is_found(forgetful: tuple[Desk, Path]) -> None:
    """Where the ledger stays away for too long, Twilio is asked later, and nothing is doubled."""
    desk, file = forgetful
    desk.new_invoice()
    batch = desk.decided()
    with pytest.raises(LedgerUnavailable):
        desk.send(batch)
    rename(file, "away", "attempts")

    desk.settle()

    shown = desk.notification()
    assert (1, "delivered", 1) == (len(desk.texts()), shown.status, shown.attempts)
    assert ["planned", "sending", "outcome_unknown", "delivered"] == [
        step for _, step in trail(desk.ledger, shown.id)
    ]
