"""From a person's STOP to the text that is not sent, over the wire on both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.ledger import pauses
from tests.integration.services.desk import Desk
from tests.integration.services.web_thread import WebThread
from tests.ledger_scenes import column

CLIENT = "+12125550101"


def told(desk: Desk) -> list[str]:
    """What became of each notification, once a new invoice was worked off."""
    desk.new_invoice()
    desk.notify()
    return [one.status for one in desk.notifications()]


def test_stop_is_heard_and_kept(desk: Desk, web: WebThread) -> None:
    """After STOP the client is sent nothing and Twilio is not even asked; after START again."""
    told(desk)
    stopped = desk.sandbox.reply(CLIENT, "Stop.  ")
    told(desk)
    asked_after_stop = desk.sandbox.stats()["twilio.creates"]

    started = desk.sandbox.reply(CLIENT, "START")
    told(desk)

    assert (200, 200, 1) == (stopped["status"], started["status"], asked_after_stop)
    assert 2 == len(desk.texts())
    assert ["the person answered STOP"] == column(
        desk.ledger, "select reason from decisions where verdict = 'suppressed'"
    )


def test_an_opt_out_that_only_twilio_knows_is_learnt(desk: Desk) -> None:
    """Where the webhook of a STOP was lost, Twilio refuses once, and is not asked again."""
    desk.sandbox.reply(CLIENT, "STOP")

    told(desk)
    told(desk)

    assert 1 == desk.sandbox.stats()["twilio.rejected.21610"]
    assert ["provider"] == column(desk.ledger, "select source from suppressions")


@pytest.mark.parametrize(("days", "count"), [(1, 0), (0, 1)])
def test_a_paused_client_hears_nothing_until_the_day(desk: Desk, days: int, count: int) -> None:
    """A pause holds everything about the client back, and on its day it is over."""
    # At this hour it is the same day in Chicago, where the business is.
    desk.clock.at = desk.clock.at.replace(hour=18)
    day = desk.clock().date()
    until = day + timedelta(days=days)
    desk.run(
        desk.ledger.write(
            lambda c: pauses.pause(c, "", "client", "20001", until, by="test", now=desk.clock())
        )
    )

    told(desk)

    assert count == len(desk.texts())
