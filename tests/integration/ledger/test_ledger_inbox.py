"""The inbox: signals coalesce while they wait, belong to one living worker, and never get lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import create_engine, text

from duebell.domain.signals import ClaimedSignal, Signal, SignalSource
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import (
    START,
    WORKER,
    Clock,
    a_signal,
    a_worker,
    claimed_signal,
    column,
    rows,
    run,
    together,
)

MINUTE = timedelta(minutes=1)


def ids(claimed: list[ClaimedSignal]) -> list[str]:
    """The records that claimed signals point at."""
    return [one.signal.object_id for one in claimed]


def record(ledger: Ledger, *object_ids: str) -> None:
    """Record signals one after the other."""
    for object_id in object_ids:
        run(ledger.record_signal(a_signal(object_id)))


def test_a_waiting_signal_is_counted_instead_of_added(ledger: Ledger) -> None:
    """The same signal that comes three times while it waits is one row with three deliveries."""
    record(ledger, "42", "42", "42")

    assert [(3, "waiting")] == rows(ledger, "select deliveries, status from signals")


def test_signals_of_one_commit_coalesce_too(ledger: Ledger) -> None:
    """Many deliveries at the same time leave one row per signal, and each of them is counted."""
    steps = [ledger.record_signal(a_signal(str(number % 20))) for number in range(300)]

    together(*steps)

    assert [(20, 300)] == rows(ledger, "select count(*), sum(deliveries) from signals")


def test_two_processes_record_the_same_signals_at_once(ledger: Ledger, other: Ledger) -> None:
    """Two processes that hear of the same records in opposite orders neither block nor lose one."""
    up = [ledger.record_signal(a_signal(str(number))) for number in range(100)]
    down = [other.record_signal(a_signal(str(number))) for number in reversed(range(100))]

    together(*up, *down)

    assert [(100, 200)] == rows(ledger, "select count(*), sum(deliveries) from signals")


def test_a_signal_after_the_claim_is_a_new_row(ledger: Ledger) -> None:
    """What comes while a worker looks at the record is looked at again, not swallowed."""
    claimed_signal(ledger, "42")

    record(ledger, "42")

    assert ["claimed", "waiting"] == column(ledger, "select status from signals order by id")


def test_the_source_does_not_split_a_signal(ledger: Ledger) -> None:
    """A poll that finds what a webhook told coalesces with it, within one commit and across two."""
    polled = Signal("a1", "invoice.create", "42", SignalSource.POLL)
    together(ledger.record_signal(a_signal("42")), ledger.record_signal(polled))

    run(ledger.record_signal(polled))

    assert [(3,)] == rows(ledger, "select deliveries from signals")


def test_a_claim_takes_the_oldest_and_no_more_than_asked(ledger: Ledger) -> None:
    """Claims come oldest first, in batches of the size that was asked for."""
    record(ledger, "1", "2", "3")
    run(ledger.beat(a_worker()))

    first = run(ledger.claim(WORKER, "b1", 2))
    second = run(ledger.claim(WORKER, "b2", 2))

    assert (["1", "2"], ["3"]) == (ids(first), ids(second))


def test_a_claim_is_bounded_whatever_the_planner_thinks(
    postgres_url: str, open_ledger: Callable[[str], Ledger]
) -> None:
    """PostgreSQL takes no more than asked, even where it believes the table to be tiny."""
    ledger = open_ledger(postgres_url)
    record(ledger, "0")
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("analyze signals"))
    engine.dispose()
    together(*(ledger.record_signal(a_signal(str(number))) for number in range(1, 9)))
    run(ledger.beat(a_worker()))

    claimed = run(ledger.claim(WORKER, "b1", 3))

    assert ["0", "1", "2"] == ids(claimed)


def test_claims_of_two_processes_never_overlap(ledger: Ledger, other: Ledger) -> None:
    """Two workers that claim at the same time share the signals out: each is taken exactly once."""
    together(*(ledger.record_signal(a_signal(str(number))) for number in range(120)))
    together(ledger.beat(a_worker("w1")), other.beat(a_worker("w2")))

    batches = together(
        *(
            process.claim(worker, f"{worker}-{turn}", 5)
            for turn in range(15)
            for process, worker in ((ledger, "w1"), (other, "w2"))
        )
    )

    taken = sorted(int(object_id) for batch in batches for object_id in ids(batch))
    assert list(range(120)) == taken


def test_claims_from_threads_never_overlap(ledger: Ledger, other: Ledger) -> None:
    """The same holds for workers in threads with event loops of their own."""
    together(*(ledger.record_signal(a_signal(str(number))) for number in range(60)))
    together(ledger.beat(a_worker("w1")), other.beat(a_worker("w2")))
    taken: list[str] = []

    def work(process: Ledger, worker: str) -> None:
        while batch := run(process.claim(worker, f"b-{worker}", 4)):
            taken.extend(ids(batch))

    threads = [
        threading.Thread(target=work, args=(ledger, "w1")),
        threading.Thread(target=work, args=(other, "w2")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(str(number) for number in range(60)) == sorted(taken)


def test_a_deferred_signal_waits_for_its_time(ledger: Ledger, clock: Clock) -> None:
    """A signal that was put off is nobody's until its time has come, and then it is claimed."""
    claimed = claimed_signal(ledger)
    run(ledger.end_signals([Ending(claimed.id, "later", clock(), clock() + MINUTE)]))

    early = run(ledger.claim(WORKER, "b2", 10))
    clock.pass_(seconds=60)
    run(ledger.beat(a_worker()))
    due = run(ledger.claim(WORKER, "b3", 10))

    assert ([], [claimed.id]) == (ids(early), [one.id for one in due])
    assert 2 == due[0].tries


