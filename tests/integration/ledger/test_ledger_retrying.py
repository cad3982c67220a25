"""An operator's word: what is sent again, asked about first, refused or left at that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from duebell.domain.asking import BEFORE_RETRY
from duebell.domain.consent import Source
from duebell.domain.delivery import NotificationStatus, OutcomeKind, ReportedStatus
from duebell.ledger import escalating, failures, questions, retrying, suppressions
from duebell.ledger.attempts import Withheld
from duebell.ledger.ledger import Ledger
from duebell.ledger.retrying import Answer, Answered
from tests.integration.ledger.retry_scenes import (
    DANA,
    DOUBTFUL,
    LATER,
    abandon,
    parked,
    retry,
    terms,
    undelivered,
)
from tests.ledger_scenes import (
    GRACE,
    PHONE,
    START,
    Clock,
    a_report,
    accepted,
    an_ending,
    an_intent,
    claimed_signal,
    column,
    in_doubt,
    notification,
    planned,
    rows,
    run,
    sending,
    together,
    trail,
)

_S = NotificationStatus
R = ReportedStatus


def test_what_failed_is_planned_again(ledger: Ledger) -> None:
    """The flag goes and is no failure, its signal is worked on, the trail says who wanted it."""
    id_ = undelivered(ledger)

    answers = retry(ledger, id_)

    after = notification(ledger, id_)
    assert [Answered(id_, Answer.PLANNED)] == answers
    assert (_S.PLANNED, False) == (after.status, after.failed)
    assert [] == run(ledger.read(retrying.failed_ids))
    assert ["deferred"] == column(ledger, "select status from signals")
    assert [(DANA, "an operator has it sent again")] == rows(
        ledger,
        "select actor, reason from audit_records where to_status = 'planned' and actor like 'cli%'",
    )


def test_its_worth_counts_from_now(ledger: Ledger) -> None:
    """A message that failed a day ago may leave at once, and is not refused as too old."""
    id_ = undelivered(ledger)
    retry(ledger, id_)

    number = run(ledger.begin_attempt(an_intent(id_, LATER)))

    assert 2 == number


def test_two_at_once_are_one(ledger: Ledger, other: Ledger) -> None:
    """Of two who have it sent again at the same time, one is told that it waits already."""
    id_ = undelivered(ledger)

    both = together(
        ledger.write(lambda c: retrying.retry(c, [id_], terms())),
        other.write(lambda c: retrying.retry(c, [id_], terms())),
    )

    assert [Answer.PLANNED, Answer.REFUSED] == sorted(one.answer for (one,) in both)
    assert 1 == trail(ledger, id_).count(("undelivered", "planned"))


_MAKERS: dict[str, Callable[[Ledger], str]] = {
    "planned": planned,
    "sending": sending,
    "accepted": accepted,
    "delivered": accepted,
    "outcome_unknown": in_doubt,
}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("planned", "it waits to be sent already"),
        ("sending", "it is being sent"),
        ("accepted", "the provider has it"),
        ("delivered", "it was delivered"),
        ("outcome_unknown", "the provider is being asked about it already"),
    ],
)
def test_what_did_not_fail_is_refused(ledger: Ledger, status: str, reason: str) -> None:
    """What waits, is under way or has arrived is not sent again, and the reason is told."""
    id_ = _MAKERS[status](ledger)
    if status == "delivered":
        run(ledger.apply_report(a_report()))

    (answer,) = retry(ledger, id_)

    assert answer.is_refused
    assert answer.reason.startswith(reason)
    assert status == notification(ledger, id_).status


def test_nobody_is_no_notification(ledger: Ledger) -> None:
    """An id that nobody knows is refused with a sentence, and the others go on."""
    id_ = undelivered(ledger)

    nobody, known = retry(ledger, "nothing", id_)

    assert nobody.reason.startswith("there is no notification nothing; ")
    assert Answer.PLANNED == known.answer


def test_a_suppressed_one_waits_for_the_lift(ledger: Ledger) -> None:
    """While the address is suppressed it is refused, with the way out; lifted, it is sent."""
    id_ = planned(ledger, claimed=claimed_signal(ledger))
    run(
        ledger.write(
            lambda c: suppressions.suppress(
                c, "sms", PHONE, source=Source.HAND, reason="asked us", by=DANA, now=START
            )
        )
    )
    run(ledger.begin_attempt(an_intent(id_)))

    (before,) = retry(ledger, id_)
    run(ledger.write(lambda c: suppressions.lift(c, "sms", PHONE, by=DANA, now=LATER)))
    (after,) = retry(ledger, id_)

    assert before.is_refused
    assert "`duebell suppressions lift sms NUMBER` lifts that" in before.reason
    assert Answer.PLANNED == after.answer


def test_what_was_suppressed_on_purpose_is_refused(ledger: Ledger) -> None:
    """A paid invoice is no failure: its message stays suppressed, with the reason."""
    id_ = planned(ledger)
    run(ledger.withhold(Withheld(id_, "the invoice is paid", START)))

    (answer,) = retry(ledger, id_)

    assert "it was not sent on purpose: the invoice is paid" == answer.reason


# -- doubts


def test_a_parked_doubt_is_asked_about_first(ledger: Ledger, clock: Clock) -> None:
    """It stays flagged, and is sent again once its provider has nothing, whatever the policy."""
    id_ = parked(ledger, clock)

    (answer,) = retry(ledger, id_)
    asked = notification(ledger, id_)
    clock.at = LATER
    (question,) = run(ledger.take_questions(5))
    status = run(ledger.answered_absent(question, GRACE, may_resend=False))

    assert (Answer.ASKED, True, BEFORE_RETRY) == (answer.answer, asked.failed, asked.asks)
    assert _S.PLANNED == status
    assert ["absent"] == column(ledger, "select outcome from attempts")


def test_who_cannot_be_asked_decides_nothing(ledger: Ledger, clock: Clock) -> None:
    """Where nobody can be asked it stays flagged, and only the explicit word sends it."""
    id_ = parked(ledger, clock)
    clock.at = LATER
    statuses = []

    for even in (False, True):
        retry(ledger, id_, said=terms(even_if_doubtful=even))
        (question,) = run(ledger.take_questions(5))
        nobody = ledger.answered_absent(question, GRACE, may_resend=False, was_asked=False)
        statuses.append((run(nobody), notification(ledger, id_).failed))

    assert [(_S.OUTCOME_UNKNOWN, True), (_S.PLANNED, False)] == statuses


def test_a_doubtful_code_is_asked_about_first(ledger: Ledger, clock: Clock) -> None:
    """A provider that says "unknown error" is asked once more; its old word sends it again."""
    id_ = undelivered(ledger, DOUBTFUL)

    retry(ledger, id_)
    before = notification(ledger, id_).status
    again = a_report(R.UNDELIVERED, error_code=DOUBTFUL, asked=True, asks=BEFORE_RETRY)
    run(ledger.apply_report(again))

    assert (_S.UNDELIVERED, _S.PLANNED) == (before, notification(ledger, id_).status)


def test_a_better_word_is_believed(ledger: Ledger) -> None:
    """A provider that says on being asked that it has arrived keeps it from being sent again."""
    id_ = undelivered(ledger, DOUBTFUL)

    retry(ledger, id_)
    run(ledger.apply_report(a_report(R.DELIVERED, asked=True, asks=BEFORE_RETRY)))

    after = notification(ledger, id_)
    assert (_S.DELIVERED, False, None) == (after.status, after.failed, after.next_ask_at)


def test_all_that_failed_leaves_doubts_out(ledger: Ledger) -> None:
    """Who names none is not taken at their word about what may have arrived, and is told so."""
    id_ = undelivered(ledger, DOUBTFUL)

    (left,) = retry(ledger, id_, said=terms(leaves_doubtful=True))
    (asked,) = retry(ledger, id_, said=terms(leaves_doubtful=True, even_if_doubtful=True))

    assert "add --even-if-doubtful" in left.reason
    assert Answer.ASKED == asked.answer


# -- leaving it at that


def test_an_abandoned_one_is_not_flagged(ledger: Ledger) -> None:
    """It is over, with the operator's reason, and leaves the list of what failed."""
    id_ = undelivered(ledger)

    answers = abandon(ledger, id_, reason="phoned them")

    after = notification(ledger, id_)
    assert [Answered(id_, Answer.ABANDONED)] == answers
    assert (_S.ABANDONED, False, "phoned them") == (after.status, after.failed, after.reason)
    assert [] == run(ledger.read(retrying.failed_ids))


