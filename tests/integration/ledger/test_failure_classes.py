"""What follows from each class of failure: for the message, its flag, its address, its channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from duebell.domain.asking import MOST_RESENDS
from duebell.domain.delivery import (
    FailureClass,
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
    SendOutcome,
)
from duebell.domain.rules import Channel
from duebell.ledger import channel_stops
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.outcomes import Ended
from duebell.ledger.reports import ReportResult
from duebell.ledger.sealing import Sealer
from tests.ledger_scenes import (
    GRACE,
    RULE,
    START,
    WORKER,
    Clock,
    Meaning,
    a_plan,
    a_record,
    a_report,
    a_worker,
    an_ending,
    an_intent,
    claimed_signal,
    column,
    new_id,
    notification,
    planned,
    run,
    sending,
    status_of,
)

F, S, R = FailureClass, NotificationStatus, ReportedStatus
FIRST_TRY = timedelta(minutes=1)

CODES = {
    "landline": Meaning(F.RECIPIENT),
    "opt-out": Meaning(F.COMPLIANCE),
    "template": Meaning(F.CONFIGURATION),
    "wrong key": Meaning(F.CONFIGURATION, stops_channel=True),
    "phone off": Meaning(F.TEMPORARY, pause=timedelta(hours=1)),
    "queue full": Meaning(F.RATE, pause=timedelta(minutes=10)),
    "daily limit": Meaning(F.RATE, pause=timedelta(hours=24)),
    "next week": Meaning(F.TEMPORARY, pause=timedelta(hours=24, seconds=1)),
    "no reason": Meaning(F.TEMPORARY),
    "anything": Meaning(F.UNKNOWN),
}


@dataclass(frozen=True)
class Consequence:
    """What becomes of a message that failed. ``wait`` is until it is sent again, if it is."""

    wait: timedelta | None = None
    source: str = ""
    is_stopped: bool = False


STAYS, STOPS = Consequence(), Consequence(FIRST_TRY, is_stopped=True)
LATE = {
    "landline": Consequence(source="bounce"),
    "opt-out": Consequence(source="provider"),
    "template": STAYS,
    "wrong key": Consequence(FIRST_TRY),
    "phone off": Consequence(timedelta(hours=1)),
    "queue full": Consequence(timedelta(minutes=10)),
    "daily limit": Consequence(timedelta(hours=24)),
    "next week": STAYS,
    "no reason": STAYS,
    "anything": STAYS,
    "": STAYS,
}
#: What is refused and might pass later is planned anew as "not sent", and never "rejected".
REFUSED = {**dict.fromkeys(LATE, STAYS), **{k: LATE[k] for k in ("landline", "opt-out")}}
REFUSED["wrong key"] = STOPS


@pytest.fixture
def knowing(ledger_url: str, sealer: Sealer, clock: Clock) -> Iterator[Ledger]:
    """A ledger that knows a code for each thing that can be wrong."""
    ledger = Ledger(ledger_url, sealer, now=clock, meaning_of=CODES.get)
    yield ledger
    ledger.close()


def refused(id_: str, code: str, number: int = 1, clock: Clock | None = None) -> Ended:
    """The provider's refusal of an attempt."""
    meaning = CODES.get(code)
    outcome = SendOutcome(
        OutcomeKind.REJECTED,
        error_code=code,
        reason=meaning.sentence if meaning else "no",
        failure=meaning.failure if meaning else None,
        stops_channel=meaning.stops_channel if meaning else False,
    )
    return Ended(id_, number, outcome, clock() if clock else START, GRACE)


def with_fallback(ledger: Ledger) -> str:
    """A text being sent whose rule has emails as its fallback; gives its id."""
    claimed = claimed_signal(ledger)
    plan = a_plan(rule=replace(RULE, fallback=Channel.EMAIL))
    known = run(ledger.record_plans([a_record(claimed, plan)], new_id)).known
    id_ = next(iter(known.values())).id
    run(ledger.begin_attempt(an_intent(id_)))
    return id_


def fail_late(ledger: Ledger, id_: str, code: str, number: int, clock: Clock) -> ReportResult:
    """An attempt is accepted and then fails."""
    sid = f"SM{number}"
    run(ledger.finish_attempt(an_ending(id_, number=number, provider_id=sid, at=clock())))
    return run(ledger.apply_report(a_report(R.UNDELIVERED, provider_id=sid, error_code=code)))


