"""Group commit: what many coroutines want written at about the same time is written at once.

A commit waits for the disk, and every statement holds SQLite's write lock while its thread waits
for the interpreter lock. One thread per process therefore collects what is asked for while the
previous transaction is on its way, and writes it with one statement per kind in one transaction.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from duebell.domain.failures import LedgerUnavailable
from duebell.ledger.engine import first_line

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Writes several items of one kind; gives one result for each, in order.
Verb = Callable[[Connection, Sequence[Item]], Sequence[Result]]

MOST_IN_A_TRANSACTION = 500

#: PostgreSQL ended this transaction for the sake of another one that waited for it too.
_DEADLOCK = "40P01"
#: PostgreSQL's word for tables that no migration has made yet (SQLite: an operational error).
_NO_TABLE = "42P01"


@dataclass(slots=True)
class _Wish:
    verb: Callable[[Connection, Sequence[Any]], Sequence[Any]]
    item: Any
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class GroupCommitter:
    """Runs verbs in transactions of one thread.

    ``linger_seconds`` is how long a wish waits for company while wishes come together; one that
    comes alone in quiet times is written at once. ``last`` is a verb that takes rows which others
    take last: in every process it comes after them, so that no two wait for each other in a ring.
    """

    def __init__(
        self, engine: Engine, *, linger_seconds: float = 0.0, last: Verb[Any, Any] | None = None
    ) -> None:
        self._engine = engine
        self._linger = linger_seconds
        self._last = last
        self._queue: SimpleQueue[_Wish | None] = SimpleQueue()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    async def write(self, verb: Verb[Item, Result], item: Item) -> Result:
        """Apply the verb to the item; returns when it is committed.

        Raises:
            LedgerUnavailable: if the database cannot be written; nothing was stored.
        """
        if self._is_closed:
            raise LedgerUnavailable("the ledger is closed")
        wish = _Wish(verb, item, asyncio.get_running_loop().create_future())
        self._queue.put(wish)
        result: Result = await wish.future
        return result

    def close(self) -> None:
        """Write what was asked for, then stop."""
        self._is_closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_busy = False
        while (first := self._queue.get()) is not None:
            wishes, is_last = self._company_of(first, self._linger if is_busy else 0.0)
            is_busy = len(wishes) > 1
            self._fulfil(wishes)
            _tell(wishes)
            if is_last:
                return

    def _company_of(self, first: _Wish, linger: float) -> tuple[list[_Wish], bool]:
        wishes = [first]
        if linger:
            time.sleep(linger)
        while not self._queue.empty() and len(wishes) < MOST_IN_A_TRANSACTION:
            wish = self._queue.get()
            if wish is None:
                return wishes, True
            wishes.append(wish)
        return wishes, False

    def _fulfil(self, wishes: list[_Wish], *, is_second_try: bool = False) -> None:
        try:
            self._transact(wishes)
        except SQLAlchemyError as error:
            if len(wishes) > 1 and not _is_unavailable(error):
                self._fulfil_one_by_one(wishes)
            elif _is_lost_race(error) and not is_second_try:
                # Now it finds what another process has written, or is not in its way any more.
                self._fulfil(wishes, is_second_try=True)
            else:
                _fail(wishes, error)
        except Exception as error:
            if len(wishes) > 1:
                self._fulfil_one_by_one(wishes)
            else:
                wishes[0].error = error

    def _fulfil_one_by_one(self, wishes: list[_Wish]) -> None:
        # One item that cannot be written must not take the others with it, and items that wait for
        # another process one at a time cannot end in a deadlock with it.
        for wish in wishes:
            self._fulfil([wish])

    def _transact(self, wishes: list[_Wish]) -> None:
        by_verb: dict[Any, list[_Wish]] = {}
        for wish in wishes:
            by_verb.setdefault(wish.verb, []).append(wish)
        with self._engine.begin() as connection:
            for verb, group in sorted(by_verb.items(), key=lambda one: one[0] is self._last):
                results = verb(connection, [wish.item for wish in group])
                for wish, result in zip(group, results, strict=True):
                    wish.result = result


def _is_unavailable(error: SQLAlchemyError) -> bool:
    if _sqlstate(error) == _DEADLOCK:
        return False
    return type(error).__name__ in ("OperationalError", "InterfaceError", "TimeoutError")


def _sqlstate(error: SQLAlchemyError) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _is_lost_race(error: SQLAlchemyError) -> bool:
    return _sqlstate(error) == _DEADLOCK or type(error).__name__ == "IntegrityError"


def _may_pass(error: SQLAlchemyError) -> bool:
    """Whether the same write may succeed later, when somebody has mended or moved something."""
    is_damaged = type(error).__name__ == "DatabaseError"
    return _is_unavailable(error) or is_damaged or _sqlstate(error) in (_DEADLOCK, _NO_TABLE)


def _fail(wishes: list[_Wish], error: SQLAlchemyError) -> None:
    if _may_pass(error):
        failure: Exception = LedgerUnavailable(f"the ledger cannot be written: {first_line(error)}")
        failure.__cause__ = error
    else:
        failure = error
    for wish in wishes:
        wish.error = failure


def _tell(wishes: list[_Wish]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Wish]] = {}
    for wish in wishes:
        by_loop.setdefault(wish.future.get_loop(), []).append(wish)
    for loop, group in by_loop.items():
        # A loop that ended has nobody left who waits, and must not end this thread.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, group)


def _resolve(wishes: list[_Wish]) -> None:
    for wish in wishes:
        if wish.future.done():
            continue
        if wish.error is not None:
            wish.future.set_exception(wish.error)
        else:
            wish.future.set_result(wish.result)
