"""Calls whose outcome is unknown: asked about, and sent again only where that proves safe."""

from __future__ import annotations

from duebell.domain.delivery import DeliveryReport, ReportedStatus
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place


def in_doubt(desk: Desk, scenario: str) -> None:
    """One text whose call ended without an answer."""
    desk.sandbox.set_scenario(scenario, count=1)
    desk.new_invoice()
    desk.notify()
    assert "outcome_unknown" == desk.notification().status


def test_a_text_is_sent_again_only_after_three_questions(desk: Desk) -> None:
    """Twilio must have nothing three times, at growing pauses, before the text is sent again."""
    in_doubt(desk, "drop-before-accept")
    seen = []

    for seconds in (59, 2, 118, 2, 238, 2):
        desk.later(seconds=seconds)
        asked = desk.reconcile().asked
        desk.notify(f"after-{desk.clock()}")
        seen.append((asked, desk.notification().status, len(desk.texts())))

    assert [
        (0, "outcome_unknown", 0),
        (1, "outcome_unknown", 0),
        (0, "outcome_unknown", 0),
        (1, "outcome_unknown", 0),
        (0, "outcome_unknown", 0),
        (1, "accepted", 1),
    ] == seen


def test_policy_park_leaves_a_doubt_to_a_person(open_desk: OpenDesk, place: Place) -> None:
    """With the policy "park" nothing is sent again: the message is flagged, with the reason."""
    desk = open_desk(place, unknown_policy="park")
    in_doubt(desk, "drop-before-accept")

    desk.settle(rounds=5)

    shown = desk.notification()
    assert ([], "outcome_unknown", True, 1) == (
        desk.texts(),
        shown.status,
        shown.failed,
        shown.attempts,
    )
    assert "an operator decides whether it is sent again" in (shown.reason or "")


def test_a_parked_doubt_is_settled_by_a_late_callback(open_desk: OpenDesk, place: Place) -> None:
    """What was parked and did arrive loses its flag when Twilio says so."""
    desk = open_desk(place, unknown_policy="park")
    in_doubt(desk, "drop-before-accept")
    desk.settle(rounds=3)
    id_ = desk.notification().id

    late = DeliveryReport("SM" + "a" * 32, ReportedStatus.DELIVERED, "delivered", "", id_, 1)
    desk.run(desk.ledger.apply_report(late))

    shown = desk.notification()
    assert ("delivered", False) == (shown.status, shown.failed)


def test_two_equal_texts_in_doubt_are_told_apart(desk: Desk) -> None:
    """Of two texts with the same words to the same number, the one that is missing is sent again.

    One call was taken and one was not; neither had an answer. A text that Twilio lists stands for
    one of them only.
    """
    desk.sandbox.set_scenario("500-after-accept", count=1)
    desk.sandbox.set_scenario("drop-before-accept", count=1)
    for _ in range(2):
        desk.new_invoice(number="INV-1", amount="10.00")
    desk.notify()
    taken = len(desk.texts())

    desk.settle(rounds=6)

    assert (1, 2) == (taken, len(desk.texts()))
    assert {text["sid"] for text in desk.texts()} == {
        shown.provider_id for shown in desk.notifications()
    }
    assert ["delivered"] * 2 == [shown.status for shown in desk.notifications()]


def test_an_older_text_is_no_answer(desk: Desk) -> None:
    """A text with the same words that another notification sent does not settle a doubt."""
    desk.new_invoice(number="INV-1", amount="10.00")
    desk.notify()
    desk.sandbox.set_scenario("drop-before-accept", count=1)
    desk.new_invoice(number="INV-1", amount="10.00")
    desk.notify("batch-2")

    desk.settle()

    assert 2 == len(desk.texts())
    assert [1, 2] == sorted(shown.attempts for shown in desk.notifications())


def test_questions_wait_while_twilio_is_away(open_desk: OpenDesk, place: Place) -> None:
    """A question that Twilio did not answer proves nothing, and is asked again a minute later."""
    desk = open_desk(place)
    in_doubt(desk, "500-after-accept")
    away = open_desk(place, "worker-2", twilio_api_url=place.public_url)
    away.later(seconds=61)

    unanswered = away.reconcile()
    at_once = desk.reconcile()
    desk.later(seconds=61)
    desk.await_receipts()
    answered = desk.reconcile()

    assert (1, 0, {"delivered": 1}) == (unanswered.unanswered, at_once.asked, answered.statuses)
    assert 1 == len(desk.texts())
