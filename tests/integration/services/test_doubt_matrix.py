"""Every call that ends in doubt × every way of learning what became of it × both policies.

What counts is what Twilio took, and what the ledger says of it in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from duebell.domain.delivery import DeliveryReport, OutgoingText, ReportedStatus
from duebell.ledger.attempts import Intent
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import SETTLE_PAUSE_SECONDS, Desk
from tests.integration.services.place import Place

#: What becomes of the call, and whether Twilio took the text.
TAKEN = [
    "drop-after-accept",
    "500-after-accept",
    "502-html-after-accept",
    "unreadable-answer",
    "no-answer",
    "killed-after-call",
]
NOT_TAKEN = ["drop-before-accept", "500-before-accept", "killed-before-call"]
#: How it is learnt that a text was taken: told, found at once, found at the last question, never.
WAYS = ["callback", "listed", "listed late", "hidden"]
POLICIES = ["resend", "park"]

PATIENCE_SECONDS = {"no-answer": 0.3}
NEVER_SECONDS = 10_000_000.0
CLIENT = "+12125550101"


@dataclass(frozen=True)
class End:
    """How it ends: texts at Twilio, status, attempts and flag."""

    texts: int
    status: str
    attempts: int
    failed: bool


KNOWN = End(1, "delivered", 1, failed=False)
PARKED = End(1, "outcome_unknown", 1, failed=True)
SENT_AGAIN = End(1, "delivered", 2, failed=False)
TWICE = End(2, "delivered", 2, failed=False)
PARKED_UNSENT = End(0, "outcome_unknown", 1, failed=True)


def expected_of(way: str, policy: str) -> End | None:
    """What is expected of a text that was taken.

    None where Twilio lists what it took so late that a text is sent twice: the price of "resend",
    for which it has to be silent, and without a callback, for seven minutes. Also where the policy
    is not even asked for: what is found at once is found under either.
    """
    if way != "hidden":
        return KNOWN if policy == "resend" or way == "listed late" else None
    return PARKED if policy == "park" else None


CASES = [
    (call, way, policy, end)
    for call, way, policy in product(TAKEN, WAYS, POLICIES)
    if (end := expected_of(way, policy)) is not None
]


def call_in_doubt(desk: Desk, call: str) -> None:
    """A text whose call ends so; nobody has recorded whether Twilio took it."""
    desk.new_invoice()
    if call.startswith("killed"):
        desk.run(_killed(desk, is_taken=call == "killed-after-call"))
        desk.later(minutes=2)
        return
    desk.sandbox.set_scenario(call, count=1)
    desk.notify()
    desk.sandbox.clear_scenarios()


async def _killed(desk: Desk, *, is_taken: bool) -> None:
    """A worker that dies between the intent and the record of the answer."""
    batch = desk.batch("killed")
    await batch.claim(1)
    await batch.look_up()
    await batch.decide()
    (id_,) = batch.outbox.ready()
    await desk.ledger.begin_attempt(Intent(id_, "dead", CLIENT, "Your invoice.", desk.clock()))
    if is_taken:
        await desk.runtime.texts.send(OutgoingText(id_, 1, CLIENT, "Your invoice."))


def learn(desk: Desk, way: str) -> None:
    """Let time pass, until what can be learnt this way is known."""
    is_hidden = way in ("listed late", "hidden")
    desk.sandbox.change_settings(list_delay_seconds=NEVER_SECONDS if is_hidden else 0.0)
    if way == "callback":
        (text,) = desk.texts()
        shown = desk.notification()
        word = ReportedStatus.DELIVERED
        report = DeliveryReport(text["sid"], word, "delivered", "", shown.id, 1)
        desk.run(desk.ledger.apply_report(report))
    for number in range(5):
        if desk.notification().status == "delivered":
            break
        desk.await_receipts()
        if number == 2 and way == "listed late":
            desk.sandbox.change_settings(list_delay_seconds=0.0)
        desk.later(seconds=SETTLE_PAUSE_SECONDS)
        desk.reconcile()
        desk.notify(f"round-{number}")


def end_of(desk: Desk) -> End:
    """How it ended."""
    shown = desk.notification()
    return End(len(desk.texts()), shown.status, shown.attempts, shown.failed)


@pytest.mark.parametrize(("call", "way", "policy", "end"), CASES)
def test_a_text_that_was_taken_goes_out_once(
    open_desk: OpenDesk, place: Place, call: str, way: str, policy: str, end: End
) -> None:
    """What Twilio took is told or found, under either policy, and never sent a second time."""
    patience = PATIENCE_SECONDS.get(call, 20.0)
    desk = open_desk(place, total_seconds=patience, unknown_policy=policy)
    call_in_doubt(desk, call)

    learn(desk, way)

    assert end == end_of(desk)
    assert {1} == set(desk.sandbox.sends().values())


@pytest.mark.parametrize("call", ["drop-after-accept", "killed-after-call"])
def test_a_text_that_stays_hidden_goes_out_once_more(
    open_desk: OpenDesk, place: Place, call: str
) -> None:
    """The price of "resend": what Twilio took, never tells of and never lists is sent twice, and
    not a third time.
    """
    desk = open_desk(place, unknown_policy="resend")
    call_in_doubt(desk, call)

    learn(desk, "hidden")
    learn(desk, "hidden")

    assert TWICE == end_of(desk)


@pytest.mark.parametrize(("policy", "end"), [("resend", SENT_AGAIN), ("park", PARKED_UNSENT)])
@pytest.mark.parametrize("call", NOT_TAKEN)
def test_a_text_that_was_not_taken(
    open_desk: OpenDesk, place: Place, call: str, policy: str, end: End
) -> None:
    """What Twilio never had is sent once more, or is left to a person and flagged."""
    desk = open_desk(place, unknown_policy=policy)
    call_in_doubt(desk, call)

    learn(desk, "listed")

    assert end == end_of(desk)
