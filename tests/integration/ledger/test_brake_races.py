"""Brakes while two workers plan, or a person ends one, at the same time."""

from __future__ import annotations

from sqlalchemy import Connection

from duebell.domain.brakes import BrakeStatus, Caps
from duebell.ledger import brakes
from duebell.ledger.brake_reading import listed
from duebell.ledger.brakes import Engaged
from duebell.ledger.ledger import Ledger
from tests.integration.ledger.cleared_rows import CAPS, Batch, applied, clear, held
from tests.integration.ledger.test_ledger_races import overlap
from tests.ledger_scenes import Clock, column, run

HOURLY = Caps(per_run=100, per_hour=8)


def test_two_workers_that_trip_at_once_engage_one_brake(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """Who is second joins the brake of the first, so people are told of it once."""
    mine, theirs = Batch(6), Batch(7)

    first, second = overlap(
        ledger,
        lambda c: applied(c, [mine], clock()),
        other,
        lambda c: applied(c, [theirs], clock()),
    )

    assert (1, []) == (len(first), second)
    assert sorted(mine.ids + theirs.ids) == sorted(held(ledger))
    assert [(BrakeStatus.ENGAGED, 13)] == [
        (brake.status, brake.held_now) for brake in run(ledger.read(listed))
    ]


def test_two_workers_pass_a_cap_by_one_batch_at_most(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """Two runs that cannot see each other may both go out; the next message trips the cap."""
    clear(ledger, clock, Batch(4), caps=HOURLY)

    overlap(
        ledger,
        lambda c: applied(c, [Batch(4)], clock(), HOURLY),
        other,
        lambda c: applied(c, [Batch(4)], clock(), HOURLY),
    )
    clear(ledger, clock, Batch(1), caps=HOURLY)

    (out,) = column(ledger, "select count(*) from notifications where cleared_at is not null")
    assert out <= HOURLY.per_hour + 4
    assert 13 - out == len(held(ledger))
    assert 1 == len(run(ledger.read(listed)))


def test_nothing_comes_to_be_held_by_a_brake_that_has_ended(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """A run that plans while a brake is released is let go with it, or judged anew."""
    (engaged,) = clear(ledger, clock, Batch(6))
    late = Batch(2)

    _, freed = overlap(
        ledger,
        lambda c: applied(c, [late], clock()),
        other,
        lambda c: brakes.release(c, engaged.id, by="cli:dana", now=clock()),
    )

    assert (8, []) == (freed, held(ledger))


def test_a_run_that_comes_while_a_brake_is_being_released_is_not_held(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """The run waits for the end of the brake, and finds none engaged."""
    (engaged,) = clear(ledger, clock, Batch(6))

    def release(connection: Connection) -> int:
        return brakes.release(connection, engaged.id, by="cli:dana", now=clock())

    def plan(connection: Connection) -> list[Engaged]:
        return applied(connection, [Batch(2)], clock(), CAPS)

    freed, again = overlap(ledger, release, other, plan)

    assert (6, [], []) == (freed, again, held(ledger))
