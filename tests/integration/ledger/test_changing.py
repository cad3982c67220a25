"""Changes that commands make to a ledger in which workers write at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text

from duebell.cli.reading import PAUSES_SECONDS, change_ledger
from duebell.domain.failures import LedgerUnavailable
from duebell.ledger.engine import open_engine

LOCK = text("SELECT name FROM sealed_values WHERE name = :name FOR UPDATE")
FIRST, SECOND = {"name": "first"}, {"name": "second"}
WAIT_SECONDS = 20.0


@contextmanager
def opposing(url: str, wants: threading.Event) -> Iterator[None]:
    """Somebody who holds the first row, and wants the second one when asked to."""
    engine, has_first = create_engine(url), threading.Event()

    def work() -> None:
        with engine.begin() as connection:
            # Whoever waits longer without looking for a deadlock is not the one who is ended.
            connection.execute(text("SET LOCAL deadlock_timeout = '20s'"))
            connection.execute(LOCK, FIRST)
            has_first.set()
            wants.wait(WAIT_SECONDS)
            connection.execute(LOCK, SECOND)

    thread = threading.Thread(target=work)
    thread.start()
    assert has_first.wait(WAIT_SECONDS)
    yield
    wants.set()
    thread.join(WAIT_SECONDS)
    engine.dispose()


def test_a_deadlock_is_tried_again(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that PostgreSQL ended for a deadlock is made as soon as the other one is through."""
    monkeypatch.setenv("DUEBELL_DATABASE_URL", postgres_url)
    engine, wants, tries = open_engine(postgres_url), threading.Event(), list[str]()
    with engine.begin() as connection:
        for row in (FIRST, SECOND):
            connection.execute(text("INSERT INTO sealed_values VALUES (:name, 'x', now())"), row)
    engine.dispose()

    def work(connection: Connection) -> str:
        tries.append("tried")
        connection.execute(text("SET LOCAL deadlock_timeout = '200ms'"))
        connection.execute(LOCK, SECOND)
        wants.set()
        return str(connection.execute(LOCK, FIRST).scalar())

    with opposing(postgres_url, wants):
        done = change_ledger(work)

    assert ("first", 2) == (done, len(tries))


def test_a_lock_is_waited_for(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite a change is tried again once whoever writes has ended."""
    monkeypatch.setenv("DUEBELL_DATABASE_URL", f"{sqlite_url}?timeout=0.01")
    engine = open_engine(sqlite_url)
    writer = engine.connect()
    writer.begin()
    pauses = list[float]()

    def end(seconds: float) -> None:
        pauses.append(seconds)
        writer.rollback()

    done = change_ledger(
        lambda connection: connection.execute(text("SELECT 7")).scalar(), sleep=end
    )

    assert (7, [PAUSES_SECONDS[0]]) == (done, pauses)
    writer.close()
    engine.dispose()


def test_nobody_waits_for_ever(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the lock stays, a sentence says so after a few tries, and nothing was done."""
    monkeypatch.setenv("DUEBELL_DATABASE_URL", f"{sqlite_url}?timeout=0.01")
    engine = open_engine(sqlite_url)
    pauses, worked = list[float](), list[Connection]()

    with engine.begin(), pytest.raises(LedgerUnavailable, match="is locked"):
        change_ledger(worked.append, sleep=pauses.append)

    engine.dispose()
    assert (list(PAUSES_SECONDS), []) == (pauses, worked)
