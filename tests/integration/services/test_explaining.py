"""The story of an invoice as it truly came about: every step of the work leaves its line."""

from __future__ import annotations

from datetime import date

import pytest

from duebell.domain.consent import Source
from duebell.domain.rules import Channel
from duebell.explaining.story import Story, tell
from duebell.explaining.subjects import subject_called
from duebell.ledger import pauses, suppressions
from duebell.ledger.story import Subject, read
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place

ALDER = "+12125550101"
STOPPED = "the person answered STOP"


@pytest.fixture
def desk(each_place: Place, open_desk: OpenDesk) -> Desk:
    """A worker on each kind of database."""
    return open_desk(each_place)


def story_of(desk: Desk, subject: Subject) -> Story:
    """What the command tells."""
    found = desk.run(desk.ledger.read(lambda c: read(c, subject)))
    return tell(found, desk.clock())


def kinds(story: Story) -> list[str]:
    """What sorts of things the lines of a story tell."""
    return [one.kind.word for one in story.told]


def test_a_message_is_told_from_webhook_to_delivery(desk: Desk) -> None:
    """The story has how it was heard of, the decision, the attempt and the provider's word."""
    desk.new_invoice(number="INV-7")
    desk.notify()
    desk.await_receipts()
    desk.later(minutes=3)
    desk.reconcile()

    story = story_of(desk, Subject(invoice="INV-7"))

    assert ["heard", "decided", "attempt", "report"] == kinds(story)
    assert "Message 1 to Alder Street Bakery is delivered." == story.now
    assert story.told == story_of(desk, Subject(notification=desk.notification().id)).told
    assert ALDER not in " ".join(one.text for one in story.told)


def test_a_story_is_found_by_a_name(desk: Desk) -> None:
    """On each database a number without its zeros, and a part of a client's name, lead to it."""
    desk.new_invoice(number="INV-0007")
    desk.notify()

    words = ("inv-7", "7", "alder")
    found = desk.run(desk.ledger.read(lambda c: [subject_called(c, word) for word in words]))

    client = str(desk.sandbox.clients()[0]["id"])
    assert [*[Subject(invoice="INV-0007")] * 2, Subject(client=client)] == found


def test_silences_are_told_with_their_reasons(desk: Desk) -> None:
    """Changes that say nothing are folded; a pause and an opt-out stand where they happened."""
    invoice = desk.new_invoice(number="INV-7")
    desk.notify()
    for number in range(3):
        desk.later(hours=1)
        desk.hear("invoice.update", invoice)
        desk.notify(f"update-{number}")
    desk.later(hours=1)
    pause(desk, "INV-7")
    opt_out(desk, ALDER)

    story = story_of(desk, Subject(client=str(desk.sandbox.clients()[0]["id"])))

    expected = ["heard", "decided", "attempt", "heard", "decided", "pause", "opt_out"]
    assert expected == kinds(story)
    assert "; 2 more times until" in story.told[4].text
    assert "the invoice INV-7 is paused until 2099-01-31" in story.now
    assert f"+1•••••0101 must not be used: {STOPPED}" in story.now


def test_an_invoice_that_is_gone_keeps_its_story(desk: Desk) -> None:
    """What was decided when FreshBooks had the invoice no more is still found by its number."""
    invoice = desk.new_invoice(number="INV-7")
    desk.notify()
    desk.change(invoice, removed=True)
    desk.later(minutes=1)
    desk.hear("invoice.create", invoice)
    desk.later(minutes=5)
    desk.notify("batch-2")

    story = story_of(desk, Subject(invoice="INV-7"))

    assert ["heard", "decided", "attempt", "heard", "decided"] == kinds(story)
    assert "nothing: FreshBooks does not have this invoice" in story.told[-1].text


def pause(desk: Desk, number: str) -> None:
    """An operator pauses an invoice."""
    now, until = desk.clock(), date(2099, 1, 31)
    desk.run(
        desk.ledger.write(
            lambda c: pauses.pause(c, ACCOUNT, "invoice", number, until, by="cli:ann", now=now)
        )
    )


def opt_out(desk: Desk, address: str) -> None:
    """Somebody answers STOP."""
    now = desk.clock()
    desk.run(
        desk.ledger.write(
            lambda c: suppressions.suppress(
                c, Channel.SMS, address, source=Source.STOP, reason=STOPPED, by="recipient", now=now
            )
        )
    )
