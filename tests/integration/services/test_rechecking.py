"""The moment before sending: the books decide again, and what waited is told as it is now."""

from __future__ import annotations

import asyncio

import pytest

from duebell.runtime import MOST_IN_FLIGHT
from tests.integration.services.desk import Desk


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "paid"}, "the invoice is paid"),
        ({"vis_state": 1}, "the invoice is deleted or archived"),
        ({"vis_state": 2}, "the invoice is deleted or archived"),
        ({"status": "disputed"}, "the invoice is disputed"),
    ],
)
def test_what_changed_since_planning_is_not_sent(
    desk: Desk, change: dict[str, object], reason: str
) -> None:
    """A record read more than 5 seconds ago is read again in the moment before sending."""
    invoice = desk.new_invoice()
    batch = desk.decided()
    desk.change(invoice, **change)
    desk.later(seconds=21)

    counts = desk.send(batch)

    shown = desk.notification()
    assert ([], {reason: 1}) == (desk.texts(), counts)
    assert ("suppressed", reason, False) == (shown.status, shown.reason, shown.failed)
    assert [("done", reason)] == desk.signals()


def test_a_record_read_just_now_is_not_read_again(desk: Desk) -> None:
    """Within 5 seconds what was read counts, so that quiet times cost one look."""
    desk.new_invoice()
    batch = desk.decided()
    desk.later(seconds=4)

    desk.send(batch)

    assert 1 == desk.sandbox.stats()["freshbooks.invoices"]
    assert 1 == len(desk.texts())


def test_what_is_sent_is_what_the_books_say_now(desk: Desk) -> None:
    """A text that waited speaks of the invoice and goes to the number as they are now."""
    invoice = desk.new_invoice(amount="10.00")
    batch = desk.decided()
    desk.change(invoice, amount="75.00")
    desk.sandbox.change_client(20001, mob_phone="(212) 555-0119")
    desk.later(seconds=21)

    desk.send(batch)

    (text,) = desk.texts()
    assert "$75.00" in text["body"]
    assert "+12125550119" == text["to"] == desk.notification().recipient


def test_an_invoice_removed_since_planning_is_not_sent(desk: Desk) -> None:
    """An invoice that is gone in the moment before sending ends its notification, with the why."""
    invoice = desk.new_invoice()
    batch = desk.decided()
    desk.change(invoice, removed=True)
    desk.later(seconds=21)

    desk.send(batch)

    shown = desk.notification()
    assert ([], "suppressed") == (desk.texts(), shown.status)
    assert "FreshBooks does not have this invoice" == shown.reason
    assert ["done"] == [status for status, _ in desk.signals()]


def test_what_changed_while_a_text_was_put_off_is_not_sent(desk: Desk) -> None:
    """A text that Twilio put off and that is paid by then ends as suppressed, in the next run."""
    desk.sandbox.set_scenario("429", count=1)
    invoice = desk.new_invoice()
    desk.notify()
    desk.change(invoice, status="paid")
    desk.later(seconds=5)

    desk.notify("batch-2")
    desk.settle()

    shown = desk.notification()
    assert ([], "suppressed", "the invoice is paid") == (desk.texts(), shown.status, shown.reason)
    assert [("done", "the invoice is paid")] == desk.signals()


def test_an_invoice_that_is_a_draft_again_waits(desk: Desk) -> None:
    """An invoice taken back to a draft is not told, and is told once when it is issued again."""
    invoice = desk.new_invoice()
    batch = desk.decided()
    desk.change(invoice, status="draft")
    desk.later(seconds=21)
    desk.send(batch)
    desk.notify("batch-2")
    before = len(desk.texts())

    desk.change(invoice, status="sent")
    desk.hear("invoice.update", invoice)
    desk.notify("batch-3")

    assert (0, 1) == (before, len(desk.texts()))
    assert "accepted" == desk.notification().status


def test_the_books_are_looked_at_after_waiting_for_a_place(desk: Desk) -> None:
    """Whatever a message waits for, the last thing before the call is the look at the books."""
    invoice = desk.new_invoice()
    batch = desk.decided()

    async def story() -> None:
        places = desk.runtime.in_flight
        for _ in range(MOST_IN_FLIGHT):
            await places.acquire()
        sending = asyncio.create_task(batch.outbox.send(batch.outbox.ready()))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(desk.change, invoice, status="paid")
        desk.clock.pass_(seconds=6)
        for _ in range(MOST_IN_FLIGHT):
            places.release()
        await sending

    desk.run(story())

    assert ([], "suppressed") == (desk.texts(), desk.notification().status)
