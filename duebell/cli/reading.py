"""Opening the ledger to read or to change it, and saying plainly why that is not possible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from duebell.domain.failures import LedgerUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_NO_LEDGER = "There is no ledger yet: start Duebell with `duebell up`, or run `duebell db upgrade`."
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


@contextmanager
def changing_ledger() -> Iterator[Connection]:
    """Open one transaction on the ledger of this installation; it is written when this ends.

    Raises:
        ConfigurationError: if the settings are wrong.
        LedgerUnavailable: if there is no ledger, or it cannot be written; nothing was changed.
    """
    with _opened("written", writer=True) as engine, engine.begin() as connection:
        yield connection


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

    from duebell.ledger.engine import first_line, is_current, open_engine
    from duebell.settings import load_settings

    url = load_settings().ledger_url
    _require_file(url)
    engine = open_engine(url, writer=writer)
    try:
        if not is_current(engine):
            raise LedgerUnavailable(_OTHER_REVISION)
        yield engine
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"The ledger cannot be {purpose}: {first_line(error)}.") from error
    finally:
        engine.dispose()


def _require_file(url: str) -> None:
    """Opening a SQLite file that is not there would make an empty one."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        return  # open_engine says what is wrong with it
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    if is_file and not Path(str(parsed.database)).exists():
        raise LedgerUnavailable(_NO_LEDGER)
