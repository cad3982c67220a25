"""A channel that is stopped: staff hears of it by the other one, in words, while it lasts."""

from __future__ import annotations

import pytest

from duebell.ledger import channel_stops
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place

RULES = """
[lists]
bookkeepers = [{ name = "Dana", sms = "+12125550103", email = "dana@northwind.example" }]

[[rule]]
on = "connection.lost"
to = "list:bookkeepers"
channel = "sms"
template = "connection_lost"
"""
WHY = "Twilio does not accept the key."


@pytest.fixture
def desk(place: Place, open_desk: OpenDesk) -> Desk:
    """A worker whose staff is told by text, and by email where texts do not work."""
    (place.home / "duebell.toml").write_text(f'{RULES}fallback = "email"\n')
    return open_desk(place)


def stop_texts(desk: Desk) -> None:
    """Twilio has refused the key."""
    at = desk.clock()
    desk.run(
        desk.ledger.write(lambda c: channel_stops.stop(c, "sms", "20003", WHY, at, is_late=False))
    )


def resume_texts(desk: Desk) -> None:
    """Somebody has mended the key."""
    at = desk.clock()
    desk.run(desk.ledger.write(lambda c: channel_stops.end(c, "sms", "cli:dana", at)))


def test_a_stopped_channel_is_told_by_the_other(desk: Desk) -> None:
    """The email says why no text can be sent, since when, and what to do."""
    stop_texts(desk)

    desk.notify()

    (email,) = desk.sandbox.emails()
    assert ("dana@northwind.example", "Duebell can send no texts") == (
        email["to"],
        email["subject"],
    )
    assert "Twilio does not accept the key (20003)" in email["text"]
    assert f"Since: {desk.clock():%Y-%m-%d %H:%M} UTC" in email["text"]
    assert "duebell channels resume sms" in email["text"]


def test_a_stop_that_is_over_is_not_told_any_more(desk: Desk) -> None:
    """Who reads that no texts can be sent should not find that they can."""
    stop_texts(desk)
    resume_texts(desk)

    desk.notify()

    assert [("done", "the channel works again")] == desk.signals()
    assert ([], []) == (desk.texts(), desk.sandbox.emails())


def test_without_another_channel_it_waits_with_the_rest(place: Place, open_desk: OpenDesk) -> None:
    """A rule without a fallback tells nothing while its own channel is stopped, and is not lost."""
    (place.home / "duebell.toml").write_text(RULES)
    desk = open_desk(place)
    stop_texts(desk)

    desk.notify()

    assert ["planned"] == [one.status for one in desk.notifications()]
