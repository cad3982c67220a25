"""Questions: asked by one process at a time, less and less often, and ended after days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from duebell.domain.asking import MOST_DOUBTFUL_ATTEMPTS, PAUSES
from duebell.domain.delivery import NotificationStatus, OutcomeKind
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.questions import Question
from tests.ledger_scenes import (
    GRACE,
    PHONE,
    START,
    WORKER,
    Clock,
    a_report,
    a_worker,
    accepted,
    an_ending,
    an_intent,
    believed_absent,
    claimed_signal,
    column,
    in_doubt,
    notification,
    planned,
    run,
    status_of,
    together,
    trail,
)

S = NotificationStatus


def take_one(ledger: Ledger) -> Question:
    """The one question that is due."""
    questions = run(ledger.take_questions(5))
    assert 1 == len(questions)
    return questions[0]


def next_question_at(ledger: Ledger, id_: str) -> datetime:
    """When a notification is asked about next."""
    due = notification(ledger, id_).next_ask_at
    assert due is not None
    return due


def doubted(ledger: Ledger, clock: Clock, id_: str, number: int) -> NotificationStatus:
    """An attempt ends in doubt, and its provider has nothing of it."""
    assert number == run(ledger.begin_attempt(an_intent(id_, clock())))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.UNKNOWN, number=number, at=clock())))
    return believed_absent(ledger, clock, id_)


def test_a_question_says_what_to_ask(ledger: Ledger, clock: Clock) -> None:
    """An accepted message is asked about by the provider's id, with what else is known of it."""
    id_ = accepted(ledger)
    clock.pass_(seconds=30)

    question = take_one(ledger)

    expected = Question(
        id_, S.ACCEPTED, 1, "sms", "twilio", "SM1", PHONE, "Your invoice INV-1 is here.", START, 0
    )
    assert expected == question


def test_a_doubt_is_asked_about_without_an_id(ledger: Ledger, clock: Clock) -> None:
    """A message whose acceptance is in doubt has no id, and is looked for by address and text."""
    in_doubt(ledger)
    clock.pass_(seconds=60)

    question = take_one(ledger)

    assert (S.OUTCOME_UNKNOWN, None) == (question.status, question.provider_id)


def test_nothing_is_asked_before_its_time(ledger: Ledger, clock: Clock) -> None:
    """An accepted message is given a moment for its callback."""
    accepted(ledger)
    clock.pass_(seconds=29)

    assert [] == run(ledger.take_questions(5))


