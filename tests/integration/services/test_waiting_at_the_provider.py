"""How long a text may wait in Twilio's queue: while it is worth it, and nobody sleeps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.domain.delivery import OutgoingText, SendOutcome
from duebell.providers.twilio.messages import TwilioMessages
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.holding_scene import QUIET, RULE, at, begin_on_wednesday, under
from tests.integration.services.place import Place

TEN_HOURS = 36_000
URGENT = RULE + "urgent = true\n"


class Noted(TwilioMessages):
    """Twilio, and what it was asked to send."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.asked: list[OutgoingText] = []

    async def send(self, text: OutgoingText) -> SendOutcome:
        """Note the text, then send it."""
        self.asked.append(text)
        return await super().send(text)


def waits(desk: Desk) -> list[int | None]:
    """For how many seconds each text may wait at Twilio."""
    assert isinstance(desk.runtime.texts, Noted)
    return [text.valid_for for text in desk.runtime.texts.asked]


@pytest.mark.parametrize(
    ("rules", "hour", "expected"),
    [
        (RULE, 12, TEN_HOURS),
        (RULE + QUIET, 12, TEN_HOURS),
        (RULE + QUIET, 23, 9 * 3600),
        (URGENT + QUIET, 23, TEN_HOURS),
    ],
    ids=["never quiet", "quiet tomorrow", "quiet in nine hours", "urgent"],
)
def test_a_text_waits_until_the_evening_at_most(
    open_desk: OpenDesk, place: Place, rules: str, hour: int, expected: int
) -> None:
    """What Twilio keeps back does not arrive in quiet hours, except what is urgent."""
    begin_on_wednesday(place.clock)
    desk = under(place, open_desk, rules, texts_type=Noted)
    at(desk, hour)
    desk.new_invoice()

    desk.notify()

    (seconds,) = waits(desk)
    assert seconds is not None
    assert expected - 60 < seconds <= expected


def test_what_was_put_off_waits_for_the_rest_of_its_worth(
    open_desk: OpenDesk, place: Place
) -> None:
    """A text that is sent again after twenty hours may wait for four more."""
    desk = under(place, open_desk, RULE, texts_type=Noted)
    desk.sandbox.set_scenario("429", count=1)
    desk.new_invoice()
    desk.notify()

    desk.later(seconds=timedelta(hours=20).total_seconds())
    desk.notify("later")

    first, second = waits(desk)
    assert TEN_HOURS == first
    assert second is not None
    assert 4 * 3600 - 10 <= second <= 4 * 3600
