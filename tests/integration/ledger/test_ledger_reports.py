"""Reports: repeated, overtaking, contradictory and foreign ones leave the truth behind."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from duebell.domain.delivery import FINAL, NotificationStatus, ReportedStatus
from duebell.ledger.ledger import Ledger
from duebell.ledger.reports import ReportResult
from tests.ledger_scenes import (
    GRACE,
    Clock,
    a_report,
    accepted,
    an_ending,
    column,
    in_doubt,
    notification,
    planned,
    resent,
    rows,
    run,
    sending,
    status_of,
    together,
    trail,
)

S = NotificationStatus
R = ReportedStatus
ORDERS = [
    order
    for length in (3, 4)
    for order in itertools.product((R.QUEUED, R.SENT, R.DELIVERED), repeat=length)
    if {R.QUEUED, R.SENT, R.DELIVERED} == set(order)
]


def test_every_order_of_reports_ends_delivered(ledger: Ledger) -> None:
    """Queued, sent and delivered, in any order and repeated, come to delivered in one step each."""
    ids = [accepted(ledger, str(number), f"SM{number}") for number in range(len(ORDERS))]

    for number, order in enumerate(ORDERS):
        for status in order:
            run(ledger.apply_report(a_report(status, provider_id=f"SM{number}")))

    assert 42 == len(ORDERS)
    assert [S.DELIVERED] * len(ids) == column(ledger, "select status from notifications")
    assert all(len(trail(ledger, id_)) == 4 for id_ in ids[:5])


@pytest.mark.parametrize("order", ORDERS[:6])
def test_orders_within_one_commit_end_delivered_too(
    ledger: Ledger, order: tuple[ReportedStatus, ...]
) -> None:
    """Reports that come at the same moment are applied one after the other."""
    id_ = accepted(ledger)

    together(*(ledger.apply_report(a_report(status)) for status in order))

    assert S.DELIVERED is status_of(ledger, id_)


@pytest.mark.parametrize("order", ORDERS[:6])
def test_reports_may_overtake_our_own_write(
    ledger: Ledger, order: tuple[ReportedStatus, ...]
) -> None:
    """Callbacks that come before the call's answer find their notification by our id."""
    id_ = sending(ledger)
    for status in order:
        run(ledger.apply_report(a_report(status, notification_id=id_, attempt=1)))

    told = run(ledger.finish_attempt(an_ending(id_)))

    assert (S.DELIVERED, ["SM1"]) == (told, column(ledger, "select provider_id from attempts"))


def test_reports_of_two_processes_at_once(ledger: Ledger, other: Ledger) -> None:
    """Reports that several processes hear at the same time leave one row each and one truth."""
    ids = [accepted(ledger, str(number), f"SM{number}") for number in range(15)]
    steps = [
        process.apply_report(a_report(status, provider_id=f"SM{number}"))
        for process, numbers in ((ledger, range(15)), (other, reversed(range(15))))
        for number in numbers
        for status in (R.DELIVERED, R.SENT)
    ]

    results = together(*steps)

    assert 15 == results.count(ReportResult.APPLIED)
    assert [S.DELIVERED] * 15 == [status_of(ledger, id_) for id_ in ids]
    assert [30] == column(ledger, "select count(*) from delivery_reports")


def test_a_report_races_with_our_own_write(ledger: Ledger, other: Ledger) -> None:
    """The answer of the call and its callback, written at the same time, come to the same end."""
    ids = [sending(ledger, str(number)) for number in range(15)]

    together(
        *(ledger.finish_attempt(an_ending(id_, provider_id=f"SM-{id_}")) for id_ in ids),
        *(
            other.apply_report(a_report(provider_id=f"SM-{id_}", notification_id=id_, attempt=1))
            for id_ in reversed(ids)
        ),
    )

    assert [S.DELIVERED] * 15 == [status_of(ledger, id_) for id_ in ids]


def test_a_repeated_report_is_recognised(ledger: Ledger) -> None:
    """The very same word is recorded once and changes nothing the second time."""
    accepted(ledger)

    results = [run(ledger.apply_report(a_report())) for _ in range(2)]

    assert [ReportResult.APPLIED, ReportResult.REPEATED] == results
    assert [1] == column(ledger, "select count(*) from delivery_reports")


def test_a_late_report_is_no_news(ledger: Ledger) -> None:
    """A report of less than what is known is recorded and changes nothing."""
    id_ = accepted(ledger)
    run(ledger.apply_report(a_report()))

    result = run(ledger.apply_report(a_report(R.SENT)))

    assert (ReportResult.NO_NEWS, S.DELIVERED) == (result, status_of(ledger, id_))


