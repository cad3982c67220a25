"""Prefect's server as Duebell starts it: its own application, with two cures for its SQLite.

Now and then it finds its database locked and answers 503. Its client then waits 2 seconds and more,
unless the answer says how long; the lock lasts some milliseconds, a second at the worst. It tries
six times.

And now and then it locks itself out. A thread waits for the write lock, with the mutex of its
connection in hand; the event loop's thread, whose transaction has the lock, collects garbage, finds
a statement of that connection, and waits for the mutex. Nothing moves until the first wait ends:
with Prefect's own setting, for a minute.
Run: ``uvicorn --factory deployments.prefect_server:create``.
"""

from __future__ import annotations

from typing import Any

from prefect.server.api.server import create_app
from sqlalchemy import Connection, Engine, event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.starting import settle_memory

RETRY_AFTER_SECONDS = b"0.5"
#: How long a statement waits for SQLite's lock; Prefect's own value is 60,000.
BUSY_MILLISECONDS = 1000
_IS_SET = "duebell busy timeout"


class QuickRetries:
    """Adds ``Retry-After`` to answers 503 that have none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 503:
                headers = message.setdefault("headers", [])
                if not any(name.lower() == b"retry-after" for name, _ in headers):
                    message["headers"] = [*headers, (b"retry-after", RETRY_AFTER_SECONDS)]
            await send(message)

        await self._app(scope, receive, send_with_header)


def wait_briefly(connection: Connection) -> None:
    """Shorten the time for which a connection to SQLite waits for locks, once for each."""
    # Not when it is opened: Prefect's own listener to that comes last.
    if connection.dialect.name != "sqlite" or connection.info.get(_IS_SET):
        return
    connection.info[_IS_SET] = True
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.close()


def create() -> Any:
    """The application, for uvicorn."""
    event.listen(Engine, "engine_connect", wait_briefly)
    app = QuickRetries(create_app(final=True))
    settle_memory()
    return app
