"""Workers' leases, the pace that senders share, and what readiness says of it all."""

from __future__ import annotations

from datetime import timedelta

from duebell.domain.readiness import NO_WORKER
from duebell.ledger.ledger import Ledger
from duebell.ledger.workers import GUEST_PREFIX, count_living
from tests.ledger_scenes import START, Clock, a_worker, column, rows, run, together

URL = "https://duebell.example"


def test_a_worker_lives_as_long_as_its_lease(ledger: Ledger, clock: Clock) -> None:
    """A worker that was heard of 15 seconds ago is dead, and lives again with its next word."""
    run(ledger.beat(a_worker()))
    clock.pass_(seconds=14)
    alive = run(ledger.living_workers())
    clock.pass_(seconds=1)
    dead = run(ledger.living_workers())
    run(ledger.beat(a_worker()))

    again = run(ledger.living_workers())

    assert [["worker-1"], [], ["worker-1"]] == [sorted(ids) for ids in (alive, dead, again)]
    assert [1] == column(ledger, "select count(*) from workers")


def test_a_worker_that_left_is_not_alive(ledger: Ledger) -> None:
    """A worker that ends in good order ends its lease, and no other one's."""
    together(ledger.beat(a_worker("w1")), ledger.beat(a_worker("w2")))

    run(ledger.leave("w1"))

    assert {"w2"} == run(ledger.living_workers())


def test_workers_long_dead_are_forgotten(ledger: Ledger, clock: Clock) -> None:
    """Rows of dead workers are kept for a week and then removed."""
    run(ledger.beat(a_worker("old")))
    clock.pass_(days=8)
    together(ledger.beat(a_worker("w1")), ledger.beat(a_worker("w2")))

    run(ledger.leave("w1"))

    assert ["w1", "w2"] == column(ledger, "select id from workers order by id")


def test_a_guest_is_no_worker(ledger: Ledger) -> None:
    """A process that works no signals off lives, and is nobody's worker: not even readiness'."""
    guest = a_worker(f"{GUEST_PREFIX}host-7")
    run(ledger.beat(guest))

    assert frozenset() == run(ledger.living_workers())
    assert {guest.id} == run(ledger.living_workers(with_guests=True))
    assert 0 == run(ledger.read(lambda c: count_living(c, START)))
    assert NO_WORKER in run(ledger.readiness(URL))


def test_a_guest_hides_no_worker(ledger: Ledger) -> None:
    """Beside a guest the workers are who they are."""
    together(ledger.beat(a_worker(f"{GUEST_PREFIX}host-7")), ledger.beat(a_worker("w1")))

    assert {"w1"} == run(ledger.living_workers())
    assert NO_WORKER not in run(ledger.readiness(URL))


def test_the_pace_spaces_sends_out(ledger: Ledger) -> None:
    """At 10 segments per second three messages of two segments begin 0.2 seconds apart."""
    begins = [run(ledger.reserve_pace("+12125550100", 2, 10)) for _ in range(3)]

    steps = [begin - START for begin in begins]
    assert [timedelta(0), timedelta(seconds=0.2), timedelta(seconds=0.4)] == steps


def test_the_pace_is_shared_by_all_processes(ledger: Ledger, other: Ledger) -> None:
    """Two processes that send at once never get the same stretch of a sender's rate."""
    begins = together(
        *(process.reserve_pace("+12125550100", 1, 10) for process in (ledger, other) * 10)
    )

    expected = [START + number * timedelta(seconds=0.1) for number in range(20)]
    assert expected == sorted(begins)


def test_an_idle_sender_saves_nothing_up(ledger: Ledger, clock: Clock) -> None:
    """After a pause a sender begins now, and no faster than its rate."""
    run(ledger.reserve_pace("+12125550100", 1, 10))
    clock.pass_(hours=1)

    begins = [run(ledger.reserve_pace("+12125550100", 1, 10)) for _ in range(2)]

    assert [clock(), clock() + timedelta(seconds=0.1)] == begins


def test_senders_have_a_pace_each(ledger: Ledger) -> None:
    """One busy sender does not slow another one down."""
    run(ledger.reserve_pace("+12125550100", 100, 10))

    assert START == run(ledger.reserve_pace("+12125550101", 1, 10))


def test_readiness_names_all_that_is_missing(ledger: Ledger) -> None:
    """A new installation is told each thing that it lacks, and the probe leaves nothing behind."""
    missing = run(ledger.readiness(URL))

    assert [
        "FreshBooks is not connected yet: run `duebell connect freshbooks`.",
        "No webhook is registered with FreshBooks yet.",
        "No worker is running: start one with `duebell worker`.",
    ] == missing
    assert [] == rows(ledger, "select * from workers")


def test_a_complete_installation_is_ready(ledger: Ledger) -> None:
    """With a connection, a verified webhook and a living worker nothing is missing."""
    run(ledger.seed_connection("refresh-1"))
    run(ledger.ensure_callback("a1", "invoice.create", URL, "token-1"))
    callback = run(ledger.find_callback("token-1"))
    assert callback is not None
    run(ledger.bind_callback(callback.row, "77", is_verified=True))
    run(ledger.beat(a_worker()))

    assert [] == run(ledger.readiness(URL))


def test_readiness_is_asked_by_several_at_once(ledger: Ledger, other: Ledger) -> None:
    """Probes of several processes do not trip over each other."""
    answers = together(*(process.readiness(URL) for process in (ledger, other) * 5))

    assert [3] * 10 == [len(answer) for answer in answers]
