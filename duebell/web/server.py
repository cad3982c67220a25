"""Running an ASGI application for strangers: uvicorn with limits, ended cleanly by SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from duebell.domain.failures import ConfigurationError

#: More than this many connections at once are answered 503.
MAX_CONNECTIONS = 2000
BACKLOG = 2048

#: Open files that the rest of the process may need.
SPARE_FILES = 2048
KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 5

#: How long a connection may take until its request's headers are complete.
HEADER_SECONDS = 10.0


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, which by itself waits forever for the end of a request's headers."""

    def __init__(self, *arguments: Any, header_seconds: float, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._header_seconds = header_seconds
        self._header_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first request within the deadline."""
        super().connection_made(transport)
        self._expect_headers()

    def on_message_begin(self) -> None:
        """Expect the rest of the headers within the deadline."""
        super().on_message_begin()
        self._expect_headers()

    def on_headers_complete(self) -> None:
        """The body has its own deadline, in the application."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._stop_waiting()
        self._header_deadline = self.loop.call_later(self._header_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._header_deadline is not None:
            self._header_deadline.cancel()
            self._header_deadline = None


class _Server(uvicorn.Server):
    """Tells when it listens, and returns after a signal instead of dying of it."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[int], None] | None) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_started is not None and sockets:
            self._on_started(sockets[0].getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again at the end, which would kill the process before its
        # owner could close the ledger.
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in signals}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


async def listen(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    on_started: Callable[[int], None] | None = None,
    header_seconds: float = HEADER_SECONDS,
) -> None:
    """Serve on the running event loop until SIGTERM or SIGINT; for the main thread.

    Requests under way get five seconds to end. ``on_started`` is told the port, which differs from
    ``port`` where that is 0. A request's headers have to be complete within ``header_seconds``.

    Raises:
        ConfigurationError: if the address cannot be listened on.
    """
    listener = _bind(host, port)
    await _Server(_config(app, header_seconds), on_started).serve(sockets=[listener])


def serve(
    app: ASGIApp, host: str, port: int, *, on_started: Callable[[int], None] | None = None
) -> None:
    """Run :func:`listen` on an event loop of its own (uvloop where there is one)."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(listen(app, host, port, on_started=on_started))


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make the fastest event loop this platform has."""
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _config(app: ASGIApp, header_seconds: float) -> uvicorn.Config:
    settings: dict[str, Any] = {
        "http": partial(DeadlineProtocol, header_seconds=header_seconds),
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "access_log": False,
        # X-Forwarded-* is the sender's to invent; nothing here reads the sender's address.
        "proxy_headers": False,
        "server_header": False,
        "limit_concurrency": _connection_limit(),
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    }
    return uvicorn.Config(app, **settings)


def _connection_limit() -> int:
    """Stay below the limit of open files: what cannot be accepted gets no answer at all."""
    try:
        import resource
    except ImportError:  # not made for Windows
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft // 2)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fault = (
            f"Cannot listen on {host}:{port} ({reason}): set DUEBELL_BIND_HOST and "
            "DUEBELL_PORT to a free address of this machine."
        )
        raise ConfigurationError([fault]) from None
