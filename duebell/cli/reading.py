"""Opening the ledger to read or to change it, and saying plainly why that is not possible."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from duebell.domain.failures import LedgerUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Result = TypeVar("Result")

#: Before a change that somebody else's kept from being made is tried again; workers' transactions
#: last a few milliseconds.
PAUSES_SECONDS = (0.05, 0.2, 0.5, 1.0)
#: SQLite waits by itself before it gives up; nobody wants to wait much longer than that.
PATIENCE_SECONDS = 5.0
#: PostgreSQL's words for a deadlock, and for a transaction that cannot be put in order.
_SOMEBODY_ELSE = frozenset({"40P01", "40001"})

NO_LEDGER = "There is no ledger yet: start Duebell with `duebell up`, or run `duebell db upgrade`."
_OTHER_REVISION = "The ledger is of another version of Duebell: run `duebell db upgrade` first."


@contextmanager
def reading_ledger() -> Iterator[Connection]:
    """Open the ledger of this installation for reading.

    Raises:
        ConfigurationError: if the settings are wrong.
        LedgerUnavailable: if there is no ledger, or it cannot be read.
    """
    with _opened("read") as engine, engine.connect() as connection:
        yield connection


def change_ledger(
    work: Callable[[Connection], Result], *, sleep: Callable[[float], None] = time.sleep
) -> Result:
    """Do some work in one transaction on the ledger of this installation.

    It is done again, from its beginning, where another process was in its way.

    Raises:
        ConfigurationError: if the settings are wrong.
        LedgerUnavailable: if there is no ledger, or it cannot be written; nothing was changed.
    """
    from sqlalchemy.exc import DBAPIError

    deadline = time.monotonic() + PATIENCE_SECONDS
    with _opened("written", writer=True) as engine:
        for pause in PAUSES_SECONDS:
            try:
                return _in_one_transaction(engine, work)
            except DBAPIError as error:
                if not _is_in_the_way(error.orig) or time.monotonic() > deadline:
                    raise
            sleep(pause)
        return _in_one_transaction(engine, work)


def _in_one_transaction(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    with engine.begin() as connection:
        return work(connection)


def _is_in_the_way(error: BaseException | None) -> bool:
    """Whether somebody else's transaction is the reason, so that it works once that has ended."""
    if getattr(error, "sqlstate", None) in _SOMEBODY_ELSE:
        return True
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def empty_log() -> bool:
    """See that nothing that was erased stays in the log of the database; False where it may."""
    from duebell.ledger.engine import empty_log as empty

    with _opened("written") as engine:
        return empty(engine)


def own_digest() -> Callable[[str], str]:
    """What this installation makes of an address of which a digest alone is kept."""
    from duebell.ledger.sealing import open_sealer
    from duebell.settings import load_settings

    settings = load_settings()
    return open_sealer(settings.home, settings.sealing_key).digest


def this_operator() -> str:
    """Who gives the commands, as the audit trail names them."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in some containers
        return "cli"


@contextmanager
def _opened(purpose: str, *, writer: bool = False) -> Iterator[Engine]:
    from sqlalchemy.exc import SQLAlchemyError

    from duebell.ledger.engine import first_line, open_engine
    from duebell.settings import load_settings

    url = load_settings().ledger_url
    require_ledger(url)
    engine = open_engine(url, writer=writer)
    try:
        yield engine
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"The ledger cannot be {purpose}: {first_line(error)}.") from error
    finally:
        engine.dispose()


def require_ledger(url: str) -> None:
    """See that the ledger is there and of this version, and make nothing where it is not.

    Raises:
        LedgerUnavailable: if there is none, or it cannot be used.
    """
    if not is_there(url):
        raise LedgerUnavailable(NO_LEDGER)
    from duebell.ledger.engine import is_current, open_engine

    engine = open_engine(url, writer=False)  # as a reader, who waits for no writer
    try:
        if not is_current(engine):
            raise LedgerUnavailable(_OTHER_REVISION)
    finally:
        engine.dispose()


def is_there(url: str) -> bool:
    """Whether there is a file, if the ledger is one; opening SQLite's would make an empty one."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        return True  # open_engine says what is wrong with it
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    return not is_file or Path(str(parsed.database)).exists()
