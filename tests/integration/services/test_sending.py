"""Twilio at its worst, one misfortune at a time: one text for each notification, in the end."""

from __future__ import annotations

import pytest

from duebell.notifying.letters import Letter
from duebell.notifying.sending import Sent, send
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread
from tests.sandbox.subscriber import wait_until

#: How often the call is made until it is known to have been taken.
MISFORTUNES = [
    ("429", 2),
    ("429-retry-after", 2),
    ("500-before-accept", 2),
    ("500-after-accept", 1),
    ("502-html-after-accept", 1),
    ("drop-before-accept", 2),
    ("drop-after-accept", 1),
    ("no-answer", 1),
]
IN_DOUBT = ["500-after-accept", "502-html-after-accept", "drop-after-accept", "no-answer"]
#: Only where the answer never comes is it worth giving up early.
PATIENCE_SECONDS = {"no-answer": 0.4}


@pytest.mark.parametrize(("name", "attempts"), MISFORTUNES)
def test_a_misfortune_costs_and_doubles_nothing(
    open_desk: OpenDesk, place: Place, name: str, attempts: int
) -> None:
    """Whatever Twilio does with a call, and with no callback, one text is taken and found."""
    desk = open_desk(place, total_seconds=PATIENCE_SECONDS.get(name, 20.0))
    desk.sandbox.set_scenario(name, count=1)
    desk.new_invoice()

    desk.notify()
    desk.settle()

    (text,) = desk.texts()
    shown = desk.notification()
    assert ("delivered", attempts, False) == (shown.status, shown.attempts, shown.failed)
    assert text["sid"] == shown.provider_id
    assert {"done"} == {status for status, _ in desk.signals()}


@pytest.mark.parametrize(("name", "attempts"), MISFORTUNES)
def test_a_misfortune_that_lasts_loses_nothing(
    open_desk: OpenDesk, place: Place, name: str, attempts: int
) -> None:
    """Three in a row are as harmless: as many texts as invoices, one for each."""
    desk = open_desk(place, total_seconds=PATIENCE_SECONDS.get(name, 20.0))
    desk.sandbox.set_scenario(name, count=3)
    for _ in range(4):
        desk.new_invoice()

    desk.notify()
    desk.settle()

    assert 4 == len(desk.texts())
    assert sorted(text["sid"] for text in desk.texts()) == sorted(
        str(shown.provider_id) for shown in desk.notifications()
    )
    assert {"delivered"} == {shown.status for shown in desk.notifications()}


@pytest.mark.parametrize("name", IN_DOUBT)
def test_a_callback_settles_a_doubt(
    open_desk: OpenDesk, place: Place, web: WebThread, name: str
) -> None:
    """The status callback carries our id, so that nobody has to ask what became of the call."""
    desk = open_desk(place, total_seconds=PATIENCE_SECONDS.get(name, 20.0))
    desk.sandbox.set_scenario(name, count=1)
    desk.new_invoice()

    desk.notify()
    wait_until(lambda: desk.notification().status == "delivered")
    desk.settle(rounds=2)

    assert (1, 1) == (len(desk.texts()), desk.notification().attempts)
    assert "twilio.lists" not in desk.sandbox.stats()


def test_a_refusal_is_obeyed(desk: Desk) -> None:
    """A 429 puts the text off as long as Twilio says, and no call is made before."""
    desk.sandbox.set_scenario("429-retry-after", count=1)
    desk.new_invoice()
    counts = desk.notify()
    too_early = desk.notify("batch-2")
    calls = desk.sandbox.stats()["twilio.creates"]

    desk.later(seconds=1)
    desk.notify("batch-3")

    assert ({"put off": 1}, {}, 1) == (counts, too_early, calls)
    assert (1, "accepted") == (len(desk.texts()), desk.notification().status)


def test_another_worker_keeps_to_the_pause(open_desk: OpenDesk, place: Place) -> None:
    """A worker that planned the text before it was put off does not call Twilio too early."""
    one, other = open_desk(place), open_desk(place, "worker-2")
    invoice = one.new_invoice()
    first = one.decided("batch-1")
    other.hear("invoice.create", invoice)
    second = other.decided("batch-2")
    one.sandbox.set_scenario("429-retry-after", count=1)

    counts = [one.send(first), other.send(second)]
    calls = one.sandbox.stats()["twilio.creates"]
    one.later(seconds=2)
    one.notify("batch-3")

    assert ([{"put off": 1}] * 2, 1) == (counts, calls)
    assert (1, 2) == (len(one.texts()), one.notification().attempts)


def test_a_retried_step_sends_what_was_put_off(desk: Desk) -> None:
    """The same batch, told to send again, waits out the pause and does the rest."""
    desk.sandbox.set_scenario("429", count=1)
    for _ in range(3):
        desk.new_invoice()
    batch = desk.decided()
    ids = batch.outbox.ready()

    left = [desk.run(batch.outbox.send(ids)), desk.run(batch.outbox.send(ids))]
    counts = desk.run(batch.finish())

    assert ([1, 0], {"planned": 3}) == (left, counts)
    assert 3 == len(desk.texts())


def test_a_refused_message_is_not_sent_again(desk: Desk) -> None:
    """A recipient whom Twilio refuses is flagged with the reason, and nobody tries again."""
    desk.new_invoice()
    desk.sandbox.change_client(20001, mob_phone="+15005550001")

    desk.notify()
    desk.settle(rounds=2)

    shown = desk.notification()
    assert [] == desk.texts()
    assert ("rejected", True, 1, "21211") == (
        shown.status,
        shown.failed,
        shown.attempts,
        shown.error_code,
    )
    assert "The phone number is not valid: correct it where it is entered." == shown.reason


def test_an_unreachable_twilio_is_tried_again(open_desk: OpenDesk, place: Place) -> None:
    """A connection that is refused proves that nothing was sent; the text is put off."""
    away = open_desk(place, twilio_api_url=place.public_url)
    away.new_invoice()
    counts = away.notify()
    shown = away.notification()
    back = open_desk(place, "worker-2")
    back.later(seconds=16)

    back.notify("batch-2")

    assert ({"put off": 1}, "planned") == (counts, shown.status)
    assert "Twilio was not reached (nothing answers at its address)." == shown.reason
    assert (1, 2) == (len(back.texts()), back.notification().attempts)


def test_the_right_to_send_is_given_once(desk: Desk) -> None:
    """Whoever comes second finds that somebody else has the text, and calls nobody."""
    desk.new_invoice()
    (id_,) = desk.decided().outbox.ready()
    letter = Letter(id_, "+12125550101", "Hello", 1)

    results = desk.together(send(desk.runtime, letter), send(desk.runtime, letter))

    assert [Sent.DONE, Sent.ELSEWHERE] == sorted(results)
    assert 1 == desk.sandbox.stats()["twilio.creates"]


def test_a_letter_is_silent_about_people() -> None:
    """Neither address nor text of a letter can get into a log by accident."""
    assert (
        "Letter(notification_id='n1', segments=1, today=None, channel=<Channel.SMS: 'sms'>,"
        " valid_until=None)" == repr(Letter("n1", "+1212", "Hello", 1))
    )
