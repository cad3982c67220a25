"""What changes while the message about its creation waits: one message, and it is right."""

from __future__ import annotations

import asyncio

import pytest

from duebell.domain.signals import Signal
from duebell.ledger import brakes
from duebell.ledger.plan_records import PlanRecord
from duebell.notifying.batch import Batch
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.holding_scene import (
    QUIET,
    RULE,
    at,
    begin_on_wednesday,
    holds,
    under,
)
from tests.integration.services.place import Place
from tests.ledger_scenes import Clock, rows

CHANGED = """
[[rule]]
on = "invoice.update"
to = "client"
channel = "sms"
template = "invoice_changed"
"""
OFFICE = """
[lists]
office = [{ name = "Dana", sms = "+12125550188" }]
[[rule]]
on = "invoice.create"
to = "list:office"
channel = "sms"
template = "invoice_created"
urgent = true
[[rule]]
on = "invoice.update"
to = "list:office"
channel = "sms"
template = "invoice_changed"
urgent = true
"""
COVERED = "the message that it was made left after this was known, and told it"
DANA, CLIENT = "+12125550188", "+12125550101"


@pytest.fixture(autouse=True)
def ten_o_clock(clock: Clock) -> None:
    """It is 10 in the morning of a Wednesday, not long ago."""
    begin_on_wednesday(clock)


def readers(desk: Desk) -> list[str]:
    """Who got a text, in order."""
    return [str(text["to"]) for text in desk.texts()]


def ended(desk: Desk, event: str) -> list[tuple[str, str]]:
    """How the messages about an event ended, and why."""
    asked = f"select status, reason from notifications where event = '{event}'"  # noqa: S608
    return [(str(status), str(reason)) for status, reason in rows(desk.ledger, asked)]


def test_a_change_of_the_night_is_told_with_the_creation(place: Place, open_desk: OpenDesk) -> None:
    """The morning's one message has the new amount, and the record says why there is no second."""
    desk = under(place, open_desk, QUIET + RULE + CHANGED)
    invoice = desk.new_invoice()
    desk.notify("first")

    desk.change(invoice, amount="987.65")
    desk.hear("invoice.update", invoice)
    desk.notify("second")
    assert ["quiet hours"] * 2 == holds(desk)
    at(desk, 11)
    desk.notify("third")
    desk.later(minutes=1)
    desk.notify("fourth")

    [text] = desk.texts()
    assert "987.65" in text["body"]
    assert [("suppressed", COVERED)] == ended(desk, "invoice.update")


def test_who_heard_of_the_creation_hears_of_the_change(place: Place, open_desk: OpenDesk) -> None:
    """Dana, who was told in the night, is told of the change; the client waits for the whole."""
    desk = under(place, open_desk, QUIET + RULE + CHANGED + OFFICE)
    invoice = desk.new_invoice()
    desk.notify("first")

    desk.change(invoice, amount="987.65")
    desk.hear("invoice.update", invoice)
    desk.notify("second")
    assert [DANA, DANA] == readers(desk)
    at(desk, 11)
    desk.notify("third")

    desk.later(minutes=1)
    desk.notify("fourth")
    assert [CLIENT, DANA, DANA] == sorted(readers(desk))


def test_the_order_of_the_morning_does_not_matter(place: Place, open_desk: OpenDesk) -> None:
    """However the signals of the night fall into batches, there is one message."""
    desk = under(place, open_desk, QUIET + RULE + CHANGED)
    invoice = desk.new_invoice()
    desk.notify("first")
    desk.change(invoice, amount="987.65")
    desk.hear("invoice.update", invoice)
    desk.notify("second")
    at(desk, 11)

    for number in range(4):
        desk.run(one_signal(desk, f"morning-{number}"))
    desk.later(minutes=1)
    desk.notify("last")

    assert [CLIENT] == readers(desk)


async def one_signal(desk: Desk, id_: str) -> None:
    """A batch of one."""
    batch = desk.batch(id_)
    await batch.claim(1)
    await batch.look_up()
    await batch.decide()
    await desk.finished(batch)


class Slow(Batch):
    """A run that pauses between what it has decided and its record."""

    planned: asyncio.Event
    go: asyncio.Event

    async def plans(self) -> list[PlanRecord]:
        """What it decides; it is not on record before it may go on."""
        records = await super().plans()
        self.planned.set()
        await self.go.wait()
        return records


