"""Backfills in the ledger: one runs at a time, and what it found and how far it is are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.exc import StatementError

from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import backfills
from duebell.ledger.backfills import DONE, LEASE, RUNNING, STOPPED, StoredBackfill
from duebell.ledger.inbox import Arrival
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import (
    ACCOUNT,
    START,
    WORKER,
    a_record,
    a_signal,
    new_id,
    rows,
    run,
    together,
)

LATER = START + LEASE


def a_backfill(id_: str = "b1") -> StoredBackfill:
    """A backfill that has not begun."""
    return StoredBackfill(id_, {"since": "2026-01-01"}, {"step": 0}, {}, "")


def found(object_id: str) -> Arrival:
    """A signal of a backfill."""
    return Arrival(Signal(ACCOUNT, "invoice.create", object_id, SignalSource.BACKFILL), START)


def begun(ledger: Ledger, id_: str = "b1") -> str | None:
    """Begin a backfill; gives another one that runs."""
    return run(ledger.write(lambda c: backfills.begin(c, a_backfill(id_), START)))


def test_a_backfill_is_kept_and_found(ledger: Ledger) -> None:
    """It begins once; what was kept of it is given back, and runs."""
    begun(ledger)
    changed = replace(a_backfill(), cursor={"step": 7})
    run(ledger.write(lambda c: backfills.begin(c, changed, START)))

    stored = run(ledger.read(lambda c: backfills.find(c, "b1")))

    assert StoredBackfill("b1", {"since": "2026-01-01"}, {"step": 0}, {}, RUNNING) == stored
    assert None is run(ledger.read(lambda c: backfills.find(c, "b2")))


def test_of_two_that_begin_at_once_one_runs(ledger: Ledger, other: Ledger) -> None:
    """Whoever comes second is told of the first, and leaves nothing behind."""
    pairs = list(zip((ledger, other) * 4, "12345678", strict=True))

    beside = together(
        *(one.write(partial(backfills.begin, new=a_backfill(id_), now=START)) for one, id_ in pairs)
    )

    ((winner,),) = rows(ledger, "select id from backfills")
    expected = [None if id_ == winner else winner for _, id_ in pairs]
    assert expected == list(beside)


def test_nobody_goes_on_beside_another(ledger: Ledger) -> None:
    """One that was stopped waits until another one has ended."""
    begun(ledger, "b1")
    run(ledger.write(lambda c: backfills.end(c, "b1", STOPPED, START)))
    begun(ledger, "b2")
    too_early = run(ledger.write(lambda c: backfills.take_over(c, "b1", START)))
    run(ledger.write(lambda c: backfills.end(c, "b2", DONE, START)))

    in_time = run(ledger.write(lambda c: backfills.take_over(c, "b1", START)))

    assert (False, True) == (too_early, in_time)


def test_signals_and_cursor_are_one(ledger: Ledger) -> None:
    """What a page brought and that it was read are kept together."""
    begun(ledger)

    run(
        ledger.write(
            lambda c: backfills.advance(c, "b1", [found("1")], {"step": 1}, {"pages": 1}, START)
        )
    )

    stored = run(ledger.read(lambda c: backfills.find(c, "b1")))
    assert stored is not None
    assert ({"step": 1}, {"pages": 1}) == (stored.cursor, stored.counts)
    assert [("1", "backfill")] == [
        tuple(row) for row in rows(ledger, "select object_id, source from signals")
    ]


def test_without_the_cursor_no_signal_is_kept(ledger: Ledger) -> None:
    """Where the cursor cannot be kept, the signals of the page are not kept either."""
    begun(ledger)
    cursor = {"step": {1}}  # no JSON

    with pytest.raises((StatementError, TypeError), match="JSON"):
        run(ledger.write(lambda c: backfills.advance(c, "b1", [found("1")], cursor, {}, START)))

    stored = run(ledger.read(lambda c: backfills.find(c, "b1")))
    assert stored is not None
    assert {"step": 0} == stored.cursor
    assert [] == rows(ledger, "select id from signals")


@pytest.mark.parametrize(
    ("status", "at", "is_taken"),
    [
        (RUNNING, LATER - timedelta(seconds=1), False),
        (RUNNING, LATER, True),
        (STOPPED, START, True),
        (DONE, START, True),
    ],
)
def test_a_dead_backfill_is_taken_over(
    ledger: Ledger, status: str, at: datetime, is_taken: bool
) -> None:
    """Who goes on with one that still runs is refused; one that ended or died is taken over."""
    begun(ledger)
    if status != RUNNING:
        run(ledger.write(lambda c: backfills.end(c, "b1", status, START)))

    taken = run(ledger.write(lambda c: backfills.take_over(c, "b1", at)))

    assert is_taken is taken


def test_a_living_backfill_is_told_to_others(ledger: Ledger) -> None:
    """One that says that it is alive keeps others from beginning; itself is no other."""
    begun(ledger)
    run(ledger.write(lambda c: backfills.touch(c, "b1", LATER)))

    now = LATER + timedelta(seconds=1)
    seen_by_other = run(ledger.read(lambda c: backfills.other_running(c, "b2", now)))
    seen_by_itself = run(ledger.read(lambda c: backfills.other_running(c, "b1", now)))
    later = run(ledger.read(lambda c: backfills.other_running(c, "b2", now + LEASE)))

    assert ("b1", None, None) == (seen_by_other, seen_by_itself, later)


def test_what_backfills_led_to_is_counted(ledger: Ledger) -> None:
    """Open signals and planned messages of backfills are counted; the hour counts all."""
    begun(ledger)
    run(ledger.write(lambda c: backfills.advance(c, "b1", [found("1"), found("2")], {}, {}, START)))
    run(ledger.record_signal(a_signal("3")))
    claimed = run(ledger.claim(WORKER, "batch", 10))
    plans = [a_record(one) for one in claimed if one.signal.object_id != "2"]
    run(ledger.record_plans(plans, new_id))

    standing = run(ledger.read(lambda c: backfills.standing(c, START, START)))
    an_hour_later = run(
        ledger.read(lambda c: backfills.standing(c, LATER, START + timedelta(hours=1)))
    )

    assert (2, 1, 2) == (standing.open, standing.planned, standing.planned_in_hour)
    assert (0, 0) == (an_hour_later.planned, an_hour_later.planned_in_hour)


def test_decisions_are_counted_by_reason(ledger: Ledger) -> None:
    """Only what was decided after the run began, and about a backfill's signals, is counted."""
    begun(ledger)
    run(ledger.write(lambda c: backfills.advance(c, "b1", [found("1")], {}, {}, START)))
    run(ledger.record_signal(a_signal("3")))
    records = [a_record(one) for one in run(ledger.claim(WORKER, "batch", 10))]
    before = run(ledger.read(backfills.last_decision))
    run(ledger.record_plans(records, new_id))
    after = run(ledger.read(backfills.last_decision))

    counted = run(ledger.read(lambda c: backfills.outcomes(c, before)))

    ((verdict, reason, count),) = counted
    assert ("planned", 1) == (verdict, count)
    assert reason.startswith("rule invoice.create")
    assert [] == run(ledger.read(lambda c: backfills.outcomes(c, after)))


def test_known_messages_are_found_by_their_keys(ledger: Ledger) -> None:
    """Of the dedup keys asked for, those of the ledger are given with their statuses."""
    run(ledger.record_signal(a_signal("3")))
    (claimed,) = run(ledger.claim(WORKER, "batch", 10))
    record = a_record(claimed)
    run(ledger.record_plans([record], new_id))
    (planned,) = record.plan.notifications

    known = run(ledger.read(lambda c: backfills.known(c, [planned.dedup_key, "another"])))

    assert {planned.dedup_key: "planned"} == known
