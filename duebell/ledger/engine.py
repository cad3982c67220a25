"""Opening the ledger's database: SQLite made durable, PostgreSQL as it is, and its migrations."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from duebell.domain.failures import ConfigurationError, LedgerUnavailable
from duebell.ledger.audit_chain import keep_chain

#: How long a writer of SQLite waits for another process. FreshBooks gives a webhook 10 seconds, and
#: one that comes while others wait has to wait for their end and then as long again.
BUSY_SECONDS = 4.0
STATEMENT_MILLISECONDS = 20_000
LOCK_PAUSE_SECONDS = 0.001
#: 40 MB of write-ahead log: even a process that leaves checkpoints to others makes one then.
LAST_RESORT_PAGES = 10_000
_WAL_PAUSE_SECONDS = 0.02
MIGRATIONS = Path(__file__).parent / "migrations"
#: The revision that this code works with: the newest in ``migrations/versions``.
NEWEST_REVISION = "0007"


def open_engine(url: str, *, writer: bool = True, checkpoints: bool = True) -> Engine:
    """Open an engine on the ledger.

    A process that must answer quickly leaves SQLite's checkpoints, which wait for the disk, to
    others (``checkpoints=False``). A writer's transactions take SQLite's write lock at once (BEGIN
    IMMEDIATE): one that reads first and writes later fails without waiting when another one wrote
    in between (https://sqlite.org/lang_transaction.html).

    Raises:
        ConfigurationError: if the URL names no database that Duebell knows.
    """
    try:
        backend = make_url(url).get_backend_name()
    except SQLAlchemyError:
        backend = ""
    if backend == "sqlite":
        engine = _open_sqlite(url, writer=writer, checkpoints=checkpoints)
    elif backend == "postgresql":
        engine = _open_postgres(url)
    else:
        raise ConfigurationError(
            ["DUEBELL_DATABASE_URL: use postgresql://user:password@host/name, or leave it unset."]
        )
    if writer:
        keep_chain(engine)
    return engine


def _open_postgres(url: str) -> Engine:
    """A server that hangs is a ledger that cannot be written: waits end before FreshBooks' do."""
    patience = {} if "connect_timeout" in make_url(url).query else {"connect_timeout": 5}
    return create_engine(
        url,
        pool_size=3,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,  # people's numbers and texts must not get into an error
        connect_args={**patience, "options": f"-c statement_timeout={STATEMENT_MILLISECONDS}"},
    )


def _open_sqlite(url: str, *, writer: bool, checkpoints: bool) -> Engine:
    parts = make_url(url)
    if parts.database and not parts.database.startswith((":memory:", "file:")):
        Path(parts.database).parent.mkdir(parents=True, exist_ok=True)
    patience = float(str(parts.query.get("timeout", BUSY_SECONDS)))
    engine = create_engine(
        parts.difference_update_query(["timeout"]),
        # A writer waits in its own way, see _begin_writing.
        connect_args={"check_same_thread": False, "timeout": 0 if writer else patience},
        pool_size=2,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _make_durable)
    if not checkpoints:
        event.listen(engine, "connect", _leave_checkpoints)
    event.listen(engine, "begin", _begin_writing(patience) if writer else _begin_reading)
    return engine


def _make_durable(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes late and deferred; None leaves transactions to us.
    connection.isolation_level = None
    _switch_to_wal(connection)
    # What is erased, or written anew elsewhere, must not stay in the file.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any) -> None:
    # Where several processes make a new file durable together, SQLite tells all but one of them
    # "locked" at once, whatever their patience; a moment later the file is what they want.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _leave_checkpoints(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA wal_autocheckpoint={LAST_RESORT_PAGES}")


def _begin_writing(patience: float) -> Callable[[Any], None]:
    """Wait for the write lock by asking every millisecond.

    SQLite's own waiting doubles its pauses up to 100 ms, so that a process that writes now and
    then starves beside one that writes all the time.
    """

    def begin(connection: Any) -> None:
        deadline = time.monotonic() + patience
        driver = connection.connection.dbapi_connection
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    break
                time.sleep(LOCK_PAUSE_SECONDS)
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails, as SQLAlchemy's own error

    return begin


def _begin_reading(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")


def empty_log(engine: Engine, patience: timedelta = timedelta(seconds=BUSY_SECONDS)) -> bool:
    """Bring SQLite's log into its file and empty it; False where somebody was in the way.

    The log holds pages as they were before, until it is written over. Other databases have none.
    """
    if engine.dialect.name != "sqlite":
        return True
    driver = engine.raw_connection()
    try:
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA busy_timeout={patience // timedelta(milliseconds=1)}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy, *_ = cursor.fetchone() or (1,)
    except sqlite3.OperationalError:
        return False
    finally:
        driver.close()
    return not is_busy


def upgrade(url: str) -> None:
    """Bring the database to the newest revision; does nothing where it is there already.

    Raises:
        LedgerUnavailable: if the database cannot be reached or written.
    """
    # Alembic costs 10 MB, and only this one moment needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be upgraded: {first_line(error)}") from error


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision.

    Raises:
        LedgerUnavailable: if the database cannot be reached.
    """
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
            return row is not None and row[0] == NEWEST_REVISION
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be read: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """What a driver says in its first line, which holds no parameters and so nobody's data."""
    origin = getattr(error, "orig", None) or error
    return str(origin).strip().splitlines()[0] if str(origin).strip() else type(origin).__name__
