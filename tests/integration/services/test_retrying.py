"""What failed is sent again at an operator's word: once, and only if the books still want it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from duebell.ledger import retrying
from duebell.ledger.businesses import local_times
from duebell.ledger.erasing import erase_texts
from duebell.ledger.retrying import Answer, Answered, Terms
from duebell.retrying.asking import keep_asking
from duebell.retrying.doubts import leaves_open
from duebell.retrying.escalation import escalate
from duebell.retrying.standing import Standing, standings
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column

#: "Unknown error", "the body is too long", "the number is not in service".
UNPROVEN, TOO_LONG, OUT_OF_SERVICE = "30008", "21617", "30005"

RULE = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"
"""
RULES = f"""{RULE}
[[rule]]
on = "notification.failed"
to = "+12125550177"
channel = "sms"
template = "delivery_failed"
urgent = true
"""


def failed(desk: Desk, code: str = UNPROVEN) -> str:
    """A text that Twilio took and could not deliver; gives the id of its invoice."""
    desk.sandbox.set_scenario("undelivered", code=code, count=1)
    invoice = desk.new_invoice()
    desk.notify()
    desk.await_receipts()
    desk.later(seconds=61)
    desk.reconcile()
    assert ("undelivered", True) == (desk.notification().status, desk.notification().failed)
    return invoice


def refused(desk: Desk) -> str:
    """A text that Twilio refused; gives the id of its invoice."""
    desk.sandbox.set_scenario("refused", code=TOO_LONG, count=1)
    invoice = desk.new_invoice()
    desk.notify()
    assert ("rejected", True) == (desk.notification().status, desk.notification().failed)
    return invoice


def retry(desk: Desk, *, even_if_doubtful: bool = False) -> list[Answered]:
    """An operator has the first message sent again."""
    terms = Terms("cli:dana", desk.clock(), leaves_open, even_if_doubtful)
    id_ = desk.notifications()[0].id
    return desk.run(desk.ledger.write(lambda c: retrying.retry(c, [id_], terms)))


def standing(desk: Desk, answered: Answered | None = None) -> Standing:
    """How the first message stands, as whoever was answered so reads it."""
    answered = answered or Answered(desk.notifications()[0].id, Answer.PLANNED)
    (found,) = desk.run(
        desk.ledger.read(lambda c: standings(c, [answered], local_times(c), desk.clock()))
    )
    return found


def test_what_failed_is_sent_again(desk: Desk) -> None:
    """The operator's word has it sent once more, and the operator reads that it was."""
    refused(desk)

    (answer,) = retry(desk)
    before = standing(desk)
    desk.notify("batch-2")

    after = standing(desk)
    assert "planned again" == answer.answer
    assert ("waits for its turn", False) == (before.words, before.is_settled)
    assert ("sent", True, True) == (after.words, after.is_settled, after.is_well)
    assert (1, 2) == (len(desk.texts()), desk.notification().attempts)


def test_what_was_paid_is_not_sent_again(desk: Desk) -> None:
    """The books are read anew: whoever has paid meanwhile is not bothered, and that is said."""
    invoice = refused(desk)
    desk.change(invoice, status="paid")

    retry(desk)
    desk.notify("batch-2")

    shown = standing(desk)
    assert ("suppressed", True, False) == (shown.status, shown.is_settled, shown.is_well)
    assert "paid" in shown.words
    assert ([], False) == (desk.texts(), desk.notification().failed)


def test_two_words_at_once_send_once(open_desk: OpenDesk, each_place: Place) -> None:
    """Two operators and two workers at the same time make one text."""
    desk, other = open_desk(each_place), open_desk(each_place, "worker-2")
    refused(desk)

    retry(desk)
    (second,) = retry(other)
    desk.together(desk.notified("batch-2"), other.notified("batch-3"))

    assert second.is_refused
    assert (1, "accepted") == (len(desk.texts()), desk.notification().status)


def test_a_doubt_is_asked_about_first(desk: Desk) -> None:
    """Twilio is asked before a text leaves again that it took and lost sight of."""
    failed(desk)

    (answer,) = retry(desk)
    desk.notify("batch-2")
    unasked = (len(desk.texts()), standing(desk).words)
    desk.reconcile()
    desk.notify("batch-3")

    assert "asked about first" == answer.answer
    assert (1, "waits: its provider is asked first") == unasked
    assert (2, "sent") == (len(desk.texts()), standing(desk).words)


@pytest.mark.parametrize("failures", [0, 1])
def test_an_operator_waits_for_seconds(desk: Desk, failures: int) -> None:
    """The question before a retry is asked within seconds, not in the next round of the schedule;
    where it cannot be asked (Prefect's server is away), soon after.
    """
    failed(desk)
    retry(desk)
    wanted, is_over, tries = desk.clock(), asyncio.Event(), list[int]()

    async def ask() -> None:
        tries.append(1)
        if len(tries) <= failures:
            raise ConnectionError
        await desk.reconciled()
        is_over.set()

    async def story() -> None:
        duty = asyncio.create_task(keep_asking(desk.runtime, ask))
        await asyncio.wait_for(is_over.wait(), 10)
        duty.cancel()

    desk.run(story())

    waited = desk.clock() - wanted
    desk.notify("batch-2")
    assert waited <= timedelta(seconds=4 + failures * 24)
    assert (2, failures + 1) == (len(desk.texts()), len(tries))


