"""The doorbell: tells a waiting worker, without delay and almost without cost, that somebody wrote.

SQLite has no notifications, but it counts the commits of other connections (PRAGMA data_version),
and reading that counter costs some ten microseconds: https://sqlite.org/pragma.html. PostgreSQL
has LISTEN and NOTIFY: https://www.postgresql.org/docs/current/sql-notify.html.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    import psycopg

CHANNEL = "duebell"
LOOK_EVERY_SECONDS = 0.025


class Doorbell(Protocol):
    """Something that can be waited for."""

    async def wait(self, seconds: float) -> bool:
        """Wait until somebody wrote, at most so long; tells whether somebody did."""

    async def close(self) -> None:
        """Stop listening."""


def ring(connection: Connection) -> None:
    """Ring with this transaction's commit (SQLite rings by itself)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"NOTIFY {CHANNEL}"))


def open_doorbell(url: str) -> Doorbell:
    """The doorbell of this ledger."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDoorbell(parsed.database or "")
    return PostgresDoorbell(parsed.set(drivername="postgresql").render_as_string(False))


class SqliteDoorbell:
    """Looks at SQLite's counter of commits."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._version = -1

    async def wait(self, seconds: float) -> bool:
        """Wait until another connection has committed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self._has_moved():
            left = deadline - loop.time()
            if left <= 0:
                return False
            await asyncio.sleep(min(LOOK_EVERY_SECONDS, left))
        return True

    def _has_moved(self) -> bool:
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return False  # a locked or full database rings again when it is back
        moved, self._version = version != self._version, version
        return moved

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresDoorbell:
    """Listens on a connection of its own; connects again when it breaks."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.AsyncConnection | None = None

    async def wait(self, seconds: float) -> bool:
        """Wait for a notification; without a connection, wait the time out."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        import psycopg  # only where the ledger is in PostgreSQL

        try:
            connection = await self._connected()
            async for _ in connection.notifies(timeout=seconds, stop_after=1):
                return True
        except psycopg.Error:
            await self.close()
            await asyncio.sleep(max(0.0, deadline - loop.time()))
        return False

    async def _connected(self) -> psycopg.AsyncConnection:
        import psycopg

        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
            await self._connection.execute(f"LISTEN {CHANNEL}")
        return self._connection

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close()
            self._connection = None
