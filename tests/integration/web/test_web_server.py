"""The webhook process as strangers meet it: a real server on a real socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.web.server import serve
from tests.integration.web.deliveries import VERIFIER, a_delivery, freshbooks_signature

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("web_process.py")

HEAD = (
    "POST /webhooks/freshbooks/known HTTP/1.1\r\nHost: x\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
)


@dataclass
class WebProcess:
    """A running webhook process."""

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def exchange(self, sent: bytes) -> bytes:
        """Send bytes and read what comes until the server hangs up."""
        with self.connect() as connection:
            connection.sendall(sent)
            return read_to_end(connection)

    def stop(self) -> tuple[int, bytes]:
        """End the process by SIGTERM; gives its exit code and what it still said."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=10)
        return self.process.returncode, said


def read_to_end(connection: socket.socket) -> bytes:
    """Read until the other side closes; a reset ends it too."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def a_request(*, close: bool = True) -> bytes:
    """A signed delivery, complete."""
    fields = a_delivery(name="payment.create")
    body = urlencode(fields)
    ending = "Connection: close\r\n" if close else ""
    signature = freshbooks_signature(fields, VERIFIER)
    return (
        f"{HEAD}Content-Length: {len(body)}\r\nX-FreshBooks-Hmac-SHA256: {signature}\r\n"
        f"{ending}\r\n{body}"
    ).encode()


@contextmanager
def started(directory: Path) -> Iterator[WebProcess]:
    """Run a webhook process with deadlines of 0.4 seconds."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(directory)],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    yield WebProcess(process, int(process.stdout.readline()))
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A webhook process that the tests share."""
    with started(tmp_path_factory.mktemp("web")) as process:
        yield process


@pytest.fixture
def own_web(tmp_path: Path) -> Iterator[WebProcess]:
    """A webhook process of this test, which may end it."""
    with started(tmp_path) as process:
        yield process


def test_a_delivery_is_taken_and_sigterm_ends_cleanly(own_web: WebProcess) -> None:
    """The process answers, tells its port, and after SIGTERM closes its ledger and exits 0."""
    answer = own_web.exchange(a_request())

    ended = own_web.stop()

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert (0, b"closed\n") == ended


def test_a_connection_is_kept_for_the_next_delivery(web: WebProcess) -> None:
    """Two deliveries go over one connection."""
    with web.connect() as connection:
        connection.sendall(a_request(close=False))
        first = connection.recv(65536)
        connection.sendall(a_request())
        second = read_to_end(connection)

    assert (True, True) == (first.startswith(b"HTTP/1.1 200"), second.startswith(b"HTTP/1.1 200"))


def test_a_slow_body_is_given_up(web: WebProcess) -> None:
    """A body that does not come within the deadline is answered 408 and the connection ends."""
    answer = web.exchange(f"{HEAD}Content-Length: 100\r\n\r\nname=".encode())

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer


@pytest.mark.parametrize("start", ["", "POST /webhooks", HEAD])
def test_slow_headers_are_given_up(web: WebProcess, start: str) -> None:
    """A connection on which no complete request comes is closed, so it holds no place forever."""
    began = time.monotonic()

    answer = web.exchange(start.encode())

    assert b"" == answer
    assert time.monotonic() - began < 3


def test_an_endless_body_is_given_up(web: WebProcess) -> None:
    """A body without a length is cut off at the limit."""
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"

    answer = web.exchange(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17)

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_garbage_is_a_bad_request(web: WebProcess) -> None:
    """What is not HTTP is answered 400."""
    answer = web.exchange(b"\x16\x03\x01 hello\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_request_under_way_is_finished(own_web: WebProcess) -> None:
    """A delivery whose body is still coming when SIGTERM arrives is answered before the end."""
    request = a_request()
    with own_web.connect() as connection:
        connection.sendall(request[:-10])
        time.sleep(0.1)
        own_web.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        connection.sendall(request[-10:])
        answer = read_to_end(connection)

    said, _ = own_web.process.communicate(timeout=10)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert (b"closed\n", 0) == (said, own_web.process.returncode)


def test_a_taken_port_is_a_fault_of_the_configuration() -> None:
    """Where another program listens already, one sentence says which settings to change."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ConfigurationError) as caught:
            serve(lambda *_: None, "127.0.0.1", port)  # type: ignore[arg-type]

    assert f"127.0.0.1:{port}" in str(caught.value)
    assert "DUEBELL_PORT" in str(caught.value)