def test_a_parked_doubt_that_did_leave_is_found(open_desk: OpenDesk, place: Place) -> None:
    """A text that Twilio has after all is found on being asked, and not sent a second time."""
    desk = open_desk(place, unknown_policy="park")
    desk.sandbox.change_settings(list_delay_seconds=1000.0)
    desk.sandbox.set_scenario("drop-after-accept", count=1)
    desk.new_invoice()
    desk.notify()
    desk.settle(rounds=5)
    parked = desk.notification().failed
    desk.sandbox.change_settings(list_delay_seconds=0.0)

    (answer,) = retry(desk)
    desk.reconcile()
    desk.notify("batch-2")

    shown = standing(desk, answer)
    assert parked
    assert 1 == len(desk.texts())
    assert ("not sent again: it was delivered after all", True) == (shown.words, shown.is_well)


def test_an_erased_doubt_that_did_leave_is_not_sent_again(
    open_desk: OpenDesk, place: Place
) -> None:
    """Whose number and text were erased is not looked for without them, and sent when not found."""
    desk = open_desk(place, unknown_policy="park")
    desk.sandbox.change_settings(list_delay_seconds=1000.0)
    desk.sandbox.set_scenario("drop-after-accept", count=1)
    desk.new_invoice()
    desk.notify()
    desk.settle(rounds=5)
    id_ = desk.notification().id
    desk.run(desk.ledger.write(lambda c: erase_texts(c, [id_])))
    desk.sandbox.change_settings(list_delay_seconds=0.0)

    retry(desk)
    desk.reconcile()
    desk.notify("batch-2")

    assert (1, True) == (len(desk.texts()), desk.notification().failed)
    assert "Twilio cannot be asked whether it arrived" in standing(desk).words


def test_who_cannot_be_reached_stays_failed(desk: Desk) -> None:
    """A retry for a suppressed number sends nothing, stays flagged, and tells the way out."""
    failed(desk, OUT_OF_SERVICE)

    retry(desk)
    desk.notify("batch-2")

    shown = standing(desk)
    assert ("rejected", True, 1) == (shown.status, desk.notification().failed, len(desk.texts()))
    assert shown.words.startswith("not sent: this number is suppressed (messages to the address")
    assert "`duebell suppressions lift sms NUMBER`, then retry" in shown.words


def test_a_fallback_that_reaches_nobody_is_seen(open_desk: OpenDesk, place: Place) -> None:
    """Who has no email for the automatic fallback is no silent case: the failure is flagged."""
    (place.home / "duebell.toml").write_text(f'{RULE}fallback = "email"\n')
    desk = open_desk(place)
    desk.sandbox.change_client(20001, email="")
    desk.sandbox.set_scenario("undelivered", code=OUT_OF_SERVICE, count=1)
    desk.new_invoice()
    desk.notify()
    desk.settle(rounds=2)

    shown = desk.notification()
    assert ("rejected", True, 1) == (shown.status, shown.failed, len(desk.texts()))
    assert "no email" in (shown.reason or "")


def test_staff_hears_of_failures_once(open_desk: OpenDesk, place: Place) -> None:
    """After some hours one text tells staff of what failed, with nobody's number in it."""
    (place.home / "duebell.toml").write_text(RULES)
    desk = open_desk(place)
    refused(desk)
    counts = []

    for hours in (3, 2, 5):
        desk.later(hours=hours)
        counts.append(desk.run(escalate(desk.runtime)))
        desk.notify(f"after-{desk.clock()}")

    (text,) = desk.texts()
    number = desk.notifications()[0].recipient
    assert [0, 1, 0] == counts
    assert "+12125550177" == text["to"]
    assert "Alder Street Bakery" in text["body"]
    assert "*****" in text["body"]
    assert number not in text["body"]


def test_what_was_seen_to_is_not_told(open_desk: OpenDesk, place: Place) -> None:
    """Staff is not told of what was sent again before the digest left."""
    (place.home / "duebell.toml").write_text(RULES)
    desk = open_desk(place)
    refused(desk)
    desk.later(hours=5)

    desk.run(escalate(desk.runtime))
    retry(desk)
    desk.notify("batch-2")

    assert ["+12125550177"] != [text["to"] for text in desk.texts()]
    assert ("done", "everything that failed has been seen to meanwhile") == desk.signals()[-1]


def test_without_a_rule_nothing_is_called_told(desk: Desk) -> None:
    """Where no rule tells of failures none is marked, so that a rule of tomorrow tells it."""
    refused(desk)
    desk.later(hours=50)

    count = desk.run(escalate(desk.runtime))

    assert 0 == count
    assert [None] == column(desk.ledger, "select escalated_at from notifications")