def test_only_what_may_be_claimed_is_counted(ledger: Ledger, clock: Clock) -> None:
    """Waiting and due signals count; done, claimed and not yet due ones do not."""
    record(ledger, "1", "2", "3", "4")
    run(ledger.beat(a_worker()))
    first, second, _ = run(ledger.claim(WORKER, "b1", 3))
    run(ledger.end_signals([Ending(first.id, "done", clock())]))
    run(ledger.end_signals([Ending(second.id, "later", clock(), clock() + timedelta(seconds=5))]))

    now = run(ledger.count_claimable())
    clock.pass_(seconds=5)
    later = run(ledger.count_claimable())

    assert (1, 2) == (now, later)


def test_a_living_workers_claims_are_its_own(ledger: Ledger, clock: Clock) -> None:
    """As long as the worker renews its lease nobody else gets what it claimed."""
    claimed_signal(ledger)
    clock.pass_(seconds=10)
    run(ledger.beat(a_worker()))
    clock.pass_(seconds=10)
    run(ledger.beat(a_worker("w2")))

    taken = run(ledger.claim("w2", "b2", 10))

    assert [] == taken


def test_a_dead_workers_claims_are_taken_up(ledger: Ledger, clock: Clock) -> None:
    """A worker that stopped renewing its lease loses what it claimed to the next one."""
    claimed = claimed_signal(ledger)
    clock.pass_(seconds=16)
    run(ledger.beat(a_worker("w2")))

    taken = run(ledger.claim("w2", "b2", 10))

    assert [claimed.id] == [one.id for one in taken]


def test_a_worker_that_leaves_gives_its_claims_up_at_once(ledger: Ledger) -> None:
    """Nobody waits for the lease of a worker that ended in good order."""
    claimed_signal(ledger)
    run(ledger.beat(a_worker("w2")))
    run(ledger.leave(WORKER))

    taken = run(ledger.claim("w2", "b2", 10))

    assert ["42"] == ids(taken)


def test_a_retried_run_gets_back_what_is_left_of_its_batch(ledger: Ledger, clock: Clock) -> None:
    """Reclaiming gives a batch's claimed and put-off signals, not the done ones."""
    record(ledger, "1", "2", "3")
    run(ledger.beat(a_worker()))
    done, put_off, left = run(ledger.claim(WORKER, "b1", 10))
    run(ledger.end_signals([Ending(done.id, "done", clock())]))
    run(ledger.end_signals([Ending(put_off.id, "later", clock(), clock() + MINUTE)]))

    again = run(ledger.reclaim(WORKER, "b1"))

    assert [put_off.id, left.id] == [one.id for one in again]