@pytest.mark.parametrize("make", [sending, accepted])
def test_what_is_out_cannot_be_abandoned(ledger: Ledger, make: Callable[[Ledger], str]) -> None:
    """What is being sent, or is with the provider, cannot be called back."""
    id_ = make(ledger)

    (answer,) = abandon(ledger, id_)

    assert answer.is_refused


def test_a_doubt_that_was_abandoned_is_a_doubt(ledger: Ledger, clock: Clock) -> None:
    """Who changes their mind about a doubt has its provider asked first, too."""
    id_ = parked(ledger, clock)
    abandon(ledger, id_)

    (answer,) = retry(ledger, id_)

    assert Answer.ASKED == answer.answer
    assert _S.OUTCOME_UNKNOWN == notification(ledger, id_).status


def test_a_certain_one_that_was_abandoned_is_planned(ledger: Ledger) -> None:
    """Who changes their mind about what provably failed has it sent."""
    id_ = undelivered(ledger)
    abandon(ledger, id_)

    (answer,) = retry(ledger, id_)

    assert Answer.PLANNED == answer.answer


def test_failures_are_found_by_day_and_status(ledger: Ledger) -> None:
    """All that failed may be narrowed to a status, and to what failed since a moment."""
    id_ = undelivered(ledger)

    def found(since: datetime | None, status: str | None) -> list[str]:
        return run(ledger.read(lambda c: retrying.failed_ids(c, since, status)))

    assert [id_] == found(START, "undelivered")
    assert [] == found(START, "rejected")
    assert [] == found(LATER, None)


