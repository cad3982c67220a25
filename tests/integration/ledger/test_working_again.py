"""Signals whose messages get new work while a run still works on them."""

from __future__ import annotations

from datetime import datetime, timedelta

from duebell.domain.delivery import FailureClass, OutcomeKind, SendOutcome
from duebell.domain.signals import ClaimedSignal
from duebell.ledger import channel_stops, inbox, outcomes
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.outcomes import Ended
from tests.integration.ledger.retry_scenes import retry, terms
from tests.integration.ledger.test_ledger_races import overlap
from tests.ledger_scenes import (
    GRACE,
    START,
    WORKER,
    Clock,
    a_worker,
    an_ending,
    an_intent,
    claimed_signal,
    column,
    notification,
    planned,
    run,
    sending,
)

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def stop(ledger: Ledger) -> None:
    """Stop texts."""
    run(ledger.write(lambda c: channel_stops.stop(c, "sms", "e", "no key", START, is_late=False)))


def resume(ledger: Ledger, at: datetime) -> None:
    """Texts can be sent again."""
    run(ledger.write(lambda c: channel_stops.end(c, "sms", "cli:ann", at)))


def reopen(ledger: Ledger, claimed: ClaimedSignal, at: datetime) -> None:
    """A message of this signal is to be sent then."""
    run(ledger.write(lambda c: inbox.reopen(c, [claimed.id], at)))


def end(ledger: Ledger, claimed: ClaimedSignal, until: datetime | None = None) -> None:
    """The run has done its part; ``until`` puts the signal off."""
    run(ledger.end_signals([Ending(claimed.id, "done with it", START, until)], WORKER))


def due(ledger: Ledger, clock: Clock, at: datetime) -> list[int]:
    """The signals that a worker finds at this time."""
    clock.at = at
    run(ledger.beat(a_worker()))
    return [one.id for one in run(ledger.claim(WORKER, f"batch at {at}", 10))]


def test_a_stop_that_ends_in_the_middle_of_a_run(ledger: Ledger, clock: Clock) -> None:
    """A run that read the next try of a channel just before it was resumed waits for nothing."""
    claimed = claimed_signal(ledger)
    id_ = planned(ledger, claimed=claimed)
    stop(ledger)
    assert run(ledger.begin_attempt(an_intent(id_))) is None
    next_try = notification(ledger, id_).not_before

    resume(ledger, START + SECOND)
    end(ledger, claimed, next_try)

    assert claimed.id in due(ledger, clock, START + SECOND)


def test_an_operators_retry_in_the_middle_of_a_run(ledger: Ledger, clock: Clock) -> None:
    """What is planned again after its run has looked is sent when the run is over, not later."""
    claimed = claimed_signal(ledger)
    id_ = planned(ledger, claimed=claimed)
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED)))

    retry(ledger, id_, said=terms())
    end(ledger, claimed)

    assert [claimed.id] == due(ledger, clock, notification(ledger, id_).not_before or START)
    assert [None] == column(ledger, "select done_at from signals")


def test_the_earliest_time_counts(ledger: Ledger, clock: Clock) -> None:
    """Of the times that came up during a run, and the run's own, the first one is the signal's."""
    claimed = claimed_signal(ledger)
    for hours in (3, 2, 4):
        reopen(ledger, claimed, START + hours * HOUR)

    end(ledger, claimed, START + 5 * HOUR)

    assert [] == due(ledger, clock, START + 2 * HOUR - SECOND)
    assert [claimed.id] == due(ledger, clock, START + 2 * HOUR)


def test_a_run_that_comes_back_sooner_does(ledger: Ledger, clock: Clock) -> None:
    """What comes up for later does not keep a run from coming back when it meant to."""
    claimed = claimed_signal(ledger)
    reopen(ledger, claimed, START + 2 * HOUR)

    end(ledger, claimed, START + HOUR)

    assert [claimed.id] == due(ledger, clock, START + HOUR)


def test_who_takes_a_signal_over_sees_all(ledger: Ledger, clock: Clock) -> None:
    """What came up in a run that died is seen by the next one, which need not come back for it."""
    claimed = claimed_signal(ledger)
    reopen(ledger, claimed, START)
    assert [claimed.id] == due(ledger, clock, START + HOUR)

    end(ledger, claimed)

    assert ["done"] == column(ledger, "select status from signals")


def test_nothing_comes_up_twice(ledger: Ledger, clock: Clock) -> None:
    """A signal that was worked on again for what came up is done after that."""
    claimed = claimed_signal(ledger)
    reopen(ledger, claimed, START)
    end(ledger, claimed)
    assert [claimed.id] == due(ledger, clock, START)

    end(ledger, claimed)

    assert [] == due(ledger, clock, START + HOUR)


def test_what_is_tried_when_the_connection_is_back(ledger: Ledger, clock: Clock) -> None:
    """A record that could not be read is read at once when FreshBooks is connected again, also by
    a run that tried just before; what never failed is not read twice.
    """
    claimed, other = claimed_signal(ledger), claimed_signal(ledger, "43")
    failure = Ending(claimed.id, "no connection", START, START + SECOND, is_failure=True)
    run(ledger.end_signals([failure], WORKER))
    assert [claimed.id] == due(ledger, clock, START + SECOND)

    run(ledger.write(lambda c: inbox.wake(c, START + 2 * SECOND)))
    end(ledger, claimed, START + HOUR)
    end(ledger, other)

    assert [claimed.id] == due(ledger, clock, START + 2 * SECOND)


def test_a_failure_beside_the_end_of_a_stop(ledger: Ledger, other: Ledger, clock: Clock) -> None:
    """A message that fails for the stop that is just ending waits as long as nobody: it is woken,
    whichever of the two is written first.
    """
    id_ = sending(ledger)
    stop(ledger)
    wrong_key = SendOutcome(
        OutcomeKind.NOT_SENT, failure=FailureClass.CONFIGURATION, stops_channel=True
    )
    ended = Ended(id_, 1, wrong_key, START + SECOND, GRACE)

    overlap(
        ledger,
        lambda c: outcomes.finish(c, [ended]),
        other,
        lambda c: channel_stops.end(c, "sms", "cli:ann", START + SECOND),
    )

    assert START + SECOND == notification(ledger, id_).not_before
