"""The webhook application in a thread of its own, on a port that was promised before."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn

from duebell.ledger.ledger import utc_now
from duebell.metrics import Metrics
from duebell.web.app import create_app
from tests.integration.services.place import Place
from tests.sandbox.subscriber import wait_until


def reserve_port() -> socket.socket:
    """A port on which nobody listens yet: who calls it is refused."""
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


def address_of(reserved: socket.socket) -> str:
    """The public URL that goes with the port."""
    return f"http://127.0.0.1:{reserved.getsockname()[1]}"


class WebThread:
    """The application, listening until it is ended, with its own way to the ledger."""

    def __init__(self, place: Place, reserved: socket.socket) -> None:
        self._ledger = place.open_ledger()
        app = create_app(self._ledger, place.settings(), Metrics(), now=utc_now)
        config = uvicorn.Config(
            app, ws="none", lifespan="off", log_config=None, access_log=False, interface="asgi3"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(reserved,))
        self._thread.start()
        wait_until(lambda: self._server.started)

    def _serve(self, reserved: socket.socket) -> None:
        asyncio.run(self._server.serve(sockets=[reserved]))

    def end(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        self._thread.join()
        self._ledger.close()
