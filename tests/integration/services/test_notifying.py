"""From a signal to a text: who is told, once, and why others are not."""

from __future__ import annotations

from duebell.sandbox import credentials
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column, rows


def test_a_new_invoice_becomes_one_text(desk: Desk) -> None:
    """The client gets one text about the invoice, and its SID stands with the notification."""
    invoice = desk.new_invoice(number="INV-7", amount="120.50", due_date="2026-12-24")

    counts = desk.notify()

    (text,) = desk.texts()
    shown = desk.notification()
    assert {"planned": 1} == counts
    assert "+12125550101" == text["to"] == shown.recipient
    expected = (
        f"{credentials.BUSINESS_NAME}: your invoice INV-7 for $120.50 is ready, "
        "due Dec 24, 2026. Thank you!"
    )
    assert expected == text["body"]
    assert (text["sid"], "accepted", 1) == (shown.provider_id, shown.status, shown.attempts)
    assert shown.id == text["notification_id"]
    assert [invoice] == column(desk.ledger, "select object_id from occurrences")
    assert [("done", "planned")] == desk.signals()


def test_a_client_is_told_in_their_language(desk: Desk) -> None:
    """The record says in which language and currency a client reads."""
    desk.new_invoice("Atelier Beauchemin", number="INV-8", amount="99.00")

    desk.notify()

    (text,) = desk.texts()
    assert "votre facture INV-8" in text["body"]
    assert "99,00" in text["body"]


def test_the_same_signal_again_sends_nothing(desk: Desk) -> None:
    """A repeat finds the fact told already, and says so."""
    invoice = desk.new_invoice()
    desk.notify()

    desk.hear("invoice.create", invoice)
    counts = desk.notify("batch-2")

    assert 1 == len(desk.texts())
    assert {"planned": 1} == counts
    assert ["planned", "repeated"] == desk.verdicts()


def test_a_run_repeated_by_hand_sends_nothing(desk: Desk) -> None:
    """A finished batch has no signals left."""
    desk.new_invoice()
    desk.notify()

    counts = desk.notify()

    assert ({}, 1) == (counts, len(desk.texts()))


def test_a_draft_is_held_until_it_is_issued(desk: Desk) -> None:
    """A draft's creation is told once an update shows it issued, and only once."""
    invoice = desk.new_invoice(status="draft")
    held = desk.notify("created")
    desk.hear("invoice.update", invoice)
    still_held = desk.notify("edited")
    before = len(desk.texts())

    desk.change(invoice, status="sent")
    for number in range(2):
        desk.hear("invoice.update", invoice)
        desk.notify(f"issued-{number}")

    reason = "the invoice is a draft; it is looked at again when it changes"
    assert ({reason: 1}, {reason: 1}) == (held, still_held)
    assert (0, 1) == (before, len(desk.texts()))
    assert ["held", "held", "planned", "skipped"] == desk.verdicts()


def test_an_update_of_a_told_invoice_is_explained(desk: Desk) -> None:
    """An update of which no rule tells anything sends nothing, and the row says why."""
    invoice = desk.new_invoice()
    desk.notify()
    desk.hear("invoice.update", invoice)

    counts = desk.notify("batch-2")

    assert {"the change says nothing that a rule tells": 1} == counts
    assert (1, ["planned", "skipped"]) == (len(desk.texts()), desk.verdicts())


def test_a_draft_issued_while_its_creation_is_being_decided(
    open_desk: OpenDesk, place: Place
) -> None:
    """An update is not passed over because the run that saw the draft is slower than its own."""
    slow, quick = open_desk(place), open_desk(place, "worker-2")
    invoice = slow.new_invoice(status="draft")
    batch = slow.batch()
    slow.run(batch.claim(10))
    slow.run(batch.look_up())
    slow.change(invoice, status="sent")
    quick.hear("invoice.update", invoice)

    quick.notify("quick")
    slow.run(batch.decide())
    slow.send(batch)

    assert 1 == len(slow.texts())


def test_an_update_whose_text_was_put_off_is_not_forgotten(desk: Desk) -> None:
    """What an update planned is still sent after a 429, though its invoice is issued by then."""
    desk.sandbox.set_scenario("429", count=1)
    invoice = desk.new_invoice()
    desk.hear("invoice.update", invoice)
    desk.notify()

    desk.later(seconds=5)
    desk.notify("batch-2")

    assert (1, "accepted") == (len(desk.texts()), desk.notification().status)


def test_a_client_without_a_phone_is_skipped(desk: Desk) -> None:
    """Nobody can be told; the decision says why, and there is no notification."""
    desk.new_invoice("Quill & Co. Bookshop")

    counts = desk.notify()

    reason = "the client has no phone number"
    assert ({reason: 1}, []) == (counts, desk.notifications())
    assert [("skipped", reason)] == rows(desk.ledger, "select verdict, reason from decisions")


def test_a_template_that_fails_is_flagged(open_desk: OpenDesk, place: Place) -> None:
    """A text that cannot be written is refused with the place of the fault, and flagged."""
    folder = place.home / "templates" / "sms"
    folder.mkdir(parents=True)
    (folder / "invoice_created.txt.j2").write_text("Hello {{ invoice.colour }}")
    desk = open_desk(place)
    desk.new_invoice()

    desk.notify()

    shown = desk.notification()
    assert ([], "rejected", True) == (desk.texts(), shown.status, shown.failed)
    assert "invoice_created.txt.j2` line 1" in (shown.reason or "")


def test_a_burst_is_told_completely(desk: Desk) -> None:
    """Each of many invoices gets its text in one run, and a client is read once for all."""
    for _ in range(30):
        desk.new_invoice()

    counts = desk.notify()

    assert {"planned": 30} == counts
    assert 30 == len({text["notification_id"] for text in desk.texts()}) == len(desk.texts())
    assert 1 == desk.sandbox.stats()["freshbooks.clients"]
