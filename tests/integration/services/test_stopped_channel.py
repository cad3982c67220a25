"""A key or a sender that is wrong: what waits stays planned, and nothing is lost when it works."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from duebell.ledger import channel_stops
from duebell.notifying.batch import Batch
from duebell.runtime import MOST_IN_FLIGHT
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.holding_scene import RULE, under
from tests.integration.services.place import Place
from tests.ledger_scenes import column, rows

MANY = MOST_IN_FLIGHT + 20
PAYMENT = """
[[rule]]
on = "payment.create"
to = "client"
channel = "email"
template = "payment_received"
"""


def many_invoices(desk: Desk, many: int = MANY) -> None:
    """So many invoices are written, and their signals arrive."""
    fired = desk.sandbox.fire(client="Alder Street Bakery", count=many, deliver=False)
    for record in fired:
        desk.hear("invoice.create", str(record["id"]))


def calls(desk: Desk) -> int:
    """How often Twilio was asked to send a text."""
    return desk.sandbox.stats().get("twilio.creates", 0)


def work(desk: Desk, seconds: float) -> int:
    """Let time pass and do what is due; gives how many calls that took."""
    before = calls(desk)
    desk.later(seconds=seconds)
    desk.reconcile()
    while desk.notify(f"work-{desk.clock()}"):
        desk.clock.pass_(seconds=0.001)
    return calls(desk) - before


def planned(desk: Desk) -> int:
    """How many messages wait."""
    return [one.status for one in desk.notifications()].count("planned")


def one_at_a_time(desk: Desk) -> None:
    """Of the calls that are under way when the first is refused there is one."""
    desk.runtime.in_flight = asyncio.Semaphore(1)


def test_a_wrong_key_costs_one_call_at_each_try(desk: Desk) -> None:
    """Of all texts one is tried at once and one after each pause; all go once it works."""
    one_at_a_time(desk)
    desk.sandbox.set_scenario("401", provider="twilio")
    many_invoices(desk)

    tries = [work(desk, seconds) for seconds in (0, 30, 31, 240, 61, 900, 1800)]
    waiting = planned(desk)
    desk.sandbox.clear_scenarios()
    work(desk, 1801)
    work(desk, 1)
    desk.await_receipts()
    desk.settle(rounds=1)

    assert ([1, 0, 1, 0, 1, 1, 1], MANY) == (tries, waiting)
    assert {"delivered"} == {one.status for one in desk.notifications()}
    assert ({1}, MANY) == (set(desk.sandbox.sends().values()), len(desk.texts()))


def test_few_calls_are_under_way_when_the_channel_stops(desk: Desk) -> None:
    """However many texts wait, no more are refused than are in flight at the same time."""
    desk.sandbox.set_scenario("401", provider="twilio")
    many_invoices(desk)

    asked = work(desk, 0)

    assert 1 <= asked <= MOST_IN_FLIGHT
    assert (MANY, 0) == (planned(desk), work(desk, 30))


def test_two_workers_share_the_tries(open_desk: OpenDesk, each_place: Place) -> None:
    """Two workers at the same time let one message through, and send each once when it works."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    one_at_a_time(one)
    one.sandbox.set_scenario("401", provider="twilio")
    many_invoices(one, 20)
    work(one, 0)
    before = calls(one)
    one.later(seconds=61)
    one.run(other.ledger.beat(other.runtime.worker))

    one.together(_batches(one, "a"), _batches(other, "b"))
    tried = calls(one) - before
    one.sandbox.clear_scenarios()
    one.later(seconds=301)
    one.run(other.ledger.beat(other.runtime.worker))
    for number in range(2):
        one.together(_batches(one, f"c{number}"), _batches(other, f"d{number}"))
        # What one worker put off while the other found that it works is due at once.
        one.later(seconds=1)
        one.run(other.ledger.beat(other.runtime.worker))

    assert (1, 20) == (tried, len(one.texts()))
    assert {1} == set(one.sandbox.sends().values())


