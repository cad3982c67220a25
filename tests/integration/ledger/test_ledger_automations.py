"""What an automation has sent again: not at once, not for ever, not what a person gave up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from duebell.domain.delivery import NotificationStatus, ReportedStatus
from duebell.ledger.automations import MOST, SOONEST
from duebell.ledger.ledger import Ledger
from duebell.ledger.retrying import Answer
from tests.integration.ledger.retry_scenes import (
    CERTAIN,
    DOUBTFUL,
    LATER,
    abandon,
    asked,
    automatic,
    retry,
    undelivered,
)
from tests.ledger_scenes import (
    Clock,
    a_report,
    an_ending,
    an_intent,
    notification,
    rows,
    run,
)


def fail_again(ledger: Ledger, id_: str, number: int, at: datetime, code: str) -> None:
    """The next try is taken by the provider, which cannot deliver it either."""
    provider_id = f"SM{number:032d}"
    run(ledger.begin_attempt(an_intent(id_, at)))
    run(ledger.finish_attempt(an_ending(id_, number=number, provider_id=provider_id)))
    report = a_report(ReportedStatus.UNDELIVERED, provider_id=provider_id, error_code=code)
    run(ledger.apply_report(report))


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (timedelta(0), Answer.REFUSED),
        (SOONEST - timedelta(seconds=1), Answer.REFUSED),
        (SOONEST, Answer.PLANNED),
    ],
)
def test_what_failed_just_now_is_left_alone(ledger: Ledger, age: timedelta, answer: Answer) -> None:
    """An automation whose delay was lost sends nothing again in the moment in which it failed."""
    id_ = undelivered(ledger)
    failed_at = notification(ledger, id_).failed_at
    assert failed_at is not None

    (said,) = retry(ledger, id_, said=automatic(failed_at + age))

    assert answer is said.answer
    assert said.is_refused is ("less than 50 minutes ago" in said.reason)


@pytest.mark.parametrize(("code", "answer"), [(CERTAIN, "planned again"), (DOUBTFUL, "asked")])
def test_what_keeps_failing_is_left_to_a_person(
    ledger: Ledger, clock: Clock, code: str, answer: str
) -> None:
    """A message that fails each time is not sent again hour by hour; a person may do so still."""
    id_, answers = undelivered(ledger, code), []
    clock.at = LATER

    for number in range(2, MOST + 3):
        clock.pass_(hours=1)
        (said,) = retry(ledger, id_, said=automatic(clock.at))
        answers.append(said.answer)
        if said.answer is Answer.ASKED:
            run(ledger.answered_nothing_new(asked(ledger, clock)))
        if not said.is_refused:
            fail_again(ledger, id_, number, clock.at, code)
    (by_hand,) = retry(ledger, id_)

    assert [True] * MOST == [one.startswith(answer) for one in answers[:MOST]]
    assert ([Answer.REFUSED], True) == (answers[MOST:], "it needs a person" in said.reason)
    assert by_hand.answer.startswith(answer)


def test_a_question_says_whose_word_it_was(ledger: Ledger, clock: Clock) -> None:
    """Where the provider is asked first, the trail blames no operator, neither before nor after."""
    id_ = undelivered(ledger, DOUBTFUL)

    (said,) = retry(ledger, id_, said=automatic(LATER))
    question = asked(ledger, clock)
    run(ledger.answered_nothing_new(question))

    trail = rows(
        ledger,
        "select actor, reason from audit_records where action = 'status' order by id desc limit 2",
    )
    assert Answer.ASKED is said.answer
    assert [
        ("reconcile", "asked once more, its provider has no better word of it"),
        ("prefect:hourly", "an automation wants it sent again"),
    ] == trail


def test_what_a_person_gave_up_stays_so(ledger: Ledger) -> None:
    """What was abandoned before the automation's hour is over is not sent by it after all."""
    id_ = undelivered(ledger)
    abandon(ledger, id_)

    (said,) = retry(ledger, id_, said=automatic(LATER))

    assert (Answer.REFUSED, "a person has left it at that") == (said.answer, said.reason)
    assert NotificationStatus.ABANDONED is notification(ledger, id_).status


def test_the_trail_says_that_it_was_an_automation(ledger: Ledger) -> None:
    """Nobody reads of an operator where Prefect acted by itself."""
    id_ = undelivered(ledger)

    retry(ledger, id_, said=automatic(LATER))

    assert [("prefect:hourly", "an automation has it sent again")] == rows(
        ledger,
        "select actor, reason from audit_records where to_status = 'planned' "
        "and actor like 'prefect%'",
    )