def test_a_batch_is_not_reclaimed_from_a_living_worker(ledger: Ledger) -> None:
    """A run that is doubled elsewhere gets nothing while the first worker is at it."""
    claimed_signal(ledger)
    run(ledger.beat(a_worker("w2")))

    again = run(ledger.reclaim("w2", "batch-42"))

    assert [] == again


def test_a_batch_is_reclaimed_from_a_dead_worker(ledger: Ledger, clock: Clock) -> None:
    """A run that is retried after its worker died gets the batch."""
    claimed = claimed_signal(ledger)
    clock.pass_(seconds=16)
    run(ledger.beat(a_worker("w2")))

    again = run(ledger.reclaim("w2", "batch-42"))

    assert [claimed.id] == [one.id for one in again]


def test_what_moved_to_another_batch_is_not_reclaimed(ledger: Ledger, clock: Clock) -> None:
    """A batch whose signals another worker took up in its own batch has nothing left."""
    claimed_signal(ledger)
    clock.pass_(seconds=16)
    run(ledger.beat(a_worker("w2")))
    run(ledger.claim("w2", "b2", 10))
    run(ledger.beat(a_worker()))

    again = run(ledger.reclaim(WORKER, "batch-42"))

    assert [] == again


def test_release_puts_off_what_a_run_left(ledger: Ledger, clock: Clock) -> None:
    """A run that fails gives its signals back for another run, after a pause."""
    claimed = claimed_signal(ledger)

    released = run(ledger.release(WORKER, "batch-42", MINUTE))
    early = run(ledger.claim(WORKER, "b2", 10))
    clock.pass_(seconds=60)
    late = run(ledger.claim(WORKER, "b3", 10))

    assert (1, [], [claimed.id]) == (released, early, [one.id for one in late])


def test_release_leaves_another_workers_signals_alone(ledger: Ledger) -> None:
    """A run gives back only what its own worker holds."""
    claimed_signal(ledger)

    released = run(ledger.release("w2", "batch-42", MINUTE))

    assert (0, ["claimed"]) == (released, column(ledger, "select status from signals"))


def test_a_done_signal_stays_done(ledger: Ledger, clock: Clock) -> None:
    """A late word of a run that lost its claim changes nothing about a signal that is done."""
    claimed = claimed_signal(ledger)
    run(ledger.end_signals([Ending(claimed.id, "told", clock())]))

    run(ledger.end_signals([Ending(claimed.id, "later", clock(), clock() + MINUTE)]))

    assert [("done", "told")] == rows(ledger, "select status, outcome from signals")


def test_ending_says_what_became_of_it_and_when(ledger: Ledger, clock: Clock) -> None:
    """A done signal has its outcome and the moment, and belongs to nobody."""
    claimed = claimed_signal(ledger)
    clock.pass_(seconds=3)

    run(ledger.end_signals([Ending(claimed.id, "told", clock())]))

    found = rows(ledger, "select outcome, claimed_by, done_at is not null from signals")
    assert [("told", None, True)] == found


def test_a_worker_ends_only_what_it_still_holds(ledger: Ledger) -> None:
    """A worker that was thought dead does not end what another one has taken over."""
    claimed = claimed_signal(ledger)
    (holder,) = column(ledger, "select claimed_by from signals")

    run(ledger.end_signals([Ending(claimed.id, "told", START)], "another worker"))
    after_another = column(ledger, "select status from signals")
    run(ledger.end_signals([Ending(claimed.id, "told", START)], str(holder)))

    assert (["claimed"], ["done"]) == (after_another, column(ledger, "select status from signals"))


def test_ending_nothing_is_no_fault(ledger: Ledger) -> None:
    """A run without signals may end them all."""
    run(ledger.end_signals([]))

    assert 0 == run(ledger.count_claimable())


def test_times_come_back_as_aware_utc(ledger: Ledger) -> None:
    """A claimed signal tells when it was received, in UTC, on every database."""
    claimed = claimed_signal(ledger)

    assert (START, timedelta(0)) == (claimed.received_at, claimed.received_at.utcoffset())