async def _batches(desk: Desk, name: str) -> None:
    for number in range(4):
        batch = Batch(desk.runtime, f"{name}-{number}")
        await batch.claim(5)
        await batch.look_up()
        await batch.decide()
        await desk.finished(batch)


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_restart_tries_at_once(open_desk: OpenDesk, place: Place, is_killed: bool) -> None:
    """Whoever mends the key and starts the worker anew waits for nothing, killed before or not."""
    desk = open_desk(place)
    one_at_a_time(desk)
    desk.sandbox.set_scenario("401", provider="twilio")
    many_invoices(desk, 10)
    work(desk, 0)
    desk.sandbox.clear_scenarios()
    if is_killed:
        desk.later(seconds=1)
        desk.decided("never finished")
    heir = open_desk(place, "worker-2")
    heir.run(heir.ledger.leave("worker-1"))
    heir.run(heir.ledger.write(lambda c: channel_stops.try_now(c, ["sms", "email"], heir.clock())))

    work(heir, 1)
    work(heir, 1)

    assert (10, {}) == (len(heir.texts()), heir.run(heir.ledger.read(channel_stops.in_force)))


def test_a_stop_is_told_once(desk: Desk) -> None:
    """However many messages are refused, one signal tells staff that no texts can be sent."""
    desk.sandbox.set_scenario("401", provider="twilio")
    many_invoices(desk, 20)

    for seconds in (0, 61, 301):
        work(desk, seconds)

    assert [("connection.lost", 1)] == rows(
        desk.ledger,
        "select event, count(*) from signals where event = 'connection.lost' group by event",
    )


def test_emails_go_on_while_texts_are_stopped(place: Place, open_desk: OpenDesk) -> None:
    """A sender of texts that is wrong holds no email back."""
    desk = under(place, open_desk, RULE + PAYMENT)
    desk.sandbox.set_scenario("refused", provider="twilio", code="21606")
    desk.new_invoice()
    work(desk, 0)
    (paid,) = desk.sandbox.fire("payment.create", client="Alder Street Bakery", deliver=False)
    desk.hear("payment.create", str(paid["id"]))

    work(desk, 1)

    assert ["sms"] == list(desk.run(desk.ledger.read(channel_stops.in_force)))
    assert (0, 1) == (len(desk.texts()), len(desk.sandbox.emails()))


def test_a_sender_that_takes_all_and_sends_none(desk: Desk) -> None:
    """Where texts are accepted and fail for the sender's sake, only one that left ends the stop."""
    one_at_a_time(desk)
    desk.sandbox.set_scenario("undelivered", provider="twilio", code="30034")
    many_invoices(desk, 2)
    desk.new_invoice("Basalt & Sons Masonry")
    work(desk, 0)
    desk.await_receipts()
    work(desk, 31)
    (stopped,) = rows(desk.ledger, "select is_late, code from channel_stops")
    many_invoices(desk, 10)

    held = work(desk, 1)
    desk.sandbox.clear_scenarios()
    probes = work(desk, 61)
    still = desk.run(desk.ledger.read(channel_stops.in_force))
    desk.await_receipts()
    rest = work(desk, 31) + work(desk, 1)
    desk.await_receipts()
    work(desk, 61)

    assert ([True, "30034"], 0, 1, 1) == ([bool(stopped[0]), stopped[1]], held, probes, len(still))
    assert 12 == rest
    assert {"delivered"} == {one.status for one in desk.notifications()}
    assert [1] * 10 + [2] * 3 == sorted(desk.sandbox.sends().values())


def test_what_waits_too_long_is_flagged(desk: Desk) -> None:
    """A key that nobody mends for a day ends in failures that name the reason, and no text."""
    one_at_a_time(desk)
    desk.sandbox.set_scenario("401", provider="twilio")
    many_invoices(desk, 3)
    work(desk, 0)

    work(desk, timedelta(hours=25).total_seconds())
    work(desk, timedelta(hours=1).total_seconds())

    assert {("rejected", True)} == {(one.status, one.failed) for one in desk.notifications()}
    assert [] == desk.texts()
    assert 1 == len(column(desk.ledger, "select id from channel_stops where ended_at is null"))
