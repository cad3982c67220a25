"""The doorbell rings when somebody else commits, and is silent otherwise."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from duebell.domain.signals import Signal
from duebell.ledger import inbox
from duebell.ledger.doorbell import Doorbell, open_doorbell
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from tests.ledger_scenes import Clock

T = TypeVar("T")

SHORT, LONG = 0.15, 5.0

#: A process that stores one signal in the ledger it is told, as the webhook process does.
ANOTHER_PROCESS = """
import asyncio, sys
from cryptography.fernet import Fernet
from duebell.domain.signals import Signal
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
ledger = Ledger(sys.argv[1], Sealer(Fernet.generate_key().decode()))
asyncio.run(ledger.record_signal(Signal("a1", "invoice.create", "7")))
ledger.close()
"""


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Doorbell]:
    """A doorbell that has heard what was before."""
    bell = open_doorbell(url)
    await bell.wait(SHORT)
    yield bell
    await bell.close()


def hear(url: str, listen: Callable[[Doorbell], Coroutine[Any, Any, T]]) -> T:
    """What is heard at the ledger's doorbell."""

    async def story() -> T:
        async with listening(url) as bell:
            return await listen(bell)

    return asyncio.run(story())


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """A ledger of somebody else."""
    ledger = Ledger(ledger_url, Sealer("A" * 43 + "="), now=clock)
    yield ledger
    ledger.close()


def test_it_rings_for_a_commit_of_another_process(ledger_url: str) -> None:
    """A signal that the webhook process stores is heard at once."""

    async def listen(bell: Doorbell) -> tuple[bool, int]:
        waiting = asyncio.create_task(bell.wait(30.0))
        command = [sys.executable, "-c", ANOTHER_PROCESS, ledger_url]
        process = await asyncio.to_thread(subprocess.run, command, check=False)
        return await waiting, process.returncode

    assert (True, 0) == hear(ledger_url, listen)


def test_it_rings_without_delay(ledger_url: str, ledger: Ledger) -> None:
    """Whoever waits goes on within a moment, and not when the waiting time is over."""

    async def listen(bell: Doorbell) -> tuple[bool, float]:
        waiting = asyncio.create_task(bell.wait(LONG))
        await asyncio.sleep(SHORT)
        await ledger.record_signal(Signal("a1", "invoice.create", "1"))
        committed_at = time.monotonic()
        return await waiting, time.monotonic() - committed_at

    rang, seconds = hear(ledger_url, listen)

    assert rang
    assert seconds < 1.0


def test_it_rings_for_what_came_while_nobody_waited(ledger_url: str, ledger: Ledger) -> None:
    """A commit between two waits ends the second at once, once."""

    async def listen(bell: Doorbell) -> list[bool]:
        await ledger.record_signal(Signal("a1", "invoice.create", "1"))
        return [await bell.wait(LONG), await bell.wait(SHORT)]

    assert [True, False] == hear(ledger_url, listen)


def test_it_rings_time_after_time(ledger_url: str, ledger: Ledger) -> None:
    """Every commit is heard, however often one has waited."""

    async def listen(bell: Doorbell) -> list[bool]:
        heard = []
        for number in range(5):
            await ledger.record_signal(Signal("a1", "invoice.create", str(number)))
            heard += [await bell.wait(LONG), await bell.wait(SHORT)]
        return heard

    assert [True, False] * 5 == hear(ledger_url, listen)


def test_it_is_silent_when_nobody_writes(ledger_url: str, ledger: Ledger) -> None:
    """Reading rings nobody, and the wait lasts as long as it was asked to."""

    async def listen(bell: Doorbell) -> tuple[bool, float]:
        began = time.monotonic()
        await ledger.count_claimable()
        return await bell.wait(0.3), time.monotonic() - began

    rang, seconds = hear(ledger_url, listen)

    assert not rang
    assert seconds >= 0.3


def test_a_transaction_that_is_undone_rings_nobody(ledger_url: str, ledger: Ledger) -> None:
    """Only what is committed is heard."""

    async def listen(bell: Doorbell) -> bool:
        with pytest.raises(ZeroDivisionError):
            await ledger.write(_store_and_fail)
        return await bell.wait(SHORT)

    assert not hear(ledger_url, listen)


def _store_and_fail(connection: Connection) -> None:
    at = Clock()()
    inbox.record(connection, [inbox.Arrival(Signal("a1", "invoice.create", "1"), at)])
    raise ZeroDivisionError


def test_two_doorbells_ring_both(ledger_url: str, ledger: Ledger) -> None:
    """Every worker that waits hears of a signal; which of them takes it is decided elsewhere."""

    async def story() -> list[bool]:
        async with listening(ledger_url) as one, listening(ledger_url) as other:
            waiting = asyncio.gather(one.wait(LONG), other.wait(LONG))
            await ledger.record_signal(Signal("a1", "invoice.create", "1"))
            return list(await waiting)

    assert [True, True] == asyncio.run(story())


def test_a_handshake_rings(ledger_url: str, ledger: Ledger) -> None:
    """A handshake that the webhook process stored has to be answered soon."""

    async def listen(bell: Doorbell) -> bool:
        await ledger.ensure_callback("a1", "invoice.create", "http://firm.example", "token")
        await bell.wait(SHORT)
        callback = await ledger.find_callback("token")
        assert callback is not None
        await ledger.record_handshake(callback, "a-verifier", "2001")
        return await bell.wait(LONG)

    assert hear(ledger_url, listen)


def test_a_locked_database_rings_later(sqlite_url: str, clock: Clock) -> None:
    """While a writer holds SQLite's lock nothing is heard; its commit is."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    writer = sqlite3.connect(path, isolation_level=None)

    async def listen(bell: Doorbell) -> list[bool]:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("INSERT INTO pace (sender, next_at) VALUES ('a', '2026-01-01 00:00:00')")
        before = await bell.wait(SHORT)
        writer.execute("COMMIT")
        return [before, await bell.wait(LONG)]

    heard = hear(sqlite_url, listen)
    writer.close()

    assert [False, True] == heard


def test_it_listens_again_after_its_connection_broke(postgres_url: str, clock: Clock) -> None:
    """A connection that PostgreSQL ended costs one wait, and the next commit is heard."""
    ledger = Ledger(postgres_url, Sealer("A" * 43 + "="), now=clock)

    async def listen(bell: Doorbell) -> list[bool]:
        await asyncio.to_thread(_end_listeners, postgres_url)
        broken = await bell.wait(SHORT)
        await bell.wait(SHORT)
        await ledger.record_signal(Signal("a1", "invoice.create", "1"))
        return [broken, await bell.wait(LONG)]

    heard = hear(postgres_url, listen)
    ledger.close()

    assert [False, True] == heard


def test_without_a_server_the_time_is_waited_out() -> None:
    """A PostgreSQL that is away neither raises nor makes a busy loop."""
    url = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"

    async def listen(bell: Doorbell) -> tuple[bool, float]:
        began = time.monotonic()
        return await bell.wait(0.3), time.monotonic() - began

    rang, seconds = hear(url, listen)

    assert not rang
    assert seconds >= 0.29


def _end_listeners(url: str) -> None:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
