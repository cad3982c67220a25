"""Brakes: what passes a cap is held, told once, and let go or suppressed by a person."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, event

from duebell.domain.brakes import BrakeStatus, Caps
from duebell.domain.failures import BrakeRefused
from duebell.domain.signals import SignalSource
from duebell.ledger import brakes, unsent
from duebell.ledger.brake_reading import Brake, listed
from duebell.ledger.ledger import Ledger
from tests.integration.ledger.cleared_rows import CAPS, Batch, clear, held
from tests.ledger_scenes import ACCOUNT, START, Clock, column, rows, run, trail

OPERATOR = "cli:dana"


def end(ledger: Ledger, clock: Clock, brake_id: int, word: str = "release") -> int:
    """Release or drop a brake; gives how many messages it held."""
    verb = brakes.release if word == "release" else brakes.drop
    return run(ledger.write(lambda c: verb(c, brake_id, by=OPERATOR, now=clock())))


def all_brakes(ledger: Ledger) -> list[Brake]:
    """Every brake there was, newest first."""
    return run(ledger.read(lambda c: listed(c, with_ended=True)))


# -- engaging


def test_within_the_caps_nothing_is_held(ledger: Ledger, clock: Clock) -> None:
    """A run at the cap goes out, and no brake engages."""
    engaged = clear(ledger, clock, Batch(5))

    assert ([], [], []) == (engaged, held(ledger), all_brakes(ledger))


def test_a_run_over_the_cap_is_held_whole(ledger: Ledger, clock: Clock) -> None:
    """One message too many in a run holds all of them, with the reason, and says so once."""
    batch = Batch(6)

    (engaged,) = clear(ledger, clock, batch)

    reason = "6 messages in one run; the cap is 5"
    assert (reason, 6) == (engaged.reason, engaged.count)
    assert f"{engaged.id}:{reason}; 6 held" == engaged.object_id
    assert batch.ids == held(ledger)
    (brake,) = all_brakes(ledger)
    assert (engaged.id, "a1", BrakeStatus.ENGAGED, "run", reason, 6, START) == (
        *(brake.id, brake.account_id, brake.status, brake.cap, brake.reason),
        *(brake.held_now, brake.engaged_at),
    )


def test_an_hour_over_the_cap_holds_the_run_that_passed_it(ledger: Ledger, clock: Clock) -> None:
    """What left earlier within the hour counts; only the run that passes the cap is held."""
    clear(ledger, clock, Batch(4))
    clock.pass_(minutes=59)
    clear(ledger, clock, Batch(4))
    late = Batch(1)

    (engaged,) = clear(ledger, clock, late)

    assert "9 messages within an hour; the cap is 8" == engaged.reason
    assert late.ids == held(ledger)


def test_what_left_an_hour_ago_counts_no_more(ledger: Ledger, clock: Clock) -> None:
    """The hour moves on with the time."""
    clear(ledger, clock, Batch(5))
    clock.pass_(minutes=60)

    engaged = clear(ledger, clock, Batch(5))

    assert ([], []) == (engaged, held(ledger))


def test_a_share_of_the_clients_is_a_cap(ledger: Ledger, clock: Clock) -> None:
    """Telling more than half of the clients within an hour holds, where their number is known."""
    caps = Caps(1000, 1000, 0.5)
    clear(ledger, clock, Batch(25), caps=caps)
    clear(ledger, clock, Batch(10, "a2"), caps=caps, clients=11)
    before = held(ledger)

    (engaged,) = clear(ledger, clock, Batch(1), caps=caps, clients=50)

    assert "26 of 50 clients told within an hour; the cap is 50% of them" == engaged.reason
    assert ([], 1) == (before, len(held(ledger)))


@pytest.mark.parametrize(
    ("audience", "source"),
    [("list:approvers", SignalSource.WEBHOOK), ("client", SignalSource.BACKFILL)],
)
def test_the_share_is_of_clients_told_unasked(
    ledger: Ledger, clock: Clock, audience: str, source: SignalSource
) -> None:
    """Messages to staff about clients, and those of a backfill, are no share of clients."""
    caps = Caps(1000, 1000, 0.5)
    clear(ledger, clock, Batch(40, audience=audience, source=source, is_exempt=True))

    engaged = clear(ledger, clock, Batch(5), caps=caps, clients=50)

    assert ([], []) == (engaged, held(ledger))


def test_the_exempt_count_and_are_never_held(ledger: Ledger, clock: Clock) -> None:
    """Staff, own events and backfills use the hour up, and go out whatever is engaged."""
    exempt = Batch(20, is_exempt=True)
    clear(ledger, clock, exempt)
    mine = Batch(1)

    (engaged,) = clear(ledger, clock, mine, Batch(20, is_exempt=True))

    assert "41 messages within an hour; the cap is 8" == engaged.reason
    assert mine.ids == held(ledger)


def test_an_engaged_brake_holds_all_that_comes_and_is_told_once(
    ledger: Ledger, clock: Clock
) -> None:
    """What comes later joins the brake, however little it is and however late."""
    first, second = Batch(6), Batch(1)
    clear(ledger, clock, first)
    clock.pass_(hours=5)

    engaged = clear(ledger, clock, second)

    assert [] == engaged
    assert first.ids + second.ids == held(ledger)
    (brake,) = all_brakes(ledger)
    assert 7 == brake.held_now
    assert [7] == column(ledger, "select held from brakes")


def test_each_account_has_brakes_of_its_own(ledger: Ledger, clock: Clock) -> None:
    """One business over its cap holds up no other, even in one run."""
    small, large = Batch(5, "small"), Batch(6, "large")

    (engaged,) = clear(ledger, clock, small, large)

    assert "large" == engaged.account_id
    assert large.ids == held(ledger)


def test_engaging_is_audited_once(ledger: Ledger, clock: Clock) -> None:
    """The trail has one record of the brake, with the sentence."""
    clear(ledger, clock, Batch(6))
    clear(ledger, clock, Batch(2))

    assert [("duebell", "engaged", None, "engaged", "6 messages in one run; the cap is 5")] == rows(
        ledger,
        "select actor, action, from_status, to_status, reason from audit_records"
        " where entity = 'brake'",
    )


# -- releasing


def test_what_is_released_is_planned_again(ledger: Ledger, clock: Clock) -> None:
    """The messages wait for nothing any more, and their signals are worked on at once."""
    batch = Batch(6)
    (engaged,) = clear(ledger, clock, batch)
    clock.pass_(hours=3)

    count = end(ledger, clock, engaged.id)

    assert (6, []) == (count, held(ledger))
    assert {(None, engaged.id, None)} == set(
        rows(ledger, "select hold, brake_id, reason from notifications")
    )
    assert 6 == run(ledger.count_claimable())
    (brake,) = all_brakes(ledger)
    assert (BrakeStatus.RELEASED, 0, clock(), OPERATOR) == (
        *(brake.status, brake.held_now),
        *(brake.ended_at, brake.ended_by),
    )


def test_after_a_release_the_hour_counts_anew(ledger: Ledger, clock: Clock) -> None:
    """Neither what was released nor what left before it counts; what comes after it does."""
    clear(ledger, clock, Batch(5))
    (engaged,) = clear(ledger, clock, Batch(4))
    end(ledger, clock, engaged.id)
    clock.pass_(seconds=1)
    within = clear(ledger, clock, Batch(5)) + clear(ledger, clock, Batch(3))

    (again,) = clear(ledger, clock, Batch(1))

    assert [] == within
    assert "9 messages within an hour; the cap is 8" == again.reason
    assert again.id != engaged.id


def test_what_was_released_once_is_not_held_again(ledger: Ledger, clock: Clock) -> None:
    """Released messages that wait for the morning, and are cleared then, pass every brake."""
    released, fresh = Batch(6), Batch(6)
    (engaged,) = clear(ledger, clock, released)
    end(ledger, clock, engaged.id)
    clock.pass_(hours=11)

    alone = run(ledger.write(lambda c: brakes.apply(c, released.cleared(), CAPS, {}, clock())))
    clear(ledger, clock, fresh)
    run(ledger.write(lambda c: brakes.apply(c, released.cleared(), CAPS, {}, clock())))

    assert [] == alone
    assert fresh.ids == held(ledger)


def test_what_ended_meanwhile_is_not_released(ledger: Ledger, clock: Clock) -> None:
    """A held message that was suppressed, because its invoice was paid, stays so."""
    batch = Batch(6)
    (engaged,) = clear(ledger, clock, batch)
    paid = f"client-{batch.numbers[0]}"
    run(ledger.write(lambda c: unsent.stop(c, ACCOUNT, "client", paid, "it is paid", clock())))

    count = end(ledger, clock, engaged.id)

    assert (5, ["suppressed"]) == (
        count,
        column(ledger, "select status from notifications where client_id = :id", id=paid),
    )


# -- dropping


def test_what_is_dropped_is_suppressed(ledger: Ledger, clock: Clock) -> None:
    """Nobody hears of it, each message says why, and nothing is worked on again."""
    batch = Batch(6)
    (engaged,) = clear(ledger, clock, batch)

    count = end(ledger, clock, engaged.id, "drop")

    reason = f"dropped by an operator (brake {engaged.id})"
    assert (6, 0) == (count, run(ledger.count_claimable()))
    assert {("suppressed", reason, None)} == set(
        rows(ledger, "select status, reason, hold from notifications")
    )
    assert [("planned", "suppressed")] == trail(ledger, batch.ids[0])
    assert [(OPERATOR, "engaged", "dropped", "6 messages suppressed")] == rows(
        ledger,
        "select actor, from_status, to_status, reason from audit_records where action = 'dropped'",
    )


@pytest.mark.parametrize("first", ["release", "drop"])
@pytest.mark.parametrize("then", ["release", "drop"])
def test_a_brake_ends_once(ledger: Ledger, clock: Clock, first: str, then: str) -> None:
    """Whoever comes second changes nothing, and is told who was first, when, and how."""
    (engaged,) = clear(ledger, clock, Batch(6))
    end(ledger, clock, engaged.id, first)
    before = rows(ledger, "select id, status, hold, cleared_at from notifications order by id")
    clock.pass_(minutes=5)

    with pytest.raises(BrakeRefused) as refusal:
        end(ledger, clock, engaged.id, then)

    word = {"release": "released", "drop": "dropped"}[first]
    assert f"was {word} at 2026-03-02 15:00 UTC by {OPERATOR}" in str(refusal.value)
    assert before == rows(
        ledger, "select id, status, hold, cleared_at from notifications order by id"
    )


def test_a_brake_that_never_was_is_refused(ledger: Ledger, clock: Clock) -> None:
    """A number that is nobody's is told, with the way to all numbers."""
    with pytest.raises(BrakeRefused, match="there is no brake 7: `duebell brake list --all`"):
        end(ledger, clock, 7)


# -- cost


@pytest.mark.parametrize(("is_exempt", "most"), [(False, 2), (True, 0)])
def test_quiet_times_cost_two_questions(
    ledger: Ledger, clock: Clock, is_exempt: bool, most: int
) -> None:
    """A run within its caps asks twice at most; one with nothing that may be held never."""
    asked: list[str] = []

    def look(connection: Connection) -> None:
        cleared = Batch(3, is_exempt=is_exempt).insert(connection, clock())
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        brakes.apply(connection, cleared, CAPS, {"a1": 100}, clock())

    run(ledger.write(look))

    assert most == len(asked)
