"""What does not count as an answer: it came late, to another question, or proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Table, delete

from duebell.domain.asking import BEFORE_RETRY
from duebell.domain.delivery import NotificationStatus, OutcomeKind, ReportedStatus
from duebell.domain.rules import Channel
from duebell.ledger import erasing
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.ledger import Ledger
from duebell.ledger.retrying import Answer
from duebell.ledger.stranded import FORGOTTEN
from tests.integration.ledger.retry_scenes import (
    CERTAIN,
    DOUBTFUL,
    LATER,
    abandon,
    asked,
    parked,
    retry,
    taken,
    terms,
    undelivered,
)
from tests.ledger_scenes import (
    GRACE,
    RULE,
    START,
    Clock,
    a_plan,
    a_record,
    a_report,
    an_ending,
    an_intent,
    believed_absent,
    claimed_signal,
    column,
    in_doubt,
    new_id,
    notification,
    run,
    status_of,
    trail,
)

S = NotificationStatus
R = ReportedStatus
BY_EMAIL = replace(RULE, channel=Channel.EMAIL)


def remove(ledger: Ledger, table: Table) -> None:
    """Empty a table, as retention might."""

    def empty(connection: Connection) -> None:
        connection.execute(delete(table))

    run(ledger.write(empty))


def an_email_in_doubt(ledger: Ledger) -> str:
    """An email whose call ended without an answer."""
    record = a_record(claimed_signal(ledger), a_plan(rule=BY_EMAIL))
    (known,) = run(ledger.record_plans([record], new_id)).known.values()
    intent = replace(an_intent(known.id), channel="email", provider="twilio-email")
    run(ledger.begin_attempt(replace(intent, recipient="ann@acme.example")))
    run(ledger.finish_attempt(an_ending(known.id, OutcomeKind.UNKNOWN)))
    return known.id


# -- what an operator has left at that


def test_no_answer_sends_what_was_abandoned(ledger: Ledger, clock: Clock) -> None:
    """An operator who changes their mind while the provider is asked has the last word."""
    id_ = parked(ledger, clock)
    retry(ledger, id_)
    question = asked(ledger, clock)
    abandon(ledger, id_)

    told = run(ledger.answered_absent(question, GRACE, may_resend=True))

    assert S.ABANDONED is told
    assert (S.OUTCOME_UNKNOWN, S.ABANDONED) == trail(ledger, id_)[-1]
    assert None is run(ledger.begin_attempt(an_intent(id_, LATER)))


@pytest.mark.parametrize("words", [(R.UNDELIVERED,), (R.SENT, R.UNDELIVERED), (R.OTHER,)])
def test_no_late_report_flags_what_was_abandoned(
    ledger: Ledger, clock: Clock, words: tuple[ReportedStatus, ...]
) -> None:
    """Whatever is heard of it but its arrival, it is neither flagged nor sent once more."""
    id_ = parked(ledger, clock)
    abandon(ledger, id_, reason="phoned them")

    for word in words:
        run(ledger.apply_report(a_report(word, notification_id=id_, attempt=1, error_code="30003")))

    after = notification(ledger, id_)
    assert (S.ABANDONED, False, "phoned them") == (after.status, after.failed, after.reason)


def test_what_was_abandoned_may_have_arrived(ledger: Ledger, clock: Clock) -> None:
    """A report of its arrival says what became of it."""
    id_ = parked(ledger, clock)
    abandon(ledger, id_)

    run(ledger.apply_report(a_report(notification_id=id_, attempt=1)))

    assert S.DELIVERED is status_of(ledger, id_)


def test_a_late_acceptance_leaves_it_at_that(ledger: Ledger, clock: Clock) -> None:
    """The answer to a call that was given up is on record, for whoever changes their mind."""
    id_ = parked(ledger, clock)
    abandon(ledger, id_)

    told = run(ledger.finish_attempt(an_ending(id_, at=LATER)))
    (answer,) = retry(ledger, id_)

    assert S.ABANDONED is told
    assert (Answer.ASKED, "SM1") == (answer.answer, asked(ledger, clock).provider_id)


# -- answers to other questions


def test_an_answer_from_before_is_not_the_last_word(ledger: Ledger, clock: Clock) -> None:
    """What the provider said before an operator's word does not stand for what it is asked now."""
    id_ = undelivered(ledger, DOUBTFUL)
    retry(ledger, id_)

    run(ledger.apply_report(a_report(R.SENT, notification_id=id_, attempt=1, asked=True)))

    after = notification(ledger, id_)
    assert (S.UNDELIVERED, BEFORE_RETRY, LATER) == (after.status, after.asks, after.next_ask_at)


def test_an_answer_about_the_first_attempt_ends_no_second(ledger: Ledger, clock: Clock) -> None:
    """A message that was sent again days later is not given up by a question about the first."""
    id_ = taken(ledger)
    clock.pass_(minutes=1)
    (question,) = run(ledger.take_questions(5))
    run(ledger.apply_report(a_report(R.UNDELIVERED, error_code=CERTAIN)))
    retry(ledger, id_)
    assert 2 == run(ledger.begin_attempt(an_intent(id_, LATER)))
    run(ledger.finish_attempt(an_ending(id_, number=2, provider_id="SM2", at=LATER)))
    clock.at = START + timedelta(days=4)

    told = run(ledger.answered_nothing_new(question))

    assert S.ACCEPTED is told
    assert notification(ledger, id_).next_ask_at is not None


