"""A ledger that cannot be written says so, keeps nothing, and goes on when it can."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from duebell.domain.failures import ConfigurationError, LedgerUnavailable
from duebell.domain.signals import Signal
from duebell.ledger.engine import is_current, open_engine, upgrade
from duebell.ledger.ledger import Ledger
from tests.databases import Postgres
from tests.ledger_scenes import a_signal, column, run, together

OpenLedger = Callable[[str], Ledger]

#: Less patience than in real life, so that the tests do not wait.
IMPATIENT = "?timeout=0.2"


def path_of(url: str) -> str:
    """The file of a SQLite URL."""
    return url.removeprefix("sqlite:///")


@pytest.fixture
def locked(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """Somebody else who holds the database's write lock."""
    connection = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    connection.execute("begin immediate")
    yield connection
    connection.close()


def test_a_locked_database_is_unavailable(
    locked: sqlite3.Connection, sqlite_url: str, open_ledger: OpenLedger
) -> None:
    """Who cannot get the write lock in time is told, keeps nothing, and succeeds afterwards."""
    ledger = open_ledger(sqlite_url + IMPATIENT)

    with pytest.raises(LedgerUnavailable, match="locked"):
        run(ledger.record_signal(a_signal("1")))
    locked.execute("rollback")
    run(ledger.record_signal(a_signal("2")))

    assert ["2"] == column(ledger, "select object_id from signals")


def test_a_locked_database_can_be_read(
    locked: sqlite3.Connection, sqlite_url: str, open_ledger: OpenLedger
) -> None:
    """A writer elsewhere does not hold up a question."""
    ledger = open_ledger(sqlite_url + IMPATIENT)

    assert 0 == run(ledger.count_claimable())


def test_a_short_lock_is_waited_for(
    locked: sqlite3.Connection, sqlite_url: str, open_ledger: OpenLedger
) -> None:
    """A lock that ends within the patience of a writer costs time and nothing else."""
    ledger = open_ledger(sqlite_url)

    async def story() -> None:
        step = asyncio.create_task(ledger.record_signal(a_signal()))
        await asyncio.sleep(0.3)
        locked.execute("rollback")
        await step

    run(story())

    assert [1] == column(ledger, "select count(*) from signals")


def test_a_read_only_database_is_unavailable(
    sqlite_url: str, tmp_path: Path, open_ledger: OpenLedger
) -> None:
    """A file that may not be written refuses signals, and is read all the same."""
    url = f"sqlite:///file:{path_of(sqlite_url)}?mode=ro&uri=true"
    keeper = open_ledger(sqlite_url)
    run(keeper.record_signal(a_signal("1")))
    ledger = open_ledger(url)

    with pytest.raises(LedgerUnavailable, match="readonly"):
        run(ledger.record_signal(a_signal("2")))

    assert ["1"] == column(ledger, "select object_id from signals")
    assert not Path("file:").exists()


class SmallDisk:
    """Lets SQLite's files grow no further while it is full."""

    def __init__(self) -> None:
        self.connections: list[sqlite3.Connection] = []

    def connected(self, connection: Any, _record: object) -> None:
        """Limit a new connection."""
        self.connections.append(connection)
        self.limit(connection, 1)

    @staticmethod
    def limit(connection: sqlite3.Connection, pages: int) -> None:
        """Set how many pages the file may have; never less than it has."""
        connection.execute(f"pragma max_page_count = {pages}")

    def make_room(self) -> None:
        """End the shortage."""
        for connection in self.connections:
            self.limit(connection, 1_000_000)


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """A disk without room for another page."""
    disk = SmallDisk()
    event.listen(Engine, "connect", disk.connected)
    yield disk
    event.remove(Engine, "connect", disk.connected)


def big_signal(number: int) -> Signal:
    """A signal that does not fit into what is left of a page."""
    return a_signal(f"{number}-{'9' * 4000}")


def test_a_full_disk_is_unavailable(
    small_disk: SmallDisk, sqlite_url: str, open_ledger: OpenLedger
) -> None:
    """Where there is no room nothing is stored or promised, and afterwards all goes on."""
    ledger = open_ledger(sqlite_url)

    async def story() -> list[object]:
        steps = [ledger.record_signal(big_signal(number)) for number in range(10)]
        return await asyncio.gather(*steps, return_exceptions=True)

    refused = run(story())
    small_disk.make_room()
    together(*(ledger.record_signal(big_signal(number)) for number in range(10)))

    assert [LedgerUnavailable] * 10 == [type(result) for result in refused]
    assert "the ledger cannot be written: database or disk is full" == str(refused[0])
    assert [10, 10] == [
        *column(ledger, "select count(*) from signals"),
        *column(ledger, "select sum(deliveries) from signals"),
    ]


def test_a_message_of_failure_holds_no_data(
    small_disk: SmallDisk, sqlite_url: str, open_ledger: OpenLedger
) -> None:
    """What goes into logs and answers names the fault and no parameter of the statement."""
    ledger = open_ledger(sqlite_url)

    with pytest.raises(LedgerUnavailable) as failure:
        run(ledger.record_signal(big_signal(1)))

    assert "9999" not in str(failure.value)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, open_ledger: OpenLedger) -> None:
    """A damaged file is told as such, for writing, reading and upgrading."""
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 500)
    url = f"sqlite:///{tmp_path / 'broken.db'}"
    ledger = open_ledger(url)

    with pytest.raises(LedgerUnavailable):
        run(ledger.record_signal(a_signal()))
    with pytest.raises(LedgerUnavailable):
        run(ledger.count_claimable())
    with pytest.raises(LedgerUnavailable):
        upgrade(url)


def test_a_server_that_does_not_answer_is_unavailable(open_ledger: OpenLedger) -> None:
    """Without its PostgreSQL the ledger can be neither written nor read nor upgraded."""
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=2"
    ledger = open_ledger(url)
    engine = open_engine(url)

    with pytest.raises(LedgerUnavailable):
        run(ledger.record_signal(a_signal()))
    with pytest.raises(LedgerUnavailable):
        run(ledger.count_claimable())
    with pytest.raises(LedgerUnavailable):
        upgrade(url)
    with pytest.raises(LedgerUnavailable):
        is_current(engine)


def test_a_lost_connection_is_opened_anew(
    postgres: Postgres, postgres_url: str, open_ledger: OpenLedger
) -> None:
    """After the server ended all connections (a restart) the next signal is kept."""
    ledger = open_ledger(postgres_url)
    run(ledger.record_signal(a_signal("1")))
    postgres.run(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
        " and backend_type = 'client backend'"
    )

    run(ledger.record_signal(a_signal("2")))

    assert ["1", "2"] == column(ledger, "select object_id from signals order by id")


def test_a_database_without_tables_is_unavailable(empty_url: str, open_ledger: OpenLedger) -> None:
    """A ledger that was never upgraded promises nothing."""
    ledger = open_ledger(empty_url)

    with pytest.raises(LedgerUnavailable):
        run(ledger.record_signal(a_signal()))


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not a url", ""])
def test_an_unknown_database_is_a_fault_of_the_configuration(url: str) -> None:
    """A URL of another kind is refused with what to do."""
    with pytest.raises(ConfigurationError, match="DUEBELL_DATABASE_URL"):
        open_engine(url)