def check(ledger: Ledger, id_: str, expected: Consequence, failed_as: NotificationStatus) -> None:
    """Compare what became of a message, its address and its channel with what is expected."""
    after = notification(ledger, id_)
    if expected.wait is None:
        assert (failed_as, True, None) == (after.status, after.failed, after.next_ask_at)
        assert START == after.failed_at
    else:
        assert (S.PLANNED, False, None) == (after.status, after.failed, after.failed_at)
        assert (START + expected.wait, None) == (after.not_before, after.next_ask_at)
    sources = column(ledger, "select source from suppressions")
    assert ([expected.source] if expected.source else []) == sources
    assert expected.is_stopped is bool(run(ledger.read(channel_stops.in_force)))


@pytest.mark.parametrize(("code", "expected"), LATE.items())
def test_a_failure_after_acceptance(
    knowing: Ledger, clock: Clock, code: str, expected: Consequence
) -> None:
    """Each class of failure of an accepted message has its one consequence."""
    id_ = sending(knowing)

    fail_late(knowing, id_, code, 1, clock)

    check(knowing, id_, expected, S.UNDELIVERED)


@pytest.mark.parametrize(("code", "expected"), REFUSED.items())
def test_a_refusal(knowing: Ledger, code: str, expected: Consequence) -> None:
    """Each class of refusal has its one consequence; nothing that was refused goes by itself."""
    id_ = sending(knowing)

    run(knowing.finish_attempt(refused(id_, code)))

    check(knowing, id_, expected, S.REJECTED)


@pytest.mark.parametrize("is_late", [True, False])
@pytest.mark.parametrize("code", ["landline", "opt-out"])
def test_who_cannot_be_reached_is_told_by_the_fallback(
    knowing: Ledger, clock: Clock, code: str, is_late: bool
) -> None:
    """The message is planned anew at once, unflagged, and no second text leaves meanwhile."""
    id_ = with_fallback(knowing)

    if is_late:
        fail_late(knowing, id_, code, 1, clock)
    else:
        run(knowing.finish_attempt(refused(id_, code)))

    after = notification(knowing, id_)
    assert (S.PLANNED, False, START) == (after.status, after.failed, after.not_before)
    assert "it goes by email now" in (after.reason or "")
    assert None is run(knowing.begin_attempt(an_intent(id_, clock())))


def test_what_failed_without_a_reason_goes_by_the_fallback(knowing: Ledger, clock: Clock) -> None:
    """Where nobody can say when it might pass, the other channel is taken and no address lost."""
    id_ = with_fallback(knowing)

    fail_late(knowing, id_, "no reason", 1, clock)

    after = notification(knowing, id_)
    assert (S.PLANNED, False, START) == (after.status, after.failed, after.not_before)
    assert "it goes by email now" in (after.reason or "")
    assert [] == column(knowing, "select address from suppressions")


def test_a_fallback_is_not_for_failures_of_another_kind(knowing: Ledger, clock: Clock) -> None:
    """A number that may work in an hour is tried then, and nobody gets an email instead."""
    id_ = with_fallback(knowing)

    fail_late(knowing, id_, "phone off", 1, clock)

    after = notification(knowing, id_)
    assert (S.PLANNED, START + timedelta(hours=1)) == (after.status, after.not_before)
    assert "it is sent again" in (after.reason or "")


def test_a_message_is_sent_again_a_few_times_only(knowing: Ledger, clock: Clock) -> None:
    """A phone that stays off is tried so many times; then the failure stands and is flagged."""
    id_ = sending(knowing)
    tries = 1

    while fail_late(knowing, id_, "queue full", tries, clock):
        if status_of(knowing, id_) is not S.PLANNED:
            break
        clock.pass_(minutes=10)
        tries += 1
        assert tries == run(knowing.begin_attempt(an_intent(id_, clock())))

    after = notification(knowing, id_)
    assert (1 + MOST_RESENDS, S.UNDELIVERED, True) == (tries, after.status, after.failed)


def test_a_message_is_sent_again_only_while_it_is_worth_it(knowing: Ledger, clock: Clock) -> None:
    """What would leave a moment too late is not planned again."""
    id_ = sending(knowing)
    clock.pass_(seconds=1)

    fail_late(knowing, id_, "daily limit", 1, clock)

    assert S.UNDELIVERED is status_of(knowing, id_)