def test_a_report_about_nothing_of_ours_is_recorded(ledger: Ledger) -> None:
    """A report that belongs to no attempt is kept, changes nothing, and is told so."""
    id_ = accepted(ledger)

    result = run(ledger.apply_report(a_report(provider_id="SM-other")))

    assert (ReportResult.UNKNOWN_MESSAGE, S.ACCEPTED) == (result, status_of(ledger, id_))
    assert [("SM-other", None, False)] == rows(
        ledger, "select provider_id, notification_id, applied from delivery_reports"
    )


@pytest.mark.parametrize("attempt", [1, 2, None])
def test_a_report_about_an_attempt_that_never_was_changes_nothing(
    ledger: Ledger, attempt: int | None
) -> None:
    """A notification that was not begun is not moved by a report that names it."""
    id_ = planned(ledger)

    result = run(ledger.apply_report(a_report(notification_id=id_, attempt=attempt)))

    assert (ReportResult.UNKNOWN_MESSAGE, S.PLANNED) == (result, status_of(ledger, id_))


def test_an_attempt_has_one_provider_id(ledger: Ledger) -> None:
    """A report that names our attempt but another message of the provider is not believed."""
    id_ = accepted(ledger)

    result = run(ledger.apply_report(a_report(provider_id="SM9", notification_id=id_, attempt=1)))

    assert (ReportResult.UNKNOWN_MESSAGE, S.ACCEPTED) == (result, status_of(ledger, id_))
    assert ["SM1"] == column(ledger, "select provider_id from attempts")


def test_a_provider_id_has_one_attempt(ledger: Ledger) -> None:
    """An id that belongs to one attempt speaks of that one, whichever our own id it comes with."""
    first, second = accepted(ledger, "1", "SM1"), sending(ledger, "2")

    run(ledger.apply_report(a_report(notification_id=second, attempt=1)))

    assert (S.DELIVERED, S.SENDING) == (status_of(ledger, first), status_of(ledger, second))


def test_an_id_that_two_attempts_claim_at_once_goes_to_one(ledger: Ledger) -> None:
    """Of two reports of one commit that bind the same id to two attempts, one binds it."""
    first, second = sending(ledger, "1"), sending(ledger, "2")

    together(
        ledger.apply_report(a_report(notification_id=first, attempt=1)),
        ledger.apply_report(a_report(R.SENT, notification_id=second, attempt=1)),
    )

    assert ["SM1"] == column(
        ledger, "select provider_id from attempts where provider_id is not null"
    )
    assert (S.DELIVERED, S.SENDING) == (status_of(ledger, first), status_of(ledger, second))


@pytest.mark.parametrize(
    ("first", "second"), [(R.DELIVERED, R.UNDELIVERED), (R.UNDELIVERED, R.DELIVERED)]
)
def test_contradictory_last_words_must_be_asked_about(
    ledger: Ledger, clock: Clock, first: ReportedStatus, second: ReportedStatus
) -> None:
    """Two different final reports leave the first standing and a question to the provider."""
    id_ = accepted(ledger)
    run(ledger.apply_report(a_report(first)))

    run(ledger.apply_report(a_report(second)))

    questions = run(ledger.take_questions(5))
    assert (first.value, [id_]) == (
        status_of(ledger, id_).value,
        [question.notification_id for question in questions],
    )


@pytest.mark.parametrize("answer", [R.DELIVERED, R.UNDELIVERED])
def test_an_asked_answer_settles_a_contradiction(
    ledger: Ledger, clock: Clock, answer: ReportedStatus
) -> None:
    """What the provider answers decides, and it is not asked again."""
    id_ = accepted(ledger)
    run(ledger.apply_report(a_report(R.DELIVERED)))
    run(ledger.apply_report(a_report(R.UNDELIVERED)))
    run(ledger.take_questions(5))

    run(ledger.apply_report(a_report(answer, asked=True)))

    clock.pass_(days=30)
    assert answer.value == status_of(ledger, id_).value
    assert [] == run(ledger.take_questions(5))


def test_an_answer_counts_although_the_callback_said_it_before(ledger: Ledger) -> None:
    """A repeated word is applied when it is the answer to a question."""
    id_ = accepted(ledger)
    run(ledger.apply_report(a_report(R.UNDELIVERED)))
    run(ledger.apply_report(a_report(R.DELIVERED)))

    result = run(ledger.apply_report(a_report(R.DELIVERED, asked=True)))

    assert (ReportResult.APPLIED, S.DELIVERED) == (result, status_of(ledger, id_))


