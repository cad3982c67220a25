"""What became of messages: by callback, by asking, and what is said where nobody knows."""

from __future__ import annotations

import asyncio

import pytest

from duebell.domain.delivery import DeliveryReport, ProviderMessage, ReportedStatus
from duebell.ledger.claiming import Ending
from duebell.notifying.reconciling import MOST_AT_ONCE
from duebell.providers.codes import fault_of
from duebell.providers.twilio.messages import TwilioMessages
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread
from tests.ledger_scenes import column, trail
from tests.sandbox.subscriber import wait_until

#: No carrier says why: a final word.
NOT_TOLD = "30008"


def told(desk: Desk, status: ReportedStatus, error_code: str = "") -> None:
    """A callback about the one text there is."""
    sid = desk.texts()[0]["sid"]
    desk.run(desk.ledger.apply_report(DeliveryReport(sid, status, status.value, error_code)))


def test_asking_finds_what_no_callback_told(desk: Desk) -> None:
    """Where callbacks are lost, a question half a minute later brings the final word."""
    desk.sandbox.set_scenario("callbacks-lost")
    desk.new_invoice()
    desk.notify()
    desk.await_receipts()
    too_early = desk.reconcile()

    desk.later(seconds=31)
    result = desk.reconcile()

    assert (0, 1, {"delivered": 1}) == (too_early.asked, result.asked, result.statuses)
    assert "delivered" == desk.notification().status


class Crowd(TwilioMessages):
    """Twilio, which sees how many ask it at the same time."""

    def __init__(self) -> None:
        self.most = self._now = 0

    async def fetch(self, sid: str) -> ProviderMessage | None:
        """Answer nothing, in the next round of the loop."""
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0)
        self._now -= 1
        return None


def test_few_questions_are_asked_at_the_same_time(desk: Desk) -> None:
    """However many questions are due, they leave connections to the messages."""
    desk.sandbox.set_scenario("callbacks-lost")
    many = MOST_AT_ONCE + 4
    for _ in range(many):
        desk.new_invoice()
    desk.notify()
    desk.later(seconds=31)
    twilio, crowd = desk.runtime.texts, Crowd()
    desk.runtime.texts = crowd

    result = desk.reconcile()
    desk.runtime.texts = twilio

    assert (many, MOST_AT_ONCE) == (result.asked, crowd.most)


def test_callbacks_bring_the_final_word(desk: Desk, web: WebThread) -> None:
    """A text is followed to its end by callbacks alone, and then never asked about."""
    desk.new_invoice()
    desk.notify()

    wait_until(lambda: desk.notification().status == "delivered")
    desk.later(hours=80)
    result = desk.reconcile()

    assert (0, "delivered") == (result.asked, desk.notification().status)


@pytest.mark.parametrize("name", ["callbacks-doubled", "callbacks-reordered"])
def test_callbacks_may_come_twice_or_out_of_order(desk: Desk, web: WebThread, name: str) -> None:
    """However the callbacks come, the status moves forward once."""
    desk.sandbox.set_scenario(name)
    desk.new_invoice()

    desk.notify()
    wait_until(lambda: desk.sandbox.stats().get("twilio.callbacks.204", 0) >= 2)
    wait_until(lambda: desk.notification().status == "delivered")

    shown = desk.notification()
    steps = [step for _, step in trail(desk.ledger, shown.id)]
    assert ("delivered", 1) == (steps[-1], steps.count("delivered"))


def test_an_undelivered_text_is_flagged_by_callback(desk: Desk, web: WebThread) -> None:
    """What did not arrive carries the failed flag and a reason in plain words."""
    desk.sandbox.set_scenario("undelivered", code=NOT_TOLD)
    desk.new_invoice()

    desk.notify()
    wait_until(lambda: desk.notification().status == "undelivered")

    shown = desk.notification()
    assert (True, NOT_TOLD, fault_of(NOT_TOLD, is_refusal=False).sentence) == (
        shown.failed,
        shown.error_code,
        shown.reason,
    )