def test_what_waited_too_long_is_not_sent(knowing: Ledger, clock: Clock) -> None:
    """A worker that comes a day late gives up what was to be sent again, and flags it."""
    id_ = sending(knowing)
    fail_late(knowing, id_, "phone off", 1, clock)
    clock.pass_(hours=24, seconds=1)

    number = run(knowing.begin_attempt(an_intent(id_, clock())))

    after = notification(knowing, id_)
    assert (None, S.REJECTED, True) == (number, after.status, after.failed)
    assert "it could not be sent while it was worth it" in (after.reason or "")


@pytest.mark.parametrize("before", ["", "sent", "delivered"])
def test_no_second_send_once_the_first_arrived(knowing: Ledger, clock: Clock, before: str) -> None:
    """A message planned again that proves delivered by any report after all is not sent again."""
    id_ = sending(knowing)
    fail_late(knowing, id_, "phone off", 1, clock)
    if before:
        run(knowing.apply_report(a_report(R(before), provider_id="SM1")))

    run(knowing.apply_report(a_report(R.DELIVERED, provider_id="SM1")))
    clock.pass_(hours=1)

    assert S.DELIVERED is status_of(knowing, id_)
    assert None is run(knowing.begin_attempt(an_intent(id_, clock())))


@pytest.mark.parametrize("word", [R.QUEUED, R.SENT, R.UNDELIVERED])
def test_other_late_words_leave_the_second_send_alone(
    knowing: Ledger, clock: Clock, word: ReportedStatus
) -> None:
    """Words that overtook each other, or the same one again, neither stop nor hasten it."""
    id_ = sending(knowing)
    fail_late(knowing, id_, "phone off", 1, clock)
    before = notification(knowing, id_)

    for code in ("phone off", "queue full", ""):
        run(knowing.apply_report(a_report(word, provider_id="SM1", error_code=code)))

    after = notification(knowing, id_)
    assert before == after


def test_a_failure_that_overtakes_the_acceptance_counts(knowing: Ledger, clock: Clock) -> None:
    """The answer to the call, recorded after the report, does not undo what the report said."""
    id_ = sending(knowing)
    report = a_report(R.UNDELIVERED, notification_id=id_, attempt=1, error_code="phone off")
    run(knowing.apply_report(report))

    told = run(knowing.finish_attempt(an_ending(id_)))

    assert (S.PLANNED, S.PLANNED) == (told, status_of(knowing, id_))
    clock.pass_(hours=1)
    assert 2 == run(knowing.begin_attempt(an_intent(id_, clock())))


def test_failures_that_overtake_are_counted_too(knowing: Ledger, clock: Clock) -> None:
    """However early its failures are told, a message is sent again a few times only."""
    id_ = sending(knowing)

    for number in range(1, 2 + MOST_RESENDS):
        sid, code = f"SM{number}", "queue full"
        early = a_report(
            R.UNDELIVERED, provider_id=sid, notification_id=id_, attempt=number, error_code=code
        )
        run(knowing.apply_report(early))
        clock.pass_(minutes=10)
        begun = run(knowing.begin_attempt(an_intent(id_, clock())))
        assert (number + 1 if number <= MOST_RESENDS else None) == begun

    assert S.UNDELIVERED is status_of(knowing, id_)


def test_the_failure_of_an_older_attempt_plans_nothing(knowing: Ledger, clock: Clock) -> None:
    """While the second attempt is under way the first one's failure changes nothing."""
    id_ = sending(knowing)
    fail_late(knowing, id_, "phone off", 1, clock)
    clock.pass_(hours=1)
    run(knowing.begin_attempt(an_intent(id_, clock())))

    run(knowing.apply_report(a_report(R.UNDELIVERED, provider_id="SM1", error_code="queue full")))

    assert (S.SENDING, 2) == (status_of(knowing, id_), notification(knowing, id_).attempts)


def test_what_is_sent_again_is_looked_at_again_in_time(knowing: Ledger, clock: Clock) -> None:
    """The signal of a message that is planned again is claimed when its time has come."""
    claimed = claimed_signal(knowing)
    id_ = planned(knowing, claimed=claimed)
    run(knowing.begin_attempt(an_intent(id_)))
    run(knowing.end_signals([Ending(claimed.id, "told", START)]))
    fail_late(knowing, id_, "phone off", 1, clock)

    clock.pass_(minutes=59)
    run(knowing.beat(a_worker()))
    early = run(knowing.claim(WORKER, "early", 5))
    clock.pass_(minutes=1)
    run(knowing.beat(a_worker()))
    due = run(knowing.claim(WORKER, "due", 5))

    assert ([], [claimed.id]) == (early, [one.id for one in due])
