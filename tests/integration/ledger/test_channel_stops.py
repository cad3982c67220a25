"""A channel on which nothing can be sent: stopped, tried one message at a time, and resumed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from duebell.domain.delivery import (
    FailureClass,
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
    SendOutcome,
)
from duebell.ledger import channel_stops
from duebell.ledger.attempts import Intent
from duebell.ledger.channel_stops import PAUSES, Stop
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.outcomes import Ended
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
    claimed_signal,
    column,
    notification,
    planned,
    rows,
    run,
    sending,
    status_of,
    together,
)

S, R = NotificationStatus, ReportedStatus
MINUTE = timedelta(minutes=1)


def refused(ledger: Ledger, id_: str, at: datetime, number: int = 1) -> NotificationStatus:
    """The provider refuses a message because of a wrong key."""
    outcome = SendOutcome(
        OutcomeKind.REJECTED,
        error_code="20003",
        reason="The key is wrong.",
        failure=FailureClass.CONFIGURATION,
        stops_channel=True,
    )
    return run(ledger.finish_attempt(Ended(id_, number, outcome, at, GRACE)))


def stop(ledger: Ledger, at: datetime = START, *, is_late: bool = False) -> None:
    """Stop texts."""
    why = "The number is not registered."
    run(ledger.write(lambda c: channel_stops.stop(c, "sms", "30034", why, at, is_late=is_late)))


def in_force(ledger: Ledger) -> dict[str, Stop]:
    """The stops in force."""
    return run(ledger.read(channel_stops.in_force))


def resume(ledger: Ledger, at: datetime) -> None:
    """Texts can be sent again."""
    run(ledger.write(lambda c: channel_stops.end(c, "sms", "cli:ann", at)))


def alarms(ledger: Ledger) -> int:
    """How often people are told that nothing can be sent."""
    counts = column(ledger, "select deliveries from signals where event = 'connection.lost'")
    return sum(counts)


def waiting(ledger: Ledger, many: int) -> list[str]:
    """So many planned texts."""
    return [planned(ledger, str(number)) for number in range(100, 100 + many)]


def attempt(ledger: Ledger, ids: list[str], at: datetime) -> list[str]:
    """Try to send all of them at once; gives those that may leave."""
    numbers = together(*(ledger.begin_attempt(an_intent(id_, at)) for id_ in ids))
    return [id_ for id_, number in zip(ids, numbers, strict=True) if number is not None]


def test_a_refusal_for_all_stops_the_channel(ledger: Ledger) -> None:
    """The message that was refused waits, unflagged, and the stop says why and until when."""
    id_ = sending(ledger)

    told = refused(ledger, id_, START)

    after, stopped = notification(ledger, id_), in_force(ledger)["sms"]
    assert (S.PLANNED, False, START + MINUTE) == (told, after.failed, after.not_before)
    assert ("20003", "The key is wrong.", False) == (stopped.code, stopped.reason, stopped.is_late)
    assert (START, START + MINUTE) == (stopped.since, stopped.next_try_at)


def test_that_a_message_waits_is_on_record_once(ledger: Ledger) -> None:
    """However often a message finds its channel stopped, one audit record says that it waits."""
    (id_,) = waiting(ledger, 1)
    stop(ledger)

    for seconds in (30, 45):
        attempt(ledger, [id_], START + timedelta(seconds=seconds))
        run(ledger.write(lambda c: c.execute(text("update notifications set not_before = null"))))

    records = rows(
        ledger,
        "select from_status, to_status, reason from audit_records where entity_id = :id"
        " and action = 'status'",
        id=id_,
    )
    why = "no sms can be sent now: The number is not registered."
    assert [("planned", "planned", why)] == records


def test_nothing_leaves_on_a_stopped_channel(ledger: Ledger) -> None:
    """What waits stays planned until the next try, with the reason and without an attempt."""
    ids = waiting(ledger, 3)
    stop(ledger)

    left = attempt(ledger, ids, START + timedelta(seconds=30))

    found = [notification(ledger, id_) for id_ in ids]
    assert ([], []) == (left, rows(ledger, "select id from attempts"))
    assert {(S.PLANNED, START + MINUTE)} == {(one.status, one.not_before) for one in found}
    assert {"no sms can be sent now: The number is not registered."} == {
        one.reason for one in found
    }


def test_one_message_is_let_through_at_each_try(ledger: Ledger, clock: Clock) -> None:
    """At growing pauses, and for good at the last one, one of all that wait is tried."""
    ids = waiting(ledger, 5)
    stop(ledger)
    pauses, since = [], START

    for _ in range(6):
        clock.at = in_force(ledger)["sms"].next_try_at
        pauses.append(clock() - since)
        since = clock()
        (tried,) = attempt(ledger, ids, clock())
        number = notification(ledger, tried).attempts
        refused(ledger, tried, clock(), number)

    assert [*PAUSES, PAUSES[-1], PAUSES[-1]] == pauses


def test_two_processes_let_one_message_through(ledger: Ledger, other: Ledger, clock: Clock) -> None:
    """However many workers try at the same time, they agree on one message."""
    ids = waiting(ledger, 20)
    stop(ledger)
    clock.at = START + MINUTE

    numbers = together(
        *(
            (ledger, other)[place % 2].begin_attempt(an_intent(id_, clock()))
            for place, id_ in enumerate(ids)
        )
    )

    put_off = {notification(ledger, id_).not_before for id_ in ids} - {None}
    assert [1] == [number for number in numbers if number is not None]
    assert {clock() + PAUSES[1]} == put_off


def test_an_accepted_message_ends_the_stop(ledger: Ledger, clock: Clock) -> None:
    """When the provider takes a message again, all that waited may leave at once, each once."""
    ids = waiting(ledger, 4)
    stop(ledger)
    clock.at = START + MINUTE
    (tried,) = attempt(ledger, ids, clock())

    run(ledger.finish_attempt(an_ending(tried, at=clock())))

    others = [id_ for id_ in ids if id_ != tried]
    assert {} == in_force(ledger)
    assert others == attempt(ledger, others, clock())
    assert [("duebell", clock())] == [
        (by, _moment(at)) for by, at in rows(ledger, "select ended_by, ended_at from channel_stops")
    ]


def test_the_signals_of_what_waited_are_woken(ledger: Ledger, clock: Clock) -> None:
    """A worker that looks for work finds what waited as soon as the stop has ended."""
    claimed = claimed_signal(ledger)
    id_ = planned(ledger, claimed=claimed)
    stop(ledger)
    probe = planned(ledger, "7")
    clock.at = START + MINUTE
    assert [probe] == attempt(ledger, [probe, id_], clock())
    due = notification(ledger, id_).not_before
    run(ledger.end_signals([Ending(claimed.id, "not sent yet", clock(), due)]))
    run(ledger.finish_attempt(an_ending(probe, at=clock())))
    run(ledger.beat(a_worker()))

    woken = [one.id for one in run(ledger.claim(WORKER, "again", 9))]

    assert claimed.id in woken
    assert [id_] == attempt(ledger, [id_], clock())


@pytest.mark.parametrize("kind", [OutcomeKind.REJECTED, OutcomeKind.NOT_SENT, OutcomeKind.UNKNOWN])
def test_another_outcome_proves_nothing(ledger: Ledger, clock: Clock, kind: OutcomeKind) -> None:
    """A message let through that is refused for itself, or in doubt, leaves the channel stopped."""
    id_ = planned(ledger)
    stop(ledger)
    clock.at = START + MINUTE
    attempt(ledger, [id_], clock())

    run(ledger.finish_attempt(an_ending(id_, kind, at=clock())))

    assert clock() + PAUSES[1] == in_force(ledger)["sms"].next_try_at


def test_a_stop_is_made_and_told_once(ledger: Ledger, other: Ledger) -> None:
    """Many messages that are refused at the same time are one stop and one signal."""
    ids = waiting(ledger, 6)
    attempt(ledger, ids, START)

    for place, id_ in enumerate(ids):
        refused((ledger, other)[place % 2], id_, START)

    signals = rows(ledger, "select event, object_id, source from signals")
    assert 1 == len(in_force(ledger))
    assert [("connection.lost", f"sms:stop {in_force(ledger)['sms'].id}", "own")] == signals
    assert ["stopped"] == column(
        ledger, "select action from audit_records where entity = 'channel'"
    )


def test_a_late_stop_is_not_ended_by_acceptance(ledger: Ledger, clock: Clock) -> None:
    """Where the provider takes all and sends none, taking one more proves nothing."""
    id_ = planned(ledger)
    stop(ledger, is_late=True)
    clock.at = START + MINUTE
    attempt(ledger, [id_], clock())

    run(ledger.finish_attempt(an_ending(id_, at=clock())))

    assert in_force(ledger)["sms"].is_late


@pytest.mark.parametrize(
    ("word", "is_over"), [(R.QUEUED, False), (R.SENT, True), (R.DELIVERED, True)]
)
def test_a_late_stop_is_ended_by_what_has_left(
    ledger: Ledger, clock: Clock, word: ReportedStatus, is_over: bool
) -> None:
    """A message begun after the stop that is told as sent proves that the channel works."""
    id_ = planned(ledger)
    stop(ledger, is_late=True)
    clock.at = START + MINUTE
    attempt(ledger, [id_], clock())
    run(ledger.finish_attempt(an_ending(id_, at=clock())))

    run(ledger.apply_report(a_report(word)))

    assert is_over is (not in_force(ledger))


def test_a_message_from_before_the_stop_does_not_end_it(ledger: Ledger, clock: Clock) -> None:
    """What was under way already when the channel was stopped proves nothing."""
    accepted(ledger)
    clock.pass_(seconds=1)
    stop(ledger, clock(), is_late=True)

    run(ledger.apply_report(a_report(R.DELIVERED)))

    assert 1 == len(in_force(ledger))


def test_what_was_accepted_from_before_a_refusal_does_not_end_it(ledger: Ledger) -> None:
    """Of messages under way, some refused and some taken, one stop comes, and it stays."""
    ids = waiting(ledger, 6)
    attempt(ledger, ids, START)

    for place, id_ in enumerate(ids):
        at = START + timedelta(seconds=place)
        if place % 2:
            run(ledger.finish_attempt(an_ending(id_, provider_id=f"SM{place}", at=at)))
        else:
            refused(ledger, id_, at)

    assert ([START], 1) == ([one.since for one in in_force(ledger).values()], alarms(ledger))


def test_a_refusal_from_before_the_end_stops_nothing(ledger: Ledger, clock: Clock) -> None:
    """An answer that was long under way tells nothing of a key that was mended meanwhile."""
    (slow,) = attempt(ledger, waiting(ledger, 1), START)
    stop(ledger)
    clock.pass_(minutes=1)
    resume(ledger, clock())

    told = refused(ledger, slow, clock())

    assert ({}, S.PLANNED) == (in_force(ledger), told)


def test_what_waits_for_something_else_is_not_woken(ledger: Ledger, clock: Clock) -> None:
    """A text that must not arrive at night still waits for the morning when the stop has ended."""
    morning = START + timedelta(hours=9)
    asleep, held = waiting(ledger, 2)
    attempt(ledger, [asleep], START)
    run(ledger.finish_attempt(an_ending(asleep, OutcomeKind.NOT_SENT, not_before=morning)))
    stop(ledger)
    attempt(ledger, [held], START)
    clock.pass_(seconds=5)

    resume(ledger, clock())

    found = [notification(ledger, id_).not_before for id_ in (asleep, held)]
    assert [morning, clock()] == found


def test_another_channel_goes_on(ledger: Ledger) -> None:
    """Emails leave, and end nothing, while texts are stopped."""
    id_ = planned(ledger)
    run(ledger.write(lambda c: channel_stops.stop(c, "email", "e", "no key", START, is_late=False)))

    assert [id_] == attempt(ledger, [id_], START)
    run(ledger.finish_attempt(an_ending(id_)))
    assert ["email"] == list(in_force(ledger))


def test_a_new_worker_tries_at_once(ledger: Ledger, clock: Clock) -> None:
    """Whoever has mended the key and started anew need not wait for the next try."""
    ids = waiting(ledger, 3)
    stop(ledger)
    attempt(ledger, ids, START)
    clock.pass_(seconds=10)

    tried = run(ledger.write(lambda c: channel_stops.try_now(c, ["sms", "email"], clock())))

    assert 1 == tried
    assert 1 == len(attempt(ledger, ids, clock()))
    assert START + timedelta(seconds=10) + PAUSES[0] == in_force(ledger)["sms"].next_try_at


def test_a_try_whose_worker_died_is_followed_by_another(ledger: Ledger, clock: Clock) -> None:
    """A message let through whose outcome nobody recorded does not keep the channel stopped."""
    lost, next_one = waiting(ledger, 2)
    stop(ledger)
    clock.at = START + MINUTE
    run(ledger.begin_attempt(Intent(lost, "dead", PHONE, "Hello", clock())))
    clock.pass_(minutes=5)
    run(ledger.doubt_abandoned(GRACE))

    left = attempt(ledger, [next_one], clock())

    assert ([next_one], S.OUTCOME_UNKNOWN) == (left, status_of(ledger, lost))


@pytest.mark.parametrize(("pause", "times"), [(MINUTE, 1), (timedelta(hours=1), 2)])
def test_a_stop_may_come_again(ledger: Ledger, pause: timedelta, times: int) -> None:
    """A channel that was resumed can be stopped again; of one reason people hear once an hour."""
    stop(ledger)
    resume(ledger, START)
    again = run(ledger.write(lambda c: channel_stops.end(c, "sms", "cli:ann", START)))

    stop(ledger, START + pause)

    assert (False, 1) == (again, len(in_force(ledger)))
    assert times == alarms(ledger)


def test_a_stop_that_lasts_is_told_in_the_end(ledger: Ledger, clock: Clock) -> None:
    """What was not told because people had just heard of one like it is told at a later try."""
    ids = waiting(ledger, 4)
    stop(ledger)
    resume(ledger, START)
    stop(ledger, START + MINUTE)
    told = []

    for minutes in (2, 40, 61, 95):
        clock.at = START + timedelta(minutes=minutes)
        told.append(len(attempt(ledger, ids, clock())) and alarms(ledger))

    assert [1, 1, 2, 2] == told


def test_another_reason_is_told_at_once(ledger: Ledger) -> None:
    """Who has mended the sender and is told of the key within the hour learns something new."""
    stop(ledger)
    resume(ledger, START)

    run(ledger.write(lambda c: channel_stops.stop(c, "sms", "20003", "x", START, is_late=False)))

    assert 2 == alarms(ledger)


def test_what_waits_for_a_channel_is_given_up_in_the_end(ledger: Ledger, clock: Clock) -> None:
    """A message that could not be sent while it was worth it is flagged with the reason."""
    id_ = planned(ledger)
    stop(ledger)
    attempt(ledger, [id_], START)
    clock.pass_(hours=24, seconds=1)

    left = attempt(ledger, [id_], clock())

    after = notification(ledger, id_)
    assert ([], S.REJECTED, True) == (left, after.status, after.failed)
    assert "The number is not registered." in (after.reason or "")


def _moment(found: object) -> datetime:
    if isinstance(found, datetime):
        return found
    return datetime.fromisoformat(f"{found}+00:00")