def test_a_refused_message_is_certain(ledger: Ledger) -> None:
    """What its provider refused never left, so nobody is asked, whatever its code."""
    claimed = claimed_signal(ledger)
    id_ = planned(ledger, claimed=claimed)
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED)))

    (answer,) = retry(ledger, id_)

    assert Answer.PLANNED == answer.answer


# -- what is no new failure


@pytest.mark.parametrize(("is_tried", "told"), [(False, 0), (True, 1)])
def test_only_a_new_attempt_is_a_new_failure(ledger: Ledger, is_tried: bool, told: int) -> None:
    """A retry that ends unsent keeps its failure's time, and nobody is told of it again."""
    id_ = undelivered(ledger)
    since = notification(ledger, id_).failed_at
    run(ledger.write(lambda c: failures.claim_announcements(c, START, 5)))
    run(ledger.write(lambda c: escalating.escalate(c, timedelta(0), 1, LATER)))
    retry(ledger, id_)
    waiting = run(ledger.write(lambda c: failures.claim_announcements(c, LATER, 5)))

    if is_tried:
        run(ledger.begin_attempt(an_intent(id_, LATER)))
        run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED, number=2, at=LATER)))
    else:
        run(ledger.withhold(Withheld(id_, "the number is suppressed", LATER, _S.REJECTED)))

    after = notification(ledger, id_)
    announced = run(ledger.write(lambda c: failures.claim_announcements(c, LATER, 5)))
    escalated = run(ledger.write(lambda c: escalating.escalate(c, timedelta(0), 1, LATER)))
    assert (True, not is_tried) == (after.failed, since == after.failed_at)
    assert (0, told, told) == (len(waiting), len(announced), escalated)


def test_only_an_operators_question_is_awaited(ledger: Ledger, clock: Clock) -> None:
    """A doubt that is due is asked about in the next round; one that an operator retries sooner,
    and once: whoever takes the question has it.
    """
    in_doubt(ledger, "7")
    id_ = undelivered(ledger, DOUBTFUL)
    clock.at = LATER
    ours = run(ledger.read(lambda c: questions.is_awaited(c, clock())))
    retry(ledger, id_)
    awaited = run(ledger.read(lambda c: questions.is_awaited(c, clock())))

    run(ledger.take_questions(5))

    assert [False, True] == [ours, awaited]
    assert not run(ledger.read(lambda c: questions.is_awaited(c, clock())))