# -- answers that prove nothing


def test_a_forgotten_email_is_left_to_a_person(ledger: Ledger, clock: Clock) -> None:
    """After its days the provider has nothing of any email: it is not sent again for that."""
    id_ = an_email_in_doubt(ledger)
    clock.pass_(days=6)

    told = believed_absent(ledger, clock, id_, may_resend=True)

    after = notification(ledger, id_)
    assert (S.OUTCOME_UNKNOWN, True, None) == (told, after.failed, after.next_ask_at)
    assert "it is too late to find out whether it was taken" in (after.reason or "")


def test_a_young_email_is_sent_again(ledger: Ledger, clock: Clock) -> None:
    """While the provider would still have it, three empty answers are proof."""
    id_ = an_email_in_doubt(ledger)

    assert S.PLANNED is believed_absent(ledger, clock, id_, may_resend=True)


def test_only_the_explicit_word_sends_a_forgotten_email(ledger: Ledger, clock: Clock) -> None:
    """One empty answer is no proof to an operator either, unless they want it sent all the same."""
    id_ = an_email_in_doubt(ledger)
    believed_absent(ledger, clock, id_, may_resend=False)
    clock.at = START + timedelta(days=6)
    statuses = []

    for even in (False, True):
        retry(ledger, id_, said=terms(even_if_doubtful=even))
        question = asked(ledger, clock)
        statuses.append(run(ledger.answered_absent(question, GRACE, may_resend=True)))

    assert [S.OUTCOME_UNKNOWN, S.PLANNED] == statuses


def test_nobody_finds_what_was_erased(ledger: Ledger, clock: Clock) -> None:
    """Without number and text a message is found by nobody: that nothing was found says nothing."""
    id_ = parked(ledger, clock)
    run(ledger.write(lambda c: erasing.erase_texts(c, [id_])))
    retry(ledger, id_)

    told = run(ledger.answered_absent(asked(ledger, clock), GRACE, may_resend=True))

    after = notification(ledger, id_)
    assert (S.OUTCOME_UNKNOWN, True, None) == (told, after.failed, after.next_ask_at)
    assert "--even-if-doubtful" in (after.reason or "")


def test_a_doubt_resolved_too_late_is_flagged(ledger: Ledger, clock: Clock) -> None:
    """What proves never sent when it is not worth sending any more is left to a person."""
    id_ = in_doubt(ledger)
    clock.pass_(hours=24)

    told = believed_absent(ledger, clock, id_)

    after = notification(ledger, id_)
    assert (S.REJECTED, True, ["absent"]) == (
        told,
        after.failed,
        column(ledger, "select outcome from attempts"),
    )


def test_a_worker_that_comes_too_late_sends_nothing(ledger: Ledger, clock: Clock) -> None:
    """What was planned again after a doubt, and met no worker for a day, is flagged instead."""
    id_ = in_doubt(ledger)
    believed_absent(ledger, clock, id_)
    clock.pass_(hours=24)

    number = run(ledger.begin_attempt(an_intent(id_, clock())))

    after = notification(ledger, id_)
    assert (None, S.REJECTED, True) == (number, after.status, after.failed)
    assert "it could not be sent while it was worth it" in (after.reason or "")


# -- what retention has removed


def test_what_nobody_remembers_is_refused(ledger: Ledger) -> None:
    """Without its signal it would be planned for ever: it stays flagged, and that is said."""
    id_ = undelivered(ledger)
    remove(ledger, SIGNALS)

    (answer,) = retry(ledger, id_)

    assert FORGOTTEN == answer.reason
    assert notification(ledger, id_).failed


def test_what_nobody_will_send_is_flagged(ledger: Ledger, clock: Clock) -> None:
    """A planned message whose signal was removed does not wait for ever without a word."""
    id_ = undelivered(ledger)
    retry(ledger, id_)
    remove(ledger, SIGNALS)
    clock.at = LATER + timedelta(minutes=14)
    early = run(ledger.flag_forgotten())
    clock.at = LATER + timedelta(minutes=15)

    late = run(ledger.flag_forgotten())

    after = notification(ledger, id_)
    assert (0, 1) == (early, late)
    assert (S.REJECTED, True, FORGOTTEN) == (after.status, after.failed, after.reason)


def test_what_has_its_signal_is_not_flagged(ledger: Ledger, clock: Clock) -> None:
    """A planned message that somebody looks at, however late, is left alone."""
    id_ = undelivered(ledger)
    retry(ledger, id_)
    clock.at = LATER + timedelta(hours=1)

    count = run(ledger.flag_forgotten())

    assert (0, S.PLANNED) == (count, status_of(ledger, id_))


def test_nobody_can_be_asked_without_an_attempt(ledger: Ledger, clock: Clock) -> None:
    """A doubt whose attempt is gone is asked about by nobody; the explicit word sends it."""
    id_ = parked(ledger, clock)
    abandon(ledger, id_)
    remove(ledger, ATTEMPTS)

    (refused,) = retry(ledger, id_)
    (planned,) = retry(ledger, id_, said=terms(even_if_doubtful=True))

    assert "nobody can be asked any more whether it arrived" in refused.reason
    assert (Answer.PLANNED, S.PLANNED) == (planned.answer, status_of(ledger, id_))
