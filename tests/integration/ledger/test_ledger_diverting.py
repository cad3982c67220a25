"""Safe mode and changed plans in the moment of sending: each address is asked about, and on record.

What a provider finds out later is about the address that was called, not about who was meant.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebell.domain.asking import QUESTIONS_BEFORE_ABSENT
from duebell.domain.consent import Source
from duebell.domain.delivery import FailureClass, NotificationStatus, OutcomeKind
from duebell.domain.rules import Channel
from duebell.ledger import attempts, suppressions
from duebell.ledger.attempts import Intent
from duebell.ledger.ledger import Ledger
from duebell.ledger.outcomes import Ended
from duebell.ledger.plan_records import PlanRecord
from tests.integration.ledger.test_ledger_plans import by_email
from tests.ledger_scenes import (
    GRACE,
    PHONE,
    START,
    Clock,
    a_claim,
    a_report,
    an_ending,
    an_intent,
    column,
    new_id,
    planned,
    rows,
    run,
    status_of,
)

S = NotificationStatus
SAFE = "+12125550199"


def diverted(id_: str) -> Intent:
    """That a worker is about to send, in safe mode."""
    return replace(an_intent(id_), recipient=SAFE, instead_of=PHONE)


def opted_out(ledger: Ledger, number: str) -> None:
    """Somebody has answered STOP."""
    run(
        ledger.write(
            lambda c: suppressions.suppress(
                c,
                Channel.SMS,
                number,
                source=Source.STOP,
                reason="the person answered STOP",
                by="recipient",
                now=START,
            )
        )
    )


def test_a_diversion_is_on_record_before_the_call(ledger: Ledger) -> None:
    """With the right to send goes the word that safe mode sends it elsewhere, and where."""
    id_ = planned(ledger)

    run(ledger.begin_attempt(diverted(id_)))

    assert [(PHONE, SAFE)] == rows(ledger, "select recipient, diverted_to from notifications")
    assert [SAFE] == column(ledger, "select recipient from attempts")


def test_without_safe_mode_nothing_is_diverted(ledger: Ledger) -> None:
    """A usual message has no such word, also where its address was corrected meanwhile."""
    id_ = planned(ledger)

    run(ledger.begin_attempt(replace(an_intent(id_), recipient="+12125550177")))

    found = rows(ledger, "select recipient, diverted_to from notifications")
    assert [("+12125550177", None)] == found


def test_what_was_not_sent_was_not_diverted(ledger: Ledger) -> None:
    """When safe mode ends between two attempts, the second is the person's own."""
    id_ = planned(ledger)
    run(ledger.begin_attempt(diverted(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.NOT_SENT)))
    between = column(ledger, "select diverted_to from notifications")

    run(ledger.begin_attempt(an_intent(id_)))

    assert [None] == between
    assert [(PHONE, None)] == rows(ledger, "select recipient, diverted_to from notifications")
    assert [SAFE, PHONE] == column(ledger, "select recipient from attempts order by number")


def test_a_refusal_in_safe_mode_is_about_the_safe_number(ledger: Ledger) -> None:
    """When the operator's own number has opted out, the client's is not suppressed for it."""
    id_ = planned(ledger)
    run(ledger.begin_attempt(diverted(id_)))
    refusal = an_ending(id_, OutcomeKind.REJECTED)
    outcome = replace(refusal.outcome, failure=FailureClass.COMPLIANCE)

    run(ledger.finish_attempt(replace(refusal, outcome=outcome)))

    assert [SAFE] == column(ledger, "select address from suppressions")


def test_safe_mode_respects_opt_outs(ledger: Ledger) -> None:
    """A person who has opted out meanwhile is spoken to in safe mode neither: it shows the same."""
    id_ = planned(ledger)
    opted_out(ledger, PHONE)

    number = run(ledger.begin_attempt(diverted(id_)))

    assert (None, S.SUPPRESSED) == (number, status_of(ledger, id_))


def believed_absent(ledger: Ledger, clock: Clock) -> None:
    """The call is in doubt, the provider knows nothing of it, and it is planned again."""
    clock.pass_(minutes=3)
    run(ledger.doubt_abandoned(GRACE))
    for _ in range(QUESTIONS_BEFORE_ABSENT):
        clock.pass_(minutes=5)
        (question,) = run(ledger.take_questions(5))
        run(ledger.answered_absent(question, GRACE, may_resend=True))


def a_late_refusal(id_: str) -> Ended:
    """The first call's answer, after all: the recipient has opted out."""
    ended = an_ending(id_, OutcomeKind.REJECTED)
    return replace(ended, outcome=replace(ended.outcome, failure=FailureClass.COMPLIANCE))


@pytest.mark.parametrize("is_safe_first", [True, False])
def test_a_late_refusal_is_about_the_address_that_was_called(
    ledger: Ledger, clock: Clock, is_safe_first: bool
) -> None:
    """Safe mode may be over, or have begun, when a provider says that an address has opted out."""
    id_ = planned(ledger)
    intents = [diverted(id_), an_intent(id_)] if is_safe_first else [an_intent(id_), diverted(id_)]
    run(ledger.begin_attempt(intents[0]))
    believed_absent(ledger, clock)
    assert 2 == run(ledger.begin_attempt(replace(intents[1], at=clock())))

    run(ledger.finish_attempt(a_late_refusal(id_)))

    assert [intents[0].recipient] == column(ledger, "select address from suppressions")


@pytest.mark.parametrize("is_report", [True, False])
def test_a_late_acceptance_of_a_diverted_message_stays_one(
    ledger: Ledger, clock: Clock, is_report: bool
) -> None:
    """What reached the safe-mode number alone is never shown as delivered to the person."""
    id_ = planned(ledger)
    run(ledger.begin_attempt(diverted(id_)))
    believed_absent(ledger, clock)

    if is_report:
        run(ledger.apply_report(a_report(notification_id=id_, attempt=1)))
    else:
        run(ledger.finish_attempt(an_ending(id_)))

    assert [SAFE] == column(ledger, "select diverted_to from notifications")


def test_an_opt_out_of_the_safe_number_is_its_own_reason(ledger: Ledger) -> None:
    """STOP from the safe-mode number stops the message, and is not said of the person."""
    id_ = planned(ledger)
    opted_out(ledger, SAFE)

    assert run(ledger.begin_attempt(diverted(id_))) is None

    [(status, reason, diverted_to)] = rows(
        ledger, "select status, reason, diverted_to from notifications"
    )
    assert ("suppressed", SAFE) == (status, diverted_to)
    assert str(reason).startswith("the safe-mode address cannot be used")


def test_the_right_to_send_is_for_the_channel_of_the_plan(ledger: Ledger) -> None:
    """A text that was written before the plan fell back to email gets no right to leave."""
    claimed = a_claim()
    id_ = planned(ledger, claimed=claimed)
    opted_out(ledger, PHONE)
    run(ledger.record_plans([PlanRecord(replace(claimed, tries=2), by_email())], new_id))

    assert run(ledger.begin_attempt(an_intent(id_))) is None

    assert [("email", "planned")] == rows(ledger, "select channel, status from notifications")


def test_of_two_letters_the_one_to_a_stopped_number_does_not_leave(ledger: Ledger) -> None:
    """Each of several letters of one notification is asked about by its own address."""
    id_ = planned(ledger)
    opted_out(ledger, PHONE)
    other = replace(an_intent(id_), recipient="+12125550177")

    numbers = run(ledger.write(lambda c: attempts.begin(c, [an_intent(id_), other])))

    assert numbers[0] is None
