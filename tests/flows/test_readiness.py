"""What ``duebell up`` makes of ``/readyz``."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deployments.readiness import missing_at, needs_a_person
from duebell.domain.readiness import CONNECTION_LOST, NO_WORKER, NOT_CONNECTED
from tests.flows.surroundings import free_port

NO_WEBHOOK = "No webhook is registered with FreshBooks yet."


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that always gives this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [
        (200, b"[]", []),
        (503, json.dumps([NO_WORKER]).encode(), [NO_WORKER]),
        (503, b"<html>Bad Gateway</html>", None),
        (200, b"{}", None),
    ],
)
def test_both_answers_are_read(status: int, body: bytes, missing: list[str] | None) -> None:
    """200 and 503 bring their list; what is no list says nothing."""
    with answering(status, body) as url:
        assert missing == missing_at(url)


def test_nobody_answers() -> None:
    """Where nothing listens nothing is known."""
    assert None is missing_at(f"http://127.0.0.1:{free_port()}/readyz")


@pytest.mark.parametrize("sentence", [NOT_CONNECTED, f"{CONNECTION_LOST}: connect again."])
def test_a_connection_needs_a_person(sentence: str) -> None:
    """With a worker running, a missing or lost connection is all that waits for a person."""
    assert sentence == needs_a_person([sentence, NO_WEBHOOK])


@pytest.mark.parametrize("missing", [[], [NO_WEBHOOK], [NOT_CONNECTED, NO_WORKER]])
def test_what_comes_by_itself_needs_nobody(missing: list[str]) -> None:
    """Webhooks and the worker itself are waited for."""
    assert None is needs_a_person(missing)