def test_a_question_is_taken_once_by_concurrent_askers(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """Processes that ask at the same time share the questions out."""
    ids = [accepted(ledger, str(number), f"SM{number}") for number in range(20)]
    clock.pass_(seconds=30)

    taken = together(*(process.take_questions(3) for process in (ledger, other) * 10))

    asked = [question.notification_id for questions in taken for question in questions]
    assert sorted(ids) == sorted(asked)


def test_a_question_whose_asker_died_is_asked_again(ledger: Ledger, clock: Clock) -> None:
    """A question that was taken and never answered comes up again after a minute."""
    accepted(ledger)
    clock.pass_(seconds=30)
    take_one(ledger)

    clock.pass_(seconds=59)
    early = run(ledger.take_questions(5))
    clock.pass_(seconds=1)
    late = run(ledger.take_questions(5))

    assert (0, 1) == (len(early), len(late))


def test_an_accepted_message_is_asked_about_less_and_less(ledger: Ledger, clock: Clock) -> None:
    """The pauses between questions grow as the table says."""
    id_ = accepted(ledger)
    pauses = []

    for _ in range(6):
        due = notification(ledger, id_).next_ask_at
        assert due is not None
        pauses.append(due - clock())
        clock.at = due
        run(ledger.answered_nothing_new(take_one(ledger)))

    assert list(PAUSES) == pauses


def test_a_message_without_a_last_word_is_unconfirmed_after_days(
    ledger: Ledger, clock: Clock
) -> None:
    """After 72 hours nothing more is expected, asked or flagged."""
    id_ = accepted(ledger)
    clock.pass_(hours=71, minutes=59)
    still = run(ledger.answered_nothing_new(take_one(ledger)))
    due = notification(ledger, id_).next_ask_at
    assert due is not None
    clock.at = due

    given_up = run(ledger.answered_nothing_new(take_one(ledger)))

    after = notification(ledger, id_)
    assert (S.ACCEPTED, S.UNCONFIRMED) == (still, given_up)
    assert (None, False) == (after.next_ask_at, after.failed)


def test_an_unconfirmed_message_may_still_arrive(ledger: Ledger, clock: Clock) -> None:
    """A report that comes after we gave up counts."""
    id_ = accepted(ledger)
    clock.pass_(hours=72)
    run(ledger.answered_nothing_new(take_one(ledger)))

    run(ledger.apply_report(a_report()))

    assert S.DELIVERED is status_of(ledger, id_)


def test_one_absence_is_not_believed(ledger: Ledger, clock: Clock) -> None:
    """A provider that has nothing is asked again, after a longer pause, before anything is done."""
    id_ = in_doubt(ledger)
    clock.pass_(seconds=60)

    told = run(ledger.answered_absent(take_one(ledger), GRACE, may_resend=True))

    after = notification(ledger, id_)
    assert (S.OUTCOME_UNKNOWN, clock() + 2 * GRACE) == (told, after.next_ask_at)
    assert None is run(ledger.begin_attempt(an_intent(id_, clock())))


@pytest.mark.parametrize(
    ("was_asked", "why"),
    [
        (True, "asked once: the provider has nothing of it"),
        (False, "SendGrid is silent; Duebell waits for its report, and then it is yours to decide"),
    ],
)
def test_a_first_look_is_told_as_what_it_was(
    ledger: Ledger, clock: Clock, was_asked: bool, why: str
) -> None:
    """A provider was asked once; of one that cannot be asked it is said who decides, and when."""
    in_doubt(ledger)
    clock.pass_(seconds=60)
    nothing = "" if was_asked else "SendGrid is silent"

    answered = ledger.answered_absent(
        take_one(ledger), GRACE, may_resend=False, was_asked=was_asked, nothing=nothing
    )
    run(answered)

    assert why == column(ledger, "select reason from audit_records order by id")[-1]


def test_three_absences_plan_the_message_again(ledger: Ledger, clock: Clock) -> None:
    """What the provider three times has nothing of may be sent again, as a second attempt."""
    claimed = claimed_signal(ledger)
    id_ = in_doubt(ledger, claimed=claimed)
    run(ledger.end_signals([Ending(claimed.id, "in doubt", clock())]))
    pauses = []
    for _ in range(3):
        asked_before, clock.at = clock.at, next_question_at(ledger, id_)
        pauses.append(clock.at - asked_before)
        told = run(ledger.answered_absent(take_one(ledger), GRACE, may_resend=True))

    reopened = run(ledger.claim(WORKER, "b2", 5))

    assert (S.PLANNED, [claimed.id]) == (told, [one.id for one in reopened])
    assert [GRACE, 2 * GRACE, 4 * GRACE] == pauses
    assert ["absent"] == column(ledger, "select outcome from attempts")
    assert 2 == run(ledger.begin_attempt(an_intent(id_, clock())))


def test_a_message_that_proves_never_sent_does_not_wait_for_what_its_signal_waits_for(
    ledger: Ledger, clock: Clock
) -> None:
    """A signal that was put off for the night is worked on as soon as its message is to be sent."""
    claimed = claimed_signal(ledger)
    id_ = in_doubt(ledger, claimed=claimed)
    morning = clock() + timedelta(hours=12)
    run(ledger.end_signals([Ending(claimed.id, "it is night", clock(), morning)]))

    believed_absent(ledger, clock, id_)

    run(ledger.beat(a_worker()))
    assert [claimed.id] == [one.id for one in run(ledger.claim(WORKER, "b2", 5))]


def test_three_absences_park_the_message_where_nothing_is_sent_again(
    ledger: Ledger, clock: Clock
) -> None:
    """Under the other policy it stays in doubt, flagged, for an operator, and is asked no more."""
    id_ = in_doubt(ledger)
    told = believed_absent(ledger, clock, id_, may_resend=False)

    after = notification(ledger, id_)
    assert (S.OUTCOME_UNKNOWN, True, None) == (told, after.failed, after.next_ask_at)
    assert None is run(ledger.begin_attempt(an_intent(id_, clock())))


def test_a_parked_message_that_arrives_is_not_flagged(ledger: Ledger, clock: Clock) -> None:
    """A report clears the flag of what was parked."""
    id_ = in_doubt(ledger)
    believed_absent(ledger, clock, id_, may_resend=False)

    run(ledger.apply_report(a_report(notification_id=id_, attempt=1)))

    after = notification(ledger, id_)
    assert (S.DELIVERED, False) == (after.status, after.failed)


def test_absence_does_not_undo_what_a_report_proved(ledger: Ledger, clock: Clock) -> None:
    """An answer that a callback overtook changes nothing."""
    id_ = in_doubt(ledger)
    clock.pass_(seconds=60)
    question = take_one(ledger)
    run(ledger.apply_report(a_report(notification_id=id_, attempt=1)))

    told = [run(ledger.answered_absent(question, GRACE, may_resend=True)) for _ in range(2)]

    assert [S.DELIVERED, S.DELIVERED] == told


def test_an_answer_about_an_older_attempt_changes_nothing(ledger: Ledger, clock: Clock) -> None:
    """A slow answer about the first attempt does not count against the second."""
    id_ = in_doubt(ledger)
    clock.pass_(seconds=60)
    question = take_one(ledger)
    for asks in range(3):
        run(ledger.answered_absent(replace(question, asks=asks), GRACE, may_resend=True))
    run(ledger.begin_attempt(an_intent(id_, clock())))

    told = run(ledger.answered_absent(question, GRACE, may_resend=True))

    assert S.SENDING is told


def test_an_accepted_message_that_the_provider_lost_is_unconfirmed_in_the_end(
    ledger: Ledger, clock: Clock
) -> None:
    """A message that was accepted is never sent again, even where the provider forgot it."""
    id_ = accepted(ledger)
    clock.pass_(seconds=30)
    early = run(ledger.answered_absent(take_one(ledger), GRACE, may_resend=True))
    clock.pass_(hours=72)

    late = run(ledger.answered_absent(take_one(ledger), GRACE, may_resend=True))

    assert (S.ACCEPTED, S.UNCONFIRMED) == (early, late)
    assert None is notification(ledger, id_).next_ask_at


def test_refusals_before_a_doubt_are_no_doubts(ledger: Ledger, clock: Clock) -> None:
    """A message that the provider was too busy for several times is sent again after its first
    doubt, as any other.
    """
    id_ = planned(ledger)
    for number in range(1, MOST_DOUBTFUL_ATTEMPTS):
        assert number == run(ledger.begin_attempt(an_intent(id_)))
        run(ledger.finish_attempt(an_ending(id_, OutcomeKind.NOT_SENT, number=number)))

    told = doubted(ledger, clock, id_, MOST_DOUBTFUL_ATTEMPTS)

    assert (S.PLANNED, False) == (told, notification(ledger, id_).failed)


def test_a_person_decides_after_so_many_doubts(ledger: Ledger, clock: Clock) -> None:
    """A message of which each attempt left a doubt is sent again a few times, and then parked."""
    id_ = planned(ledger)

    told = [doubted(ledger, clock, id_, number + 1) for number in range(MOST_DOUBTFUL_ATTEMPTS)]

    assert [S.PLANNED] * (MOST_DOUBTFUL_ATTEMPTS - 1) + [S.OUTCOME_UNKNOWN] == told
    after = notification(ledger, id_)
    assert (True, None) == (after.failed, after.next_ask_at)


def test_each_absence_is_in_the_trail(ledger: Ledger, clock: Clock) -> None:
    """That the provider was asked and had nothing is on record each time."""
    id_ = in_doubt(ledger)

    believed_absent(ledger, clock, id_)

    unknown = S.OUTCOME_UNKNOWN
    assert [(unknown, unknown), (unknown, unknown), (unknown, S.PLANNED)] == trail(ledger, id_)[-3:]


def test_bound_ids_are_known(ledger: Ledger) -> None:
    """Of the ids a provider lists, those that belong to an attempt are told apart."""
    accepted(ledger, "1", "SM1")
    accepted(ledger, "2", "SM2")

    assert {"SM1"} == run(ledger.bound_ids(["SM1", "SM9"]))


def test_what_nobody_will_send_is_brought_out_again(ledger: Ledger, clock: Clock) -> None:
    """A planned notification whose signal was ended is worked on again after a while."""
    claimed = claimed_signal(ledger)
    planned(ledger, claimed=claimed)
    run(ledger.end_signals([Ending(claimed.id, "told", clock())]))
    clock.pass_(minutes=14)
    early = run(ledger.reopen_stranded())
    clock.pass_(minutes=1)

    late = run(ledger.reopen_stranded())

    run(ledger.beat(a_worker()))
    assert (0, 1) == (early, late)
    assert [claimed.id] == [one.id for one in run(ledger.claim(WORKER, "b2", 5))]


def test_what_waits_for_its_time_or_its_run_is_not_stranded(ledger: Ledger, clock: Clock) -> None:
    """Notifications of open signals, and those not yet due, are left alone."""
    open_signal = claimed_signal(ledger, "1")
    planned(ledger, claimed=open_signal)
    clock.pass_(hours=1)

    reopened = run(ledger.reopen_stranded())

    assert (0, timedelta(hours=1)) == (reopened, clock() - START)


def test_what_was_looked_at_a_moment_ago_is_not_stranded(ledger: Ledger, clock: Clock) -> None:
    """A message that is held, whose signal was worked on and ended again, is left for a while.

    Otherwise the invoice of one that became a draft again would be looked at in every round.
    """
    claimed = claimed_signal(ledger)
    planned(ledger, claimed=claimed)
    run(ledger.end_signals([Ending(claimed.id, "held", clock())]))
    reopened = []

    for _ in range(3):
        clock.pass_(minutes=16)
        reopened.append(run(ledger.reopen_stranded()))
        run(ledger.beat(a_worker()))
        run(ledger.claim(WORKER, "b2", 5))
        run(ledger.end_signals([Ending(claimed.id, "held", clock())]))
        clock.pass_(minutes=2)
        reopened.append(run(ledger.reopen_stranded()))

    assert [1, 0, 1, 0, 1, 0] == reopened


def test_two_answers_to_one_question_are_one_answer(ledger: Ledger, clock: Clock) -> None:
    """Askers that overlap do not make "asked again and again" out of one moment."""
    in_doubt(ledger)
    clock.pass_(seconds=60)
    question = take_one(ledger)

    first = run(ledger.answered_absent(question, GRACE, may_resend=True))
    second = run(ledger.answered_absent(question, GRACE, may_resend=True))

    assert (S.OUTCOME_UNKNOWN, S.OUTCOME_UNKNOWN) == (first, second)
