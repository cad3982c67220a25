"""Outgoing webhooks: a lean HTTP/1.1 client that posts a body and reads a status.

It never follows redirects and never raises: what went wrong is part of the result, because both
vendors treat kinds of failure differently.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple, cast
from urllib.parse import SplitResult, urlsplit

import httptools

FORM_BODY = "application/x-www-form-urlencoded"
JSON_BODY = "application/json"


class Posted(NamedTuple):
    """How a post ended. ``failure`` is "", "connect", "dropped" or "timeout"."""

    status: int | None
    failure: str
    ms: float

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it: 2xx, so not a redirect."""
        return self.status is not None and 200 <= self.status < 300


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time. The last methods are the parser's callbacks."""

    def __init__(self) -> None:
        self.transport: asyncio.WriteTransport | None = None
        self.idle_since = 0.0
        self.may_be_reused = False
        self._answered: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's, so there is nothing to check.
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._finish(ConnectionError(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.may_be_reused = False
        # An answer without a length ends where the connection does.
        self._finish(None if self._status else ConnectionError("closed without an answer"))

    async def exchange(self, raw: bytes) -> int:
        """Write a request, wait for the status of its answer."""
        self._status = 0
        self.may_be_reused = False
        self._answered = asyncio.get_running_loop().create_future()
        cast("asyncio.WriteTransport", self.transport).write(raw)
        return await self._answered

    def close(self) -> None:
        """Close it for good."""
        if self.transport is not None:
            self.transport.close()

    @property
    def is_open(self) -> bool:
        """Whether another request could be written."""
        return self.transport is not None and not self.transport.is_closing()

    def _finish(self, error: Exception | None) -> None:
        answered, self._answered = self._answered, None
        if answered is None or answered.done():
            return
        if error is None:
            answered.set_result(self._status)
        else:
            answered.set_exception(error)

    def on_headers_complete(self) -> None:
        """The status line and the headers are here."""
        self._status = self._parser.get_status_code()

    def on_message_complete(self) -> None:
        """The answer is complete."""
        self.may_be_reused = self._parser.should_keep_alive()
        self._finish(None)


class Poster:
    """Keeps connections alive for as long as no receiver would already have closed them."""

    IDLE_SECONDS = 2.0

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str], list[_Connection]] = {}

    async def post_form(
        self, url: str, body: bytes, headers: dict[str, str], timeout_seconds: float
    ) -> Posted:
        """Post a form-encoded body; the user's fragment, if any, is not sent."""
        return await self.post(url, body, headers, timeout_seconds, FORM_BODY)

    async def post(
        self, url: str, body: bytes, headers: dict[str, str], timeout_seconds: float, kind: str
    ) -> Posted:
        """Post a body of this content type."""
        headers = {"Content-Type": kind, **headers}
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        began = loop.time()
        status, failure = None, ""
        try:
            async with asyncio.timeout(timeout_seconds):
                try:
                    connection = await self._connect(parts)
                except (OSError, ValueError):
                    failure = "connect"
                else:
                    status = await self._exchange(connection, parts, body, headers)
        except TimeoutError:
            failure = "timeout"
        except OSError:
            failure = "dropped"
        return Posted(status, failure, (loop.time() - began) * 1000)

    def close(self) -> None:
        """Close the idle connections."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    async def _connect(self, parts: SplitResult) -> _Connection:
        loop = asyncio.get_running_loop()
        idle = self._idle.get((parts.scheme, parts.netloc), [])
        while idle:
            connection = idle.pop()
            if connection.is_open and loop.time() - connection.idle_since < self.IDLE_SECONDS:
                return connection
            connection.close()
        is_secure = parts.scheme == "https"
        _, fresh = await loop.create_connection(
            _Connection,
            parts.hostname or "",
            parts.port or (443 if is_secure else 80),
            ssl=ssl.create_default_context() if is_secure else None,
        )
        return fresh

    async def _exchange(
        self, connection: _Connection, parts: SplitResult, body: bytes, headers: dict[str, str]
    ) -> int:
        try:
            status = await connection.exchange(_request(parts, body, headers))
        except BaseException:
            connection.close()
            raise
        if connection.may_be_reused:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.setdefault((parts.scheme, parts.netloc), []).append(connection)
        else:
            connection.close()
        return status


def _request(parts: SplitResult, body: bytes, headers: dict[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body