def test_a_change_while_the_first_message_leaves_is_told(place: Place, open_desk: OpenDesk) -> None:
    """The books change after they were read for the first message: the change is one of its own."""
    desk = under(place, open_desk, QUIET + RULE + CHANGED)
    invoice = desk.new_invoice(amount="100.00")
    desk.notify("first")
    at(desk, 11)

    desk.run(changing_as_it_leaves(desk, invoice))
    for number in range(3):
        desk.later(minutes=20)
        desk.notify(f"later-{number}")

    bodies = [text["body"] for text in desk.texts()]
    assert ["100.00" in bodies[0], "987.65" in bodies[-1], 2] == [True, True, len(bodies)]


async def changing_as_it_leaves(desk: Desk, invoice: str) -> None:
    """One run lets the first message go; another one has decided about a change just before."""
    first = desk.batch("first-message")
    await first.claim(1)
    await first.look_up()
    await asyncio.to_thread(desk.change, invoice, amount="987.65")
    await desk.ledger.record_signal(Signal(ACCOUNT, "invoice.update", invoice))
    change = Slow(desk.runtime, "change")
    change.planned, change.go = asyncio.Event(), asyncio.Event()
    await change.claim(1)
    await change.look_up()
    deciding = asyncio.create_task(change.decide())
    await change.planned.wait()
    await first.decide()
    await desk.finished(first)
    change.go.set()
    await deciding
    await desk.finished(change)


def test_a_change_is_told_where_the_creation_is_not(place: Place, open_desk: OpenDesk) -> None:
    """An invoice that became too small for the rule is told by the rule that has no such limit."""
    least = 'when = { min_amount = "500" }\n'
    desk = under(place, open_desk, QUIET + RULE + least + CHANGED)
    invoice = desk.new_invoice(amount="600.00")
    desk.notify("first")

    desk.change(invoice, amount="400.00")
    desk.hear("invoice.update", invoice)
    desk.notify("second")
    at(desk, 11)
    desk.notify("third")
    desk.later(minutes=2)
    desk.notify("fourth")

    [text] = desk.texts()
    assert "has changed" in text["body"]
    assert ["suppressed"] == [status for status, _ in ended(desk, "invoice.create")]


def test_a_change_waits_while_a_brake_holds_the_creation(place: Place, open_desk: OpenDesk) -> None:
    """What a person holds is not overtaken by a change; once it is dropped, the change is told."""
    desk = under(place, open_desk, "[brakes]\nper_run = 1\n" + RULE + CHANGED)
    held, _ = desk.new_invoice(), desk.new_invoice()
    desk.notify("first")
    assert ["brake"] * 2 == holds(desk)

    desk.change(held, amount="987.65")
    desk.hear("invoice.update", held)
    desk.notify("second")
    desk.later(minutes=30)
    desk.notify("third")
    assert ["brake", "brake", "first message"] == sorted(hold for hold in holds(desk) if hold)
    now = desk.clock()
    desk.run(desk.ledger.write(lambda c: brakes.drop(c, 1, by="cli:dana", now=now)))
    desk.later(minutes=31)
    desk.notify("fourth")

    assert "has changed" in desk.texts()[-1]["body"]


def test_what_changes_in_the_morning_is_told(place: Place, open_desk: OpenDesk) -> None:
    """Once the message about the creation has left, a change is a message of its own."""
    desk = under(place, open_desk, QUIET + RULE + CHANGED)
    invoice = desk.new_invoice()
    desk.notify("first")
    at(desk, 11)
    desk.notify("second")

    desk.change(invoice, amount="987.65")
    desk.hear("invoice.update", invoice)
    desk.notify("third")

    assert [CLIENT, CLIENT] == readers(desk)


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_deleted_invoice_takes_its_message_with_it(
    place: Place, open_desk: OpenDesk, is_gone: bool
) -> None:
    """FreshBooks says that it is deleted: what waits ends then, not when its time comes."""
    desk = under(place, open_desk, QUIET + RULE)
    invoice = desk.new_invoice()
    desk.notify("first")

    desk.change(invoice, **({"removed": True} if is_gone else {"vis_state": 1}))
    desk.hear("invoice.delete", invoice)
    desk.notify("second")

    kept = rows(desk.ledger, "select status, reason from notifications")
    [(status, reason)] = [tuple(row) for row in kept]
    assert ("suppressed", []) == (status, desk.texts())
    assert ("does not have" if is_gone else "deleted") in str(reason)
