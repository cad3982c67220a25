"""Migrations: they lead to the tables the code knows, from anywhere and together with others."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from duebell.ledger import tables
from duebell.ledger.engine import is_current, open_engine, upgrade

ROOT = Path(__file__).parents[3]


def test_migrations_lead_to_the_tables(ledger_url: str) -> None:
    """A migrated database is what the table classes say, column by column and index by index."""
    engine = open_engine(ledger_url)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, SQLModel.metadata)
        names = set(inspect(connection).get_table_names())
    engine.dispose()

    assert [] == differences
    assert {tables.SignalRow.__tablename__, "alembic_version"} < names


def test_partial_indexes_are_partial(ledger_url: str) -> None:
    """The index that coalesces signals covers the waiting ones alone, on every database."""
    engine = open_engine(ledger_url)

    indexes = {index["name"]: index for index in inspect(engine).get_indexes("signals")}
    engine.dispose()

    conditions = [str(text) for text in indexes["signals_one_waiting"]["dialect_options"].values()]
    assert any("waiting" in condition for condition in conditions)
    assert indexes["signals_one_waiting"]["unique"]


def test_an_upgrade_brings_an_empty_database_up_to_date(empty_url: str) -> None:
    """Before the upgrade a database is not current, after it it is, and again after the next."""
    engine = open_engine(empty_url)
    before = is_current(engine)
    upgrade(empty_url)
    once = is_current(engine)

    upgrade(empty_url)

    assert (False, True, True) == (before, once, is_current(engine))
    engine.dispose()


def test_an_upgrade_keeps_what_is_there(ledger_url: str) -> None:
    """Upgrading a ledger that is current changes nothing in it."""
    engine = open_engine(ledger_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into sealed_values values ('a', 'b', '2026-01-01')")

    upgrade(ledger_url)

    with engine.connect() as connection:
        found = connection.exec_driver_sql("select name from sealed_values").scalars().all()
    engine.dispose()
    assert ["a"] == found


def test_processes_that_start_together_upgrade_once(empty_url: str) -> None:
    """Two processes that upgrade an empty database at the same time both succeed."""
    program = "import sys; from duebell.ledger.engine import upgrade; upgrade(sys.argv[1])"
    command = [sys.executable, "-c", program, empty_url]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]

    errors = [process.communicate(timeout=60)[1] for process in processes]

    engine = open_engine(empty_url)
    assert ["", ""] == errors
    assert is_current(engine)
    engine.dispose()


def test_ledgers_that_open_together_find_the_file_new(tmp_path: Path) -> None:
    """Making a new file durable does not fail where several connections do it at once."""
    for number in range(10):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        faults: list[BaseException] = []
        start = threading.Barrier(4)

        def open_one(
            url: str = url,
            start: threading.Barrier = start,
            faults: list[BaseException] = faults,
        ) -> None:
            engine = open_engine(url)
            start.wait()
            try:
                with engine.begin() as connection:
                    connection.exec_driver_sql("create table if not exists t (a)")
            except Exception as error:
                faults.append(error)
            engine.dispose()

        threads = [threading.Thread(target=open_one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [] == faults
