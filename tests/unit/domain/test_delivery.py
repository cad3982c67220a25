"""Statuses and reports: every pair is decided, and no status ever moves backwards."""

from __future__ import annotations

import itertools

import pytest

from duebell.domain.delivery import (
    FINAL,
    DeliveryReport,
    NotificationStatus,
    ReportedStatus,
    Step,
    advance,
)

S = NotificationStatus
R = ReportedStatus

PAIRS = list(itertools.product(S, R))
OPEN = (S.PLANNED, S.SENDING, S.OUTCOME_UNKNOWN)
WRONGLY_ENDED = (S.SUPPRESSED, S.REJECTED)
TAKEN = Step(S.ACCEPTED)

#: What every report does to every status, spelt out; the code derives it from ranks.
EXPECTED: dict[tuple[NotificationStatus, ReportedStatus], Step] = {
    **{(status, R.QUEUED): TAKEN for status in (*OPEN, *WRONGLY_ENDED)},
    **{(status, R.SENT): TAKEN for status in (*OPEN, *WRONGLY_ENDED)},
    **{(status, R.DELIVERED): Step(S.DELIVERED) for status in (*OPEN, *WRONGLY_ENDED)},
    **{(status, R.UNDELIVERED): Step(S.UNDELIVERED) for status in (*OPEN, *WRONGLY_ENDED)},
    **{(status, R.OTHER): Step(S.ACCEPTED, True) for status in (*OPEN, *WRONGLY_ENDED)},
    **{(S.ABANDONED, reported): Step(S.ABANDONED) for reported in R},
    (S.ABANDONED, R.DELIVERED): Step(S.DELIVERED),
    (S.ACCEPTED, R.QUEUED): Step(S.ACCEPTED),
    (S.ACCEPTED, R.SENT): Step(S.ACCEPTED),
    (S.ACCEPTED, R.DELIVERED): Step(S.DELIVERED),
    (S.ACCEPTED, R.UNDELIVERED): Step(S.UNDELIVERED),
    (S.ACCEPTED, R.OTHER): Step(S.ACCEPTED, True),
    (S.UNCONFIRMED, R.QUEUED): Step(S.UNCONFIRMED),
    (S.UNCONFIRMED, R.SENT): Step(S.UNCONFIRMED),
    (S.UNCONFIRMED, R.DELIVERED): Step(S.DELIVERED),
    (S.UNCONFIRMED, R.UNDELIVERED): Step(S.UNDELIVERED),
    (S.UNCONFIRMED, R.OTHER): Step(S.UNCONFIRMED),
    (S.DELIVERED, R.QUEUED): Step(S.DELIVERED),
    (S.DELIVERED, R.SENT): Step(S.DELIVERED),
    (S.DELIVERED, R.DELIVERED): Step(S.DELIVERED),
    (S.DELIVERED, R.UNDELIVERED): Step(S.DELIVERED, True),
    (S.DELIVERED, R.OTHER): Step(S.DELIVERED),
    (S.UNDELIVERED, R.QUEUED): Step(S.UNDELIVERED),
    (S.UNDELIVERED, R.SENT): Step(S.UNDELIVERED),
    (S.UNDELIVERED, R.DELIVERED): Step(S.UNDELIVERED, True),
    (S.UNDELIVERED, R.UNDELIVERED): Step(S.UNDELIVERED),
    (S.UNDELIVERED, R.OTHER): Step(S.UNDELIVERED),
}

#: How far a status is, to be compared; a person who reads the table above can check it.
PROGRESS = {
    **dict.fromkeys((*OPEN, *WRONGLY_ENDED, S.ABANDONED), 0),
    S.ACCEPTED: 1,
    S.UNCONFIRMED: 2,
    S.DELIVERED: 3,
    S.UNDELIVERED: 3,
}


def heard(status: ReportedStatus, *, asked: bool = False) -> DeliveryReport:
    """A report of this status."""
    return DeliveryReport("SM1", status, status.value, asked=asked)


def test_the_table_names_every_pair() -> None:
    """No pair of status and report is left to chance."""
    assert set(PAIRS) == set(EXPECTED)


@pytest.mark.parametrize(("status", "reported"), PAIRS)
def test_every_pair_is_decided(status: NotificationStatus, reported: ReportedStatus) -> None:
    """Each report moves each status as the table says."""
    step = advance(status, heard(reported))

    assert EXPECTED[(status, reported)] == step


@pytest.mark.parametrize(("status", "reported"), PAIRS)
def test_an_answer_differs_only_where_words_contradict(
    status: NotificationStatus, reported: ReportedStatus
) -> None:
    """What was asked for settles a contradiction at once, and is an ordinary report otherwise."""
    step = advance(status, heard(reported, asked=True))

    contradiction = {
        (S.DELIVERED, R.UNDELIVERED): Step(S.UNDELIVERED),
        (S.UNDELIVERED, R.DELIVERED): Step(S.DELIVERED),
    }
    assert contradiction.get((status, reported), EXPECTED[(status, reported)]) == step


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(("status", "reported"), PAIRS)
def test_no_status_moves_backwards(
    status: NotificationStatus, reported: ReportedStatus, asked: bool
) -> None:
    """After any report a notification is at least as far as before."""
    step = advance(status, heard(reported, asked=asked))

    assert PROGRESS[step.status] >= PROGRESS[status]


@pytest.mark.parametrize(("status", "reported"), PAIRS)
def test_a_repeated_report_is_a_no_op(status: NotificationStatus, reported: ReportedStatus) -> None:
    """The same report again leaves the status where the first one put it."""
    once = advance(status, heard(reported)).status

    assert once is advance(once, heard(reported)).status


@pytest.mark.parametrize("status", list(S))
def test_callbacks_come_to_the_same_end_in_any_order(status: NotificationStatus) -> None:
    """Queued, sent and one last word lead to that word, however they are shuffled."""
    for last in (R.DELIVERED, R.UNDELIVERED):
        ends = set()
        for order in itertools.permutations((R.QUEUED, R.SENT, last)):
            now = status
            for reported in order:
                now = advance(now, heard(reported)).status
            ends.add(now)
        already = {S.DELIVERED, S.UNDELIVERED} & {status}
        left = {S.ABANDONED} & {status} if last is R.UNDELIVERED else set()
        assert (already or left or {S(last.value)}) == ends


def test_final_statuses_are_the_ones_that_nobody_works_on() -> None:
    """Exactly the four statuses that somebody still works on are not final."""
    assert {S.PLANNED, S.SENDING, S.ACCEPTED, S.OUTCOME_UNKNOWN} == set(S) - FINAL


@pytest.mark.parametrize("status", sorted(FINAL))
def test_only_a_contradiction_asks_about_what_is_final(status: NotificationStatus) -> None:
    """A question about a final status that stays comes from two last words that differ."""
    asking = {
        reported
        for reported in R
        if advance(status, heard(reported)) == Step(status, must_ask=True)
    }

    expected = {S.DELIVERED: {R.UNDELIVERED}, S.UNDELIVERED: {R.DELIVERED}}
    assert expected.get(status, set()) == asking