def test_an_undelivered_text_is_flagged_by_asking(desk: Desk) -> None:
    """The answer to a question says as much as a callback, and nothing is sent again by itself."""
    desk.sandbox.set_scenario("undelivered", code=NOT_TOLD)
    desk.new_invoice()

    desk.notify()
    desk.settle(rounds=2)

    shown = desk.notification()
    assert ("undelivered", True, NOT_TOLD) == (shown.status, shown.failed, shown.error_code)
    assert (fault_of(NOT_TOLD, is_refusal=False).sentence, 1) == (shown.reason, len(desk.texts()))


@pytest.mark.parametrize("fate", ["delivered", "undelivered"])
@pytest.mark.parametrize("first", ["delivered", "undelivered"])
def test_a_contradiction_is_settled_by_asking(desk: Desk, fate: str, first: str) -> None:
    """Of two final words that contradict each other, the one Twilio gives when asked stands."""
    if fate == "undelivered":
        desk.sandbox.set_scenario("undelivered", code=NOT_TOLD)
    desk.new_invoice()
    desk.notify()
    desk.await_receipts()
    second = "delivered" if first == "undelivered" else "undelivered"

    for word in (first, second):
        told(desk, ReportedStatus(word), NOT_TOLD if word == "undelivered" else "")
    between = desk.notification().status
    result = desk.reconcile()
    again = desk.reconcile()

    assert (first, 1, 0) == (between, result.asked, again.asked)
    shown = desk.notification()
    assert (fate, fate == "undelivered") == (shown.status, shown.failed)


def test_a_text_of_which_nobody_says_more_is_unconfirmed(desk: Desk) -> None:
    """After 72 hours without a final word the message is called unconfirmed, and not failed."""
    desk.sandbox.change_settings(final_after_seconds=3600)
    desk.new_invoice()
    desk.notify()
    wait_until(lambda: desk.texts()[0]["status"] == "sent")

    questions, statuses = 0, set()
    for _ in range(72):
        statuses.add(desk.notification().status)
        desk.later(hours=1)
        questions += desk.reconcile().asked

    shown = desk.notification()
    assert ({"accepted"}, "unconfirmed", False) == (statuses, shown.status, shown.failed)
    assert "the carrier took the message and never said more" == shown.reason
    assert questions < 15


def test_a_late_word_counts_after_all(desk: Desk) -> None:
    """A message that was called unconfirmed is delivered when a late callback says so."""
    desk.sandbox.change_settings(final_after_seconds=3600)
    desk.new_invoice()
    desk.notify()
    desk.later(hours=73)
    desk.reconcile()
    before = desk.notification().status

    told(desk, ReportedStatus.DELIVERED)

    assert ("unconfirmed", "delivered") == (before, desk.notification().status)


def test_two_workers_asking_ask_once(open_desk: OpenDesk, each_place: Place) -> None:
    """A question that one worker has taken is not asked by another."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    for _ in range(5):
        one.new_invoice()
    one.notify()
    one.await_receipts()
    one.clock.pass_(seconds=31)

    results = one.together(one.reconciled(), other.reconciled())

    assert 5 == sum(result.asked for result in results)
    assert {"delivered"} == {shown.status for shown in one.notifications()}


def test_a_planned_text_that_everybody_forgot_is_sent(desk: Desk) -> None:
    """A notification still planned although its signal is done is found and goes out, once."""
    desk.new_invoice()
    batch = desk.decided()
    (claimed,) = batch.signals
    desk.run(desk.ledger.end_signals([Ending(claimed.id, "forgotten", desk.clock())]))
    desk.later(minutes=14)
    desk.reconcile()
    desk.notify("too early")
    before = len(desk.texts())

    desk.settle(rounds=2)

    assert (0, 1) == (before, len(desk.texts()))
    assert ["accepted", "delivered"] == [
        step for _, step in trail(desk.ledger, desk.notification().id)
    ][-2:]


def test_a_text_that_is_gone_at_twilio_is_asked_about_less_and_less(desk: Desk) -> None:
    """A message that Twilio had and no longer has is not sent again."""
    desk.new_invoice()
    desk.notify()
    desk.sandbox.reset()

    for _ in range(5):
        desk.later(hours=16)
        desk.reconcile()

    assert ([], "unconfirmed") == (desk.texts(), desk.notification().status)
    assert [1] == column(desk.ledger, "select attempts from notifications")
