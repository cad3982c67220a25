"""Group commit: many writes share a transaction, and none suffers for another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from duebell.domain.delivery import NotificationStatus
from duebell.domain.failures import LedgerUnavailable
from duebell.ledger.ledger import Ledger
from duebell.ledger.tables import PaceRow
from tests.ledger_scenes import (
    START,
    a_signal,
    accepted,
    an_ending,
    an_intent,
    column,
    planned,
    rows,
    run,
    sending,
    together,
)

PACE = PaceRow.__table__  # type: ignore[attr-defined]


class Faulty(Exception):
    """An item that cannot be written."""


def put(sender: str) -> Callable[[Connection], str]:
    """Write a row of this name."""

    def write(connection: Connection) -> str:
        connection.execute(PACE.insert().values(sender=sender, next_at=START))
        return sender

    return write


def refuse(connection: Connection) -> str:
    """Fail in Python, after having written something."""
    connection.execute(PACE.insert().values(sender="half", next_at=START))
    raise Faulty


def senders(ledger: Ledger) -> list[str]:
    """The rows that were written."""
    return column(ledger, "select sender from pace order by sender")


async def settle(steps: Sequence[Coroutine[Any, Any, str]]) -> list[str]:
    """Do steps at the same time; gives results, and the names of errors."""
    results = await asyncio.gather(*steps, return_exceptions=True)
    return [result if isinstance(result, str) else type(result).__name__ for result in results]


def hold_up(ledger: Ledger) -> tuple[threading.Event, Callable[[Connection], str]]:
    """A write that waits for an event, so that what comes meanwhile shares the next commit."""
    go = threading.Event()

    def wait(connection: Connection) -> str:
        assert go.wait(10)
        return "waited"

    return go, wait


async def in_one_commit(ledger: Ledger, writes: Sequence[Callable[[Connection], str]]) -> list[str]:
    """Have writes go into one transaction; gives their results and the names of their errors."""
    go, wait = hold_up(ledger)
    first = asyncio.create_task(ledger.write(wait))
    await asyncio.sleep(0.05)
    rest = asyncio.create_task(settle([ledger.write(write) for write in writes]))
    await asyncio.sleep(0.05)
    go.set()
    await first
    return await rest


def transaction_of(sender: str) -> Callable[[Connection], str]:
    """Which transaction of PostgreSQL this write is in."""

    def write(connection: Connection) -> str:
        return str(connection.execute(text("select pg_current_xact_id()")).scalar_one())

    return write


def test_what_waits_together_is_committed_together(
    postgres_url: str, open_ledger: Callable[[str], Ledger]
) -> None:
    """Writes that come while a transaction is under way share the next one."""
    ledger = open_ledger(postgres_url)

    transactions = run(in_one_commit(ledger, [transaction_of(str(n)) for n in range(30)]))

    assert (30, 1) == (len(transactions), len(set(transactions)))


def test_a_write_that_fails_does_not_take_others_with_it(ledger: Ledger) -> None:
    """Of the writes of one commit only the faulty ones fail; the others are stored, once."""
    writes = [put("a"), refuse, put("b"), put("a"), put("c")]

    results = run(in_one_commit(ledger, writes))

    assert ["a", "Faulty", "b", "IntegrityError", "c"] == results
    assert ["a", "b", "c"] == senders(ledger)


def test_a_signal_is_kept_beside_a_faulty_write(ledger: Ledger) -> None:
    """A delivery that shares its commit with a fault of somebody else is acknowledged."""

    async def story() -> list[Any]:
        signals = [ledger.record_signal(a_signal(str(number))) for number in range(20)]
        return await asyncio.gather(*signals, ledger.write(refuse), return_exceptions=True)

    results = run(story())

    assert [None] * 20 == results[:20]
    assert isinstance(results[20], Faulty)
    assert [20] == column(ledger, "select count(*) from signals")


def test_verbs_of_several_kinds_share_a_commit(ledger: Ledger) -> None:
    """Signals, attempts and outcomes at the same moment all get their own answers."""
    ready, begun = planned(ledger, "1"), sending(ledger, "2")

    number, status, nothing = together(
        ledger.begin_attempt(an_intent(ready)),
        ledger.finish_attempt(an_ending(begun)),
        ledger.record_signal(a_signal("3")),
    )

    assert (1, NotificationStatus.ACCEPTED, None) == (number, status, nothing)


def test_an_outcome_for_nothing_fails_alone(ledger: Ledger) -> None:
    """An ending of an unknown notification is the only one of its commit that is refused."""
    begun = sending(ledger)

    async def story() -> list[Any]:
        steps = [ledger.finish_attempt(an_ending(id_)) for id_ in ("nowhere", begun)]
        return await asyncio.gather(*steps, return_exceptions=True)

    missing, told = run(story())

    assert (KeyError, NotificationStatus.ACCEPTED) == (type(missing), told)


def test_an_id_that_is_taken_costs_no_outcome(ledger: Ledger) -> None:
    """No two attempts have one provider id; the second is known to be accepted all the same."""
    accepted(ledger, "1", "SM1")
    second = sending(ledger, "2")

    told = run(ledger.finish_attempt(an_ending(second, provider_id="SM1")))

    bound = rows(ledger, "select provider_id, outcome from attempts order by id")
    assert NotificationStatus.ACCEPTED is told
    assert [("SM1", "accepted"), (None, "accepted")] == bound


def test_who_loses_a_race_finds_what_the_other_wrote(ledger: Ledger, other: Ledger) -> None:
    """A write that another process came before is tried once more, and heeds the other's row."""
    tries = list[str]()

    def put_where_none_is(connection: Connection) -> str:
        tries.append("tried")
        # What it would see that looks while the other one's transaction is not at its end.
        is_there = len(tries) > 1 and "a" in connection.execute(select(PACE.c.sender)).scalars()
        return "found" if is_there else put("a")(connection)

    run(other.write(put("a")))
    told = run(ledger.write(put_where_none_is))

    assert ("found", 2) == (told, len(tries))


