"""The sender's rate: nobody sends faster, however many workers there are."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from duebell.ledger.ledger import utc_now
from duebell.notifying.pacing import Pacer
from duebell.sandbox import credentials
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column


def seconds_since(began: datetime, moments: list[datetime]) -> list[float]:
    """Moments as seconds after the beginning."""
    return [(moment - began).total_seconds() for moment in moments]


def departures(desk: Desk) -> list[datetime]:
    """When the calls to Twilio began, in order."""
    found = column(desk.ledger, "select started_at from attempts order by started_at")
    return [datetime.fromisoformat(f"{at}+00:00") for at in found]


async def go(pacer: Pacer, moment: datetime) -> None:
    """Wait as a message does that may leave at this moment."""
    assert await pacer.turn(moment, 1)
    assert await pacer.arrive(moment)


def test_segments_leave_no_faster_than_the_rate(open_desk: OpenDesk, place: Place) -> None:
    """Each text leaves no earlier than the segments before it take at the sender's rate."""
    desk = open_desk(place, sms_per_second=40)
    desk.runtime.now = utc_now
    desk.runtime.pacer = Pacer(desk.ledger, credentials.FROM, 40, now=utc_now)
    for _ in range(12):
        desk.new_invoice()
    desk.clock.at = utc_now()

    desk.notify()

    left = departures(desk)
    earliest = [number / 40 for number in range(12)]
    found = seconds_since(desk.clock(), left)
    assert all(at >= due for at, due in zip(found, earliest, strict=True)), found


def test_a_long_text_takes_as_many_turns_as_it_has_segments(
    open_desk: OpenDesk, place: Place
) -> None:
    """The rate counts segments, which is what carriers count, and not texts."""
    folder = place.home / "templates" / "sms"
    folder.mkdir(parents=True)
    (folder / "invoice_created.txt.j2").write_text("é" * 320)
    desk = open_desk(place, sms_per_second=1)
    for _ in range(2):
        desk.new_invoice()
    began = desk.clock()

    desk.notify()

    (next_at,) = column(desk.ledger, "select next_at from pace")
    assert began + timedelta(seconds=6) == datetime.fromisoformat(f"{next_at}+00:00")


def test_two_workers_share_one_rate(open_desk: OpenDesk, each_place: Place) -> None:
    """What one worker books, another one waits for."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    pacers = [
        Pacer(desk.ledger, credentials.FROM, 10, now=desk.clock, sleep=each_place.sleep)
        for desk in (one, other)
    ]
    began = one.clock()

    moments = [one.run(pacers[who].book(segments)) for who, segments in ((0, 5), (1, 20), (0, 1))]

    assert [0.0, 0.5, 2.5] == seconds_since(began, moments)


def test_workers_that_book_together_get_different_stretches(
    open_desk: OpenDesk, each_place: Place
) -> None:
    """Bookings that are made at the same time do not overlap."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    pacers = [Pacer(desk.ledger, credentials.FROM, 10, now=desk.clock) for desk in (one, other)]
    began = one.clock()

    moments = one.together(*(pacers[number % 2].book(1) for number in range(20)))

    assert [number / 10 for number in range(20)] == seconds_since(began, sorted(moments))


def test_senders_do_not_wait_for_each_other(desk: Desk) -> None:
    """The rate is that of one sender; another number has its own."""
    one, other = (
        Pacer(desk.ledger, sender, 1, now=desk.clock) for sender in ("+12125550100", "+12125550199")
    )
    desk.run(one.book(60))

    begins = desk.run(other.book(1))

    assert desk.clock() == begins


def test_an_unused_rate_is_not_saved_up(desk: Desk) -> None:
    """After a quiet time sending begins at once, and not faster for it."""
    pacer = desk.runtime.pacer
    desk.run(pacer.book(10))
    desk.later(hours=1)

    moments = [desk.run(pacer.book(1000)), desk.run(pacer.book(1))]

    assert [0.0, 1.0] == seconds_since(desk.clock(), moments)


