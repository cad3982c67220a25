"""Attempts: one owner of the right to send, and outcomes that never undo what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.domain.delivery import (
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
)
from duebell.ledger.attempts import Withheld
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import (
    GRACE,
    START,
    Clock,
    a_report,
    a_worker,
    accepted,
    an_ending,
    an_intent,
    believed_absent,
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
ABANDONED_CALL = "the worker ended between the call and its answer"


def test_exactly_one_of_many_begins(ledger: Ledger, other: Ledger) -> None:
    """However many tasks of two processes want to send a notification, one gets the right."""
    id_ = planned(ledger)

    numbers = together(*(process.begin_attempt(an_intent(id_)) for process in (ledger, other) * 20))

    assert [1] == [number for number in numbers if number is not None]
    assert [1] == column(ledger, "select count(*) from attempts")


def test_each_of_many_notifications_is_begun_once(ledger: Ledger, other: Ledger) -> None:
    """Two processes that go through the same list send every notification exactly once."""
    ids = [planned(ledger, str(number)) for number in range(25)]

    numbers = together(
        *(ledger.begin_attempt(an_intent(id_)) for id_ in ids),
        *(other.begin_attempt(an_intent(id_)) for id_ in reversed(ids)),
    )

    assert 25 == sum(number == 1 for number in numbers)
    assert [(25, 25)] == rows(
        ledger, "select count(*), count(distinct notification_id) from attempts"
    )


def test_the_intent_is_kept_before_the_call(ledger: Ledger) -> None:
    """Address, text, worker and moment of an attempt are on record before anything is sent."""
    id_ = sending(ledger)

    assert [(1, "worker-1", "+12125550101", "Your invoice INV-1 is here.", None)] == rows(
        ledger, "select number, worker_id, recipient, body, outcome from attempts"
    )
    assert S.SENDING is status_of(ledger, id_)


def test_an_unknown_notification_is_not_sent(ledger: Ledger) -> None:
    """Nobody gets the right to send what is not in the books."""
    number = run(ledger.begin_attempt(an_intent("nowhere")))

    assert (None, [0]) == (number, column(ledger, "select count(*) from attempts"))


def test_a_notification_waits_for_its_time(ledger: Ledger) -> None:
    """A throttled notification is not begun before the pause is over, and is begun then."""
    id_ = sending(ledger)
    due = START + timedelta(seconds=30)
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.NOT_SENT, not_before=due)))

    early = run(ledger.begin_attempt(an_intent(id_, due - timedelta(seconds=1))))
    late = run(ledger.begin_attempt(an_intent(id_, due)))

    assert (None, 2) == (early, late)


@pytest.mark.parametrize(
    ("kind", "status", "failed"),
    [
        (OutcomeKind.ACCEPTED, S.ACCEPTED, False),
        (OutcomeKind.REJECTED, S.REJECTED, True),
        (OutcomeKind.NOT_SENT, S.PLANNED, False),
        (OutcomeKind.UNKNOWN, S.OUTCOME_UNKNOWN, False),
    ],
)
def test_an_outcome_decides_the_status(
    ledger: Ledger, kind: OutcomeKind, status: NotificationStatus, failed: bool
) -> None:
    """Each outcome of a call leads to its status; only a refusal raises the failed flag."""
    id_ = sending(ledger)

    told = run(ledger.finish_attempt(an_ending(id_, kind)))

    after = notification(ledger, id_)
    assert (status, status, failed) == (told, after.status, after.failed)
    assert [kind.value] == column(ledger, "select outcome from attempts")


@pytest.mark.parametrize("kind", list(OutcomeKind))
@pytest.mark.parametrize(
    "known", [ReportedStatus.QUEUED, ReportedStatus.DELIVERED, ReportedStatus.UNDELIVERED]
)
def test_an_outcome_never_undoes_a_report(
    ledger: Ledger, kind: OutcomeKind, known: ReportedStatus
) -> None:
    """What a callback told before the call's own answer was recorded stands, whatever it was."""
    id_ = sending(ledger)
    run(ledger.apply_report(a_report(known, notification_id=id_, attempt=1)))
    before = status_of(ledger, id_)

    told = run(ledger.finish_attempt(an_ending(id_, kind)))

    assert (before, before) == (told, status_of(ledger, id_))
    assert [("SM1", kind.value)] == rows(ledger, "select provider_id, outcome from attempts")


def test_acceptance_ends_a_doubt(ledger: Ledger) -> None:
    """A call that was thought lost and was accepted after all is accepted."""
    id_ = in_doubt(ledger)

    told = run(ledger.finish_attempt(an_ending(id_)))

    assert S.ACCEPTED is told


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (OutcomeKind.REJECTED, S.REJECTED),
        (OutcomeKind.NOT_SENT, S.PLANNED),
        (OutcomeKind.UNKNOWN, S.OUTCOME_UNKNOWN),
    ],
)
def test_a_late_answer_ends_a_doubt(
    ledger: Ledger, kind: OutcomeKind, status: NotificationStatus
) -> None:
    """An answer that came after the call was given up proves what it says; no answer does not."""
    id_ = in_doubt(ledger)

    told = run(ledger.finish_attempt(an_ending(id_, kind)))

    after = notification(ledger, id_)
    assert (status, status) == (told, after.status)
    assert (after.next_ask_at is None) == (status is not S.OUTCOME_UNKNOWN)


def test_late_acceptance_keeps_a_message_from_going_out_again(ledger: Ledger, clock: Clock) -> None:
    """What was planned again and then turns out to be accepted is not sent a second time."""
    id_ = in_doubt(ledger)
    assert S.PLANNED is believed_absent(ledger, clock, id_)

    told = run(ledger.finish_attempt(an_ending(id_, at=clock())))

    assert S.ACCEPTED is told
    assert None is run(ledger.begin_attempt(an_intent(id_, clock())))


