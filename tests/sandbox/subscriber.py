"""A receiver of webhooks: a real server in a thread that answers as told and keeps what came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Received:
    """A webhook as it came."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The form fields in their order."""
        return parse_qsl(self.body, keep_blank_values=True, strict_parsing=True)

    @property
    def form(self) -> dict[str, str]:
        """The form fields."""
        return dict(self.pairs)


class Subscriber:
    """Answers with the statuses in ``script``, one after the other, then with 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.script: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Received]:
        """What came, as soon as it is so many."""
        wait_until(lambda: len(self.received) >= count)
        return list(self.received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                subscriber.received.append(Received(self.path, headers, body))
                status = subscriber.script.pop(0) if subscriber.script else 200
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler


def wait_until(is_so: Callable[[], bool], seconds: float = 5.0) -> None:
    """Return when it is so; fail when it does not become so."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.01)
