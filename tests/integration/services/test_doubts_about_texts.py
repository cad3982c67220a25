"""A text in doubt is looked for in Twilio's list, where it may stand otherwise than it was sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebell.domain.delivery import ProviderMessage
from duebell.domain.failures import TryAgain
from duebell.notifying.reconciling import REMOVED
from duebell.providers.twilio.messages import TwilioMessages
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place


class WithSuffix(TwilioMessages):
    """Twilio where a Messaging Service says after each text how to opt out."""

    async def find(self, to: str) -> list[ProviderMessage]:
        """The list, with the words that were sent to people."""
        return [
            replace(one, body=f"{one.body}\nReply STOP to opt out")
            for one in await super().find(to)
        ]


class Redacted(TwilioMessages):
    """Twilio where somebody has removed the words of every text."""

    async def find(self, to: str) -> list[ProviderMessage]:
        """The list, without words."""
        return [replace(one, body="") for one in await super().find(to)]


class Endless(TwilioMessages):
    """Twilio with more texts to a number than anybody reads."""

    async def find(self, to: str) -> list[ProviderMessage]:
        """No list that could be looked through."""
        raise TryAgain("Twilio lists more than 10000 messages for one number.")


def in_doubt(open_desk: OpenDesk, place: Place, kind: type[TwilioMessages], scenario: str) -> Desk:
    """One text whose call ended without an answer, and of which no callback came."""
    desk = open_desk(place, texts_type=kind)
    for name in (scenario, "callbacks-lost"):
        desk.sandbox.set_scenario(name, count=1)
    desk.new_invoice()
    desk.notify()
    assert "outcome_unknown" == desk.notification().status
    return desk


def test_a_text_that_twilio_adds_to_is_found(open_desk: OpenDesk, place: Place) -> None:
    """What Twilio writes behind a text is no reason to send it again."""
    desk = in_doubt(open_desk, place, WithSuffix, "drop-after-accept")

    desk.settle(rounds=4)

    assert ("delivered", 1) == (desk.notification().status, len(desk.texts()))


def test_a_text_whose_words_are_gone_is_left_to_a_person(open_desk: OpenDesk, place: Place) -> None:
    """A text without words, to the same number and from then, may be it: nothing is sent again."""
    desk = in_doubt(open_desk, place, Redacted, "drop-after-accept")

    desk.settle(rounds=4)

    shown = desk.notification()
    assert ("outcome_unknown", True, 1) == (shown.status, shown.failed, len(desk.texts()))
    assert REMOVED in (shown.reason or "")


@pytest.mark.parametrize(("hours", "failed"), [(23, False), (25, True)])
def test_a_question_is_not_asked_in_vain_for_ever(
    open_desk: OpenDesk, place: Place, hours: int, failed: bool
) -> None:
    """After a day without an answer a person is told that nobody can tell; nothing is sent."""
    desk = in_doubt(open_desk, place, Endless, "drop-before-accept")

    desk.later(hours=hours)
    for _ in range(4):
        desk.reconcile()
        desk.later(minutes=10)

    shown = desk.notification()
    assert ("outcome_unknown", failed, 0) == (shown.status, shown.failed, len(desk.texts()))
