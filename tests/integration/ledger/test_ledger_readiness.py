"""What whoever watches the installation reads of channels that are stopped."""

from __future__ import annotations

from datetime import datetime

from duebell.ledger import channel_stops
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import START, Clock, run

URL = "https://duebell.example"
WHY = "Twilio does not accept the key."


def stop(ledger: Ledger, channel: str, at: datetime = START) -> None:
    """Nothing can be sent on a channel."""
    run(ledger.write(lambda c: channel_stops.stop(c, channel, "20003", WHY, at, is_late=False)))


def lines(ledger: Ledger) -> list[str]:
    """What is said of channels."""
    return [one for one in run(ledger.readiness(URL)) if " can be sent since " in one]


def test_a_stopped_channel_is_told_with_its_reason_and_the_way_on(ledger: Ledger) -> None:
    """The line says since when, why in a sentence and a code, and what to type afterwards."""
    stop(ledger, "sms")

    (line,) = lines(ledger)

    assert (
        "No texts can be sent since 2026-03-02 15:00 UTC: Twilio does not accept the key (20003). "
        "Once that is mended (`duebell check`), `duebell channels resume sms` sends what waits."
    ) == line


def test_each_channel_has_a_line_until_it_works(ledger: Ledger, clock: Clock) -> None:
    """Of two that are stopped both are told, and what was resumed no longer is."""
    stop(ledger, "sms")
    stop(ledger, "email")
    both = lines(ledger)
    run(ledger.write(lambda c: channel_stops.end(c, "sms", "cli:dana", clock())))

    left = lines(ledger)

    assert 2 == len(both)
    assert ["No emails can be sent"] == [line[:21] for line in left]


def test_a_mark_that_is_none_is_no_stop(ledger: Ledger) -> None:
    """What tells a loss of FreshBooks apart is never taken for a stop, nor is a wrong number."""
    stop(ledger, "sms")

    marks = ("3", "stop", "stop x", "stop 99", "inactive:2026-03-02")
    found = run(ledger.read(lambda c: [channel_stops.told_by(c, mark) for mark in marks]))

    assert [None] * len(marks) == found
