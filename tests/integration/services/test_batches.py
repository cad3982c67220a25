"""Batches that are abandoned, doubled or taken over: every text goes out once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from duebell.ledger.attempts import Intent
from duebell.notifying.batch import Batch
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column
from tests.sandbox.subscriber import wait_until

Step = Callable[[Batch], Awaitable[object]]


async def _send_all(batch: Batch) -> int:
    return await batch.outbox.send(batch.outbox.ready())


async def _send_half(batch: Batch) -> int:
    return await batch.outbox.send(batch.outbox.ready()[:2])


STEPS: list[Step] = [
    lambda batch: batch.claim(200),
    lambda batch: batch.look_up(),
    lambda batch: batch.decide(),
    _send_half,
    _send_all,
    lambda batch: batch.finish(),
]
#: Half of the sending is followed by the rest in the other runs that are compared.
ABANDONED_AFTER = range(1, len(STEPS) + 1)


def abandon(desk: Desk, after: int) -> None:
    """Do so many steps of a batch of four invoices, and forget it."""
    for _ in range(4):
        desk.new_invoice()
    batch = desk.batch()
    for step in STEPS[:after]:
        desk.run(_do(step, batch))


async def _do(step: Step, batch: Batch) -> None:
    await step(batch)


def told(desk: Desk) -> list[str]:
    """The notifications that each text at Twilio belongs to."""
    return sorted(text["notification_id"] for text in desk.texts())


@pytest.mark.parametrize("after", ABANDONED_AFTER)
def test_a_batch_retried_after_any_step_does_the_rest(desk: Desk, after: int) -> None:
    """A run that ended after any of its steps and is retried sends what is left, and no more."""
    abandon(desk, after)

    desk.notify()

    assert told(desk) == sorted(shown.id for shown in desk.notifications())
    assert 4 == len(desk.texts())
    assert {"done"} == {status for status, _ in desk.signals()}


@pytest.mark.parametrize("after", ABANDONED_AFTER)
def test_a_batch_of_a_dead_worker_is_taken_over(
    open_desk: OpenDesk, each_place: Place, after: int
) -> None:
    """What a worker left behind at any step is done by another one once its lease has ended."""
    dead, heir = open_desk(each_place), open_desk(each_place, "worker-2")
    abandon(dead, after)

    before = heir.notify("too early")
    heir.later(seconds=16)
    heir.notify("batch-2")

    assert {} == before
    assert told(heir) == sorted(shown.id for shown in heir.notifications())
    assert 4 == len(heir.texts())
    assert {"done"} == {status for status, _ in heir.signals()}


def test_a_claim_that_a_living_worker_forgot(open_desk: OpenDesk, each_place: Place) -> None:
    """A run that broke off without a word is taken up again in the end, though its worker lives."""
    desk = open_desk(each_place)
    abandon(desk, after=1)

    seen = []
    for minutes in (14, 2):
        desk.later(minutes=minutes)
        desk.notify(f"after {minutes} minutes more")
        seen.append(len(desk.texts()))

    assert [0, 4] == seen


def test_two_runs_of_one_batch_at_once(open_desk: OpenDesk, each_place: Place) -> None:
    """A run that is doubled sends nothing twice, step for step side by side."""
    desk = open_desk(each_place)
    for _ in range(6):
        desk.new_invoice()
    desk.run(desk.batch().claim(200))

    desk.together(desk.notified(), desk.notified())

    assert 6 == len(set(told(desk))) == len(desk.texts())
    assert [1] * 6 == column(desk.ledger, "select attempts from notifications")
    assert {"done"} == {status for status, _ in desk.signals()}


def test_two_workers_with_the_same_facts_at_once(open_desk: OpenDesk, each_place: Place) -> None:
    """Two workers that come to the same fact by different signals tell it once."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    batches = [one.batch("batch-1"), other.batch("batch-2")]
    invoices = [one.new_invoice() for _ in range(6)]
    one.run(batches[0].claim(200))
    for invoice in invoices:
        other.hear("invoice.create", invoice)
    other.run(batches[1].claim(200))

    one.together(one.notified("batch-1"), other.notified("batch-2"))

    assert 6 == len(set(told(one))) == len(one.texts())
    assert ["planned"] * 6 + ["repeated"] * 6 == sorted(one.verdicts())


def test_two_workers_share_the_inbox(open_desk: OpenDesk, each_place: Place) -> None:
    """Workers that claim at the same time take different signals."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    for _ in range(8):
        one.new_invoice()
    batches = [one.batch("batch-1"), other.batch("batch-2")]

    counts = one.together(*(batch.claim(4) for batch in batches))

    ids = [claimed.id for batch in batches for claimed in batch.signals]
    assert [4, 4] == counts
    assert 8 == len(set(ids))


def test_a_worker_that_dies_before_it_called(open_desk: OpenDesk, place: Place) -> None:
    """An intent without a call is found to be nothing at Twilio, and the text is sent."""
    dead, heir = open_desk(place), open_desk(place, "worker-2")
    dead.new_invoice()
    batch = dead.decided()
    for id_ in batch.outbox.ready():
        intent = Intent(id_, "worker-1", "+12125550101", "never sent", dead.clock())
        dead.run(dead.ledger.begin_attempt(intent))

    heir.settle(rounds=5)

    assert (1, "delivered", 2) == _outcome(heir)


def test_a_worker_that_dies_before_it_recorded(open_desk: OpenDesk, place: Place) -> None:
    """A text whose answer nobody waited for is found at Twilio and not sent again."""
    dead, heir = open_desk(place), open_desk(place, "worker-2")
    dead.sandbox.set_scenario("no-answer", count=1)
    dead.new_invoice()
    batch = dead.decided()

    dead.run(_cancelled_while_it_waits(dead, batch))
    heir.settle()

    assert (1, "delivered", 1) == _outcome(heir)


async def _cancelled_while_it_waits(desk: Desk, batch: Batch) -> None:
    sending = asyncio.create_task(batch.outbox.send(batch.outbox.ready()))
    await asyncio.to_thread(wait_until, lambda: len(desk.texts()) == 1)
    sending.cancel()
    await asyncio.wait([sending])


def _outcome(desk: Desk) -> tuple[int, str, int]:
    shown = desk.notification()
    return len(desk.texts()), shown.status, shown.attempts