def test_an_unknown_word_is_asked_about(ledger: Ledger, clock: Clock) -> None:
    """A status that we do not know moves nothing and is asked about at once."""
    id_ = accepted(ledger)

    run(ledger.apply_report(a_report(R.OTHER)))

    assert (S.ACCEPTED, clock()) == (
        status_of(ledger, id_),
        notification(ledger, id_).next_ask_at,
    )


def test_a_report_ends_a_doubt(ledger: Ledger, clock: Clock) -> None:
    """A callback with our id proves that the provider has what was in doubt."""
    id_ = in_doubt(ledger)

    run(ledger.apply_report(a_report(R.SENT, notification_id=id_, attempt=1)))

    after = notification(ledger, id_)
    assert (S.ACCEPTED, "SM1") == (after.status, after.provider_id)
    assert clock() + timedelta(seconds=30) == after.next_ask_at


def test_a_final_report_ends_the_questions(ledger: Ledger, clock: Clock) -> None:
    """Nothing is asked about a notification whose last word is known."""
    id_ = accepted(ledger)

    run(ledger.apply_report(a_report()))

    clock.pass_(days=30)
    assert None is notification(ledger, id_).next_ask_at
    assert [] == run(ledger.take_questions(5))


@pytest.mark.parametrize("status", list(R))
def test_only_what_did_not_arrive_is_flagged(ledger: Ledger, status: ReportedStatus) -> None:
    """The failed flag stands exactly where a report says that the message did not arrive."""
    id_ = accepted(ledger)

    run(ledger.apply_report(a_report(status)))

    assert (status is R.UNDELIVERED) is notification(ledger, id_).failed


def test_a_failure_keeps_its_code_and_its_reason(ledger: Ledger) -> None:
    """What the provider says of a failure is on the notification."""
    id_ = accepted(ledger)

    run(ledger.apply_report(a_report(R.UNDELIVERED, error_code="30003")))

    after = notification(ledger, id_)
    assert ("30003", "error 30003", True) == (after.error_code, after.reason, after.failed)


def test_an_older_attempts_failure_is_ignored(ledger: Ledger, clock: Clock) -> None:
    """That the first attempt did not arrive says nothing about the second."""
    id_ = resent(ledger, clock)

    result = run(ledger.apply_report(a_report(R.UNDELIVERED, provider_id="SM1")))

    assert (ReportResult.NO_NEWS, S.ACCEPTED) == (result, status_of(ledger, id_))


def test_an_older_attempts_delivery_counts(ledger: Ledger, clock: Clock) -> None:
    """A message that arrived has arrived, through whichever attempt."""
    id_ = resent(ledger, clock)

    run(ledger.apply_report(a_report(provider_id="SM1")))

    assert S.DELIVERED is status_of(ledger, id_)


@pytest.mark.parametrize("is_delivery_first", [True, False])
def test_an_older_attempts_delivery_stands_against_the_newer_ones_failure(
    ledger: Ledger, clock: Clock, is_delivery_first: bool
) -> None:
    """One attempt that arrived and one that did not are delivered, in either order, unasked."""
    id_ = resent(ledger, clock)
    reports = [a_report(provider_id="SM1"), a_report(R.UNDELIVERED, provider_id="SM2")]

    for report in reports if is_delivery_first else reversed(reports):
        run(ledger.apply_report(report))

    after = notification(ledger, id_)
    assert (S.DELIVERED, False, None) == (after.status, after.failed, after.next_ask_at)


def test_every_final_status_ends_its_questions(ledger: Ledger, clock: Clock) -> None:
    """Whatever answer comes to a question about a final notification, it was the last question."""
    ids = [accepted(ledger, str(number), f"SM{number}") for number in range(len(R))]
    for number, answer in enumerate(R):
        sid = f"SM{number}"
        run(ledger.apply_report(a_report(R.DELIVERED, provider_id=sid)))
        run(ledger.apply_report(a_report(R.UNDELIVERED, provider_id=sid)))
        run(ledger.apply_report(a_report(answer, provider_id=sid, asked=True)))

    clock.pass_(days=30)
    assert {status_of(ledger, id_) for id_ in ids} <= FINAL
    assert [] == run(ledger.take_questions(10))


def test_a_message_lost_at_the_provider_ends_a_contradiction(ledger: Ledger, clock: Clock) -> None:
    """A contradiction that the provider cannot settle any more is not asked about for ever."""
    id_ = accepted(ledger)
    run(ledger.apply_report(a_report(R.DELIVERED)))
    run(ledger.apply_report(a_report(R.UNDELIVERED)))
    question = run(ledger.take_questions(1))[0]

    told = run(ledger.answered_absent(question, GRACE, may_resend=True))

    clock.pass_(days=30)
    assert (S.DELIVERED, None) == (told, notification(ledger, id_).next_ask_at)