def test_a_write_whose_caller_left_is_done_all_the_same(ledger: Ledger) -> None:
    """A cancelled request does not undo a write, nor disturb the next ones."""

    async def story() -> str:
        task = asyncio.create_task(ledger.write(put("left")))
        await asyncio.sleep(0)
        task.cancel()
        return await ledger.write(put("stayed"))

    run(story())

    assert ["left", "stayed"] == senders(ledger)


def test_a_caller_whose_loop_is_gone_does_no_harm(ledger: Ledger) -> None:
    """The writer goes on when the event loop of one of its callers has ended."""
    go, wait = hold_up(ledger)

    async def leave() -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(ledger.write(wait))
        await asyncio.sleep(0.05)
        task.cancel()

    run(leave())
    go.set()

    assert "after" == run(ledger.write(put("after")))


def test_closing_writes_what_was_asked_for(
    ledger_url: str, ledger: Ledger, open_ledger: Callable[[str], Ledger]
) -> None:
    """What was begun before the end is on disk after it."""
    ending = open_ledger(ledger_url)

    async def story() -> list[str]:
        steps = asyncio.create_task(settle([ending.write(put(str(n))) for n in range(9)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.to_thread(ending.close)
        return await steps

    done = run(story())

    assert done == senders(ledger)
    assert 9 == len(done)


def test_a_closed_ledger_says_so(ledger_url: str, open_ledger: Callable[[str], Ledger]) -> None:
    """A write after the end fails at once instead of waiting for ever."""
    closed = open_ledger(ledger_url)
    closed.close()

    with pytest.raises(LedgerUnavailable):
        run(asyncio.wait_for(closed.write(put("late")), 5))


def crossing(meet: threading.Barrier, one: str, other: str) -> list[Callable[[Connection], str]]:
    """Two writes, the second of which waits at its first try until the other side got as far."""
    tries = iter([True])

    def touch(sender: str) -> Callable[[Connection], str]:
        def write(connection: Connection) -> str:
            if sender == other and next(tries, False):
                meet.wait()
            change = PACE.update().where(PACE.c.sender == sender).values(next_at=START)
            connection.execute(change)
            return sender

        return write

    return [touch(one), touch(other)]


def test_two_processes_that_block_each_other_both_get_through(
    postgres_url: str, open_ledger: Callable[[str], Ledger]
) -> None:
    """Where PostgreSQL ends one of two transactions that wait for each other, it is done again."""
    first, second = open_ledger(postgres_url), open_ledger(postgres_url)
    together(first.write(put("a")), first.write(put("b")))
    meet = threading.Barrier(2, timeout=10)

    done = together(
        in_one_commit(first, crossing(meet, "a", "b")),
        in_one_commit(second, crossing(meet, "b", "a")),
    )

    assert [["a", "b"], ["b", "a"]] == done