def test_waiting_ends_at_the_booked_moment(desk: Desk) -> None:
    """Whoever waits goes on when the moment has come, and at once where it is past."""
    began, pacer = desk.clock(), desk.runtime.pacer

    for seconds in (5, 3):
        desk.run(go(pacer, began + timedelta(seconds=seconds)))

    assert 5.0 == (desk.clock() - began).total_seconds()


def test_a_pause_that_grows_while_one_waits_is_kept(desk: Desk) -> None:
    """A 429 that comes while others wait for their turn holds them too."""
    began = desk.clock()
    sleeps: list[float] = []

    async def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        desk.clock.pass_(seconds=seconds)
        if len(sleeps) == 1:
            pacer.close_for(7)

    pacer = Pacer(desk.ledger, credentials.FROM, 10, now=desk.clock, sleep=sleep)
    desk.run(go(pacer, began + timedelta(seconds=2)))

    assert ([1.8, 7.0], 8.8) == (sleeps, (desk.clock() - began).total_seconds())


def test_whoever_is_about_to_leave_is_held_too(desk: Desk) -> None:
    """A sender that is closed in the moment before a message leaves holds it."""
    began, pacer = desk.clock(), desk.runtime.pacer
    desk.run(pacer.turn(began, 1))
    pacer.close_for(3)

    may_leave = desk.run(pacer.arrive(began))

    assert not may_leave


def test_a_refusal_closes_the_sender_for_all_texts(desk: Desk) -> None:
    """After a 429 no other text of the run is offered to Twilio before the pause is over."""
    desk.sandbox.set_scenario("429-retry-after", count=1)
    for _ in range(2):
        desk.new_invoice()
    batch = desk.decided()
    first, second = batch.outbox.ready()
    desk.run(batch.outbox.send([first]))
    refused_at = desk.clock()

    desk.run(batch.outbox.send([second]))

    waited = (desk.clock() - refused_at).total_seconds()
    assert waited >= 1.0
    assert (1, 2) == (len(desk.texts()), desk.sandbox.stats()["twilio.creates"])


def test_a_long_pause_is_not_waited_out(desk: Desk) -> None:
    """A pause of more than a minute leaves the texts to a later run, which is told when."""
    for _ in range(2):
        desk.new_invoice()
    batch = desk.decided()
    desk.runtime.pacer.close_for(300)
    began = desk.clock()

    left = desk.run(batch.outbox.send(batch.outbox.ready()))
    counts = desk.run(batch.finish())

    due = column(desk.ledger, "select not_before from signals")
    assert (2, {"put off": 2}, began) == (left, counts, desk.clock())
    assert [300.0] * 2 == seconds_since(
        began, [datetime.fromisoformat(f"{at}+00:00") for at in due]
    )
    assert "twilio.creates" not in desk.sandbox.stats()


@pytest.mark.parametrize("seconds", [10.0, 2.0])
def test_the_longer_pause_counts(desk: Desk, seconds: float) -> None:
    """A second refusal can make a pause longer and never shorter."""
    began, pacer = desk.clock(), desk.runtime.pacer
    pacer.close_for(5)

    pacer.close_for(seconds)

    assert max(seconds, 5.0) == (pacer.opens_at(began) - began).total_seconds()


def test_few_calls_are_in_flight_at_once(open_desk: OpenDesk, place: Place) -> None:
    """What a crash can put in doubt is bounded: so many calls wait for an answer, and no more."""
    desk = open_desk(place, total_seconds=0.5)
    desk.runtime.in_flight = asyncio.Semaphore(3)
    desk.sandbox.set_scenario("no-answer", count=3)
    for _ in range(6):
        desk.new_invoice()
    batch = desk.decided()

    counted = desk.run(_count_in_flight(desk, batch.outbox.send(batch.outbox.ready())))

    assert 3 == counted
    assert 6 == len(desk.texts())


async def _count_in_flight(desk: Desk, sending: object) -> int:
    assert asyncio.iscoroutine(sending)
    task = asyncio.create_task(sending)
    await asyncio.sleep(0.25)
    counted = len(desk.texts())
    await task
    return counted
