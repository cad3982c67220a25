"""Changes of an invoice: each is told once, whatever else is going on at the time."""

from __future__ import annotations

import pytest

from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column

RULEBOOK = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"

[[rule]]
on = "invoice.update"
to = "client"
channel = "sms"
template = "invoice_changed"
"""


@pytest.fixture
def desk(open_desk: OpenDesk, place: Place) -> Desk:
    """A worker whose rulebook tells changes."""
    (place.home / "duebell.toml").write_text(RULEBOOK)
    return open_desk(place)


def bodies(desk: Desk) -> list[str]:
    """What the texts say, without the firm's name, oldest first."""
    return [text["body"].partition(": ")[2] for text in desk.texts()]


def updated(desk: Desk, invoice: str, id_: str, **fields: object) -> None:
    """The invoice changes, and its update is worked off."""
    desk.later(seconds=10)
    desk.change(invoice, **fields)
    desk.hear("invoice.update", invoice)
    desk.notify(id_)


def test_a_change_is_told_once(desk: Desk) -> None:
    """A client hears what an invoice says now, and a doubled update sends nothing."""
    invoice = desk.new_invoice(number="INV-7", amount="120.50", due_date="2026-12-24")
    desk.notify()

    updated(desk, invoice, "changed", due_date="2026-12-31")
    updated(desk, invoice, "doubled")

    assert [
        "your invoice INV-7 for $120.50 is ready, due Dec 24, 2026. Thank you!",
        "your invoice INV-7 has changed. It is now for $120.50, due Dec 31, 2026. Thank you!",
    ] == bodies(desk)
    assert ["1:due on"] == [_without_digest(one) for one in changes(desk)]


def test_there_and_back_are_two_changes(desk: Desk) -> None:
    """A due date that moves and moves back is told twice, and then a third time."""
    invoice = desk.new_invoice(due_date="2026-12-24")
    desk.notify()

    for number, day in enumerate(("2026-12-31", "2026-12-24", "2026-12-31")):
        updated(desk, invoice, f"batch-{number}", due_date=day)

    days = ["Dec 24", "Dec 31", "Dec 24", "Dec 31"]
    assert days == [body.partition("due ")[2][:6] for body in bodies(desk)]


def test_a_doubled_creation_does_not_swallow_a_change(desk: Desk) -> None:
    """Where a late copy of the first delivery shows the change first, it is told all the same."""
    invoice = desk.new_invoice(due_date="2026-12-24")
    desk.notify()
    desk.later(seconds=10)
    desk.change(invoice, due_date="2026-12-31")

    for number, event in enumerate(("invoice.create", "invoice.update")):
        desk.hear(event, invoice)
        desk.notify(f"late-{number}")

    assert ["Dec 24", "Dec 31"] == [body.partition("due ")[2][:6] for body in bodies(desk)]
    assert ["planned", "repeated", "planned", "skipped"] == desk.verdicts()


def test_a_change_while_the_creation_was_put_off_is_told(desk: Desk) -> None:
    """The message that waited says what is true by now, and the change is not forgotten."""
    desk.sandbox.set_scenario("429", count=1)
    invoice = desk.new_invoice(due_date="2026-12-24")
    desk.notify()
    before = len(desk.texts())
    desk.change(invoice, due_date="2026-12-31")

    desk.later(seconds=30)
    desk.notify("again")
    assert (0, 1) == (before, len(desk.texts()))
    desk.later(minutes=1)
    desk.notify("after the first message")

    assert ["Dec 31", "Dec 31"] == [body.partition("due ")[2][:6] for body in bodies(desk)]


def test_a_run_that_looked_earlier_takes_nothing_back(open_desk: OpenDesk, desk: Desk) -> None:
    """A slow run, which read the invoice before it changed, finds no change back to that."""
    slow, quick = desk, open_desk(desk.place, "worker-2")
    invoice = slow.new_invoice(due_date="2026-12-24")
    slow.notify()
    slow.later(seconds=10)
    slow.hear("invoice.update", invoice)
    batch = slow.batch("slow")
    slow.run(batch.claim(10))
    slow.run(batch.look_up())
    slow.later(seconds=1)
    slow.change(invoice, due_date="2026-12-31")
    quick.hear("invoice.update", invoice)

    quick.notify("quick")
    slow.run(batch.decide())
    slow.send(batch)

    assert ["Dec 24", "Dec 31"] == [body.partition("due ")[2][:6] for body in bodies(desk)]
    assert 1 == len(changes(desk))


def changes(desk: Desk) -> list[str]:
    """The changes that were decided about, in order."""
    return column(
        desk.ledger,
        "select occurrence from occurrences where event_type = 'invoice.update' order by id",
    )


def _without_digest(change: str) -> str:
    number, _, names = change.split(":")
    return f"{number}:{names}"


def test_what_changed_while_an_invoice_was_a_draft_again_is_told(desk: Desk) -> None:
    """A change of an invoice that was taken back is held, and told once it is issued again."""
    invoice = desk.new_invoice(number="INV-7", amount="120.50", due_date="2026-12-24")
    desk.notify()
    updated(desk, invoice, "taken back", status="draft")
    updated(desk, invoice, "changed", amount="99.00")
    before = len(desk.texts())

    updated(desk, invoice, "issued", status="sent")
    updated(desk, invoice, "doubled")

    assert (1, 2) == (before, len(desk.texts()))
    assert "INV-7 has changed. It is now for $99.00" in bodies(desk)[-1]