def test_an_older_attempts_outcome_does_not_touch_the_newer_one(
    ledger: Ledger, clock: Clock
) -> None:
    """The first attempt's late outcome is kept with the first attempt alone."""
    id_ = resent(ledger, clock, first=None)

    told = run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED, number=1)))

    assert (S.ACCEPTED, "SM2") == (told, notification(ledger, id_).provider_id)
    assert [(1, "rejected"), (2, "accepted")] == rows(
        ledger, "select number, outcome from attempts order by number"
    )


def test_recording_an_outcome_twice_changes_nothing(ledger: Ledger) -> None:
    """An outcome recorded again, at once or later, moves the status and the trail once."""
    id_ = sending(ledger)
    together(*(ledger.finish_attempt(an_ending(id_)) for _ in range(5)))

    told = run(ledger.finish_attempt(an_ending(id_)))

    assert S.ACCEPTED is told
    assert [S.PLANNED, S.SENDING, S.ACCEPTED] == [to for _, to in trail(ledger, id_)]


def test_a_rejection_keeps_its_reason(ledger: Ledger) -> None:
    """Why the provider refused is on the notification, for whoever asks."""
    id_ = sending(ledger)

    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED)))

    assert "it was rejected" == notification(ledger, id_).reason


def test_a_planned_notification_can_be_withheld(ledger: Ledger) -> None:
    """What must not go out any more is suppressed with its reason, and never sent."""
    id_ = planned(ledger)

    done = run(ledger.withhold(Withheld(id_, "the invoice is paid", START)))

    after = notification(ledger, id_)
    assert (True, S.SUPPRESSED, "the invoice is paid") == (done, after.status, after.reason)
    assert None is run(ledger.begin_attempt(an_intent(id_)))


def test_a_notification_is_withheld_once(ledger: Ledger) -> None:
    """Of several who withhold it at the same time one does, and the trail tells it once."""
    id_ = planned(ledger)

    done = together(*(ledger.withhold(Withheld(id_, "paused", START)) for _ in range(10)))

    assert (1, 2) == (sum(done), len(trail(ledger, id_)))


def test_what_is_being_sent_cannot_be_withheld(ledger: Ledger) -> None:
    """Withholding comes too late once a call may be under way."""
    id_ = sending(ledger)

    done = run(ledger.withhold(Withheld(id_, "the invoice is paid", START)))

    assert (False, S.SENDING) == (done, status_of(ledger, id_))


def test_withholding_and_sending_exclude_each_other(ledger: Ledger, other: Ledger) -> None:
    """At the same moment a notification is either withheld or sent, once, and never both."""
    ids = [planned(ledger, str(number)) for number in range(20)]

    begun = together(
        *(ledger.begin_attempt(an_intent(id_)) for id_ in ids),
        *(other.withhold(Withheld(id_, "paused", START)) for id_ in ids),
        *(ledger.withhold(Withheld(id_, "paused", START)) for id_ in ids),
    )

    outcomes = zip(begun[:20], begun[20:40], begun[40:], strict=True)
    assert [1] * 20 == [sum(bool(one) for one in three) for three in outcomes]


def test_a_dead_workers_call_is_in_doubt(ledger: Ledger, clock: Clock) -> None:
    """A call whose worker died has an unknown outcome, to be asked about after the grace."""
    run(ledger.beat(a_worker()))
    id_ = sending(ledger)
    clock.pass_(seconds=16)

    doubted = run(ledger.doubt_abandoned(GRACE))

    after = notification(ledger, id_)
    assert (1, S.OUTCOME_UNKNOWN, clock() + GRACE) == (doubted, after.status, after.next_ask_at)
    assert ABANDONED_CALL == after.reason


def test_a_living_workers_fresh_call_is_not_in_doubt(ledger: Ledger, clock: Clock) -> None:
    """A call that is under way is left alone."""
    run(ledger.beat(a_worker()))
    id_ = sending(ledger)
    clock.pass_(seconds=10)

    doubted = run(ledger.doubt_abandoned(GRACE))

    assert (0, S.SENDING) == (doubted, status_of(ledger, id_))


def test_a_call_that_hangs_is_in_doubt(ledger: Ledger, clock: Clock) -> None:
    """A call without an answer for longer than any call takes is in doubt, worker or not."""
    id_ = sending(ledger)
    clock.pass_(seconds=91)
    run(ledger.beat(a_worker()))

    doubted = run(ledger.doubt_abandoned(GRACE))

    assert (1, S.OUTCOME_UNKNOWN) == (doubted, status_of(ledger, id_))


def test_what_is_answered_is_not_in_doubt(ledger: Ledger, clock: Clock) -> None:
    """A dead worker's finished calls are known, and stay so."""
    id_ = accepted(ledger)
    clock.pass_(hours=1)

    doubted = run(ledger.doubt_abandoned(GRACE))

    assert (0, S.ACCEPTED) == (doubted, status_of(ledger, id_))


def test_two_processes_doubt_a_call_once(ledger: Ledger, other: Ledger, clock: Clock) -> None:
    """Sweeps at the same time put a call into doubt once, with one line in the trail."""
    id_ = sending(ledger)
    clock.pass_(seconds=16)

    doubted = together(ledger.doubt_abandoned(GRACE), other.doubt_abandoned(GRACE))

    assert 1 == sum(doubted)
    assert (S.SENDING, S.OUTCOME_UNKNOWN) == trail(ledger, id_)[-1]
    assert 3 == len(trail(ledger, id_))
