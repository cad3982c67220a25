"""Prefect's server as Duebell starts it: its own application, with one header more.

With SQLite the server now and then finds its database locked and answers 503. Its client then waits
2 seconds and more, unless the answer says how long; the lock lasts some milliseconds.
Run: ``uvicorn --factory deployments.prefect_server:create``.
"""

from __future__ import annotations

from typing import Any

from prefect.server.api.server import create_app
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_AFTER_SECONDS = b"0.25"


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


def create() -> Any:
    """The application, for uvicorn."""
    return QuickRetries(create_app(final=True))
