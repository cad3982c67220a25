"""``python -m duebell.sandbox``: run the sandbox until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import signal
import socket
import sys
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from duebell.sandbox.app import ProtocolWithTransport, SandboxApp
from duebell.sandbox.state import UnknownVersion
from duebell.sandbox.world import World


class SandboxServer(uvicorn.Server):
    """Uvicorn that announces the sandbox and, told to end, ends with exit code 0."""

    def __init__(self, config: uvicorn.Config, world: World, url: str) -> None:
        super().__init__(config)
        self._world = world
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then say so."""
        self._world.start()
        await super().startup(sockets)
        sys.stdout.write(f"sandbox ready on {self._url}\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let go of those who never got an answer, then end."""
        self._world.background.stopping.set()
        await super().shutdown(sockets)
        self._world.stop()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take the signals quietly; uvicorn's own way raises them again at the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m duebell.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8585, help="port; 0 takes a free one")
    parser.add_argument("--events-url", default="", help="where SendGrid posts its events")
    parser.add_argument("--state", type=Path, default=None, help="file that survives a restart")
    return parser.parse_args(arguments)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


async def _serve(listener: socket.socket, state: Path | None, events_url: str) -> None:
    # SystemRandom, so that no two sandboxes ever make the same message sid or token.
    world = World(state, lambda: datetime.now(UTC), random.SystemRandom(), events_url)
    config = uvicorn.Config(
        SandboxApp(world),
        http=ProtocolWithTransport,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )
    host, port = listener.getsockname()
    await SandboxServer(config, world, f"http://{host}:{port}").serve(sockets=[listener])


def _run(listener: socket.socket, state: Path | None, events_url: str) -> None:
    if sys.platform == "win32":
        asyncio.run(_serve(listener, state, events_url))
        return
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(listener, state, events_url))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox; 0 when it was told to end, 1 when it cannot start."""
    options = _arguments(arguments)
    try:
        listener = _listen(options.host, options.port)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 1
    try:
        _run(listener, options.state, options.events_url)
    except UnknownVersion as error:
        sys.stderr.write(f"cannot read {options.state}: {error}; delete it to begin anew\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
