"""One sandbox for all tests of this folder, fresh for each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import Program, log_in, open_http
from tests.sandbox.subscriber import Subscriber


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The running program."""
    program = Program(tmp_path_factory.mktemp("sandbox") / "state.json")
    yield program
    program.end()


@pytest.fixture(scope="session")
def connection(program: Program) -> Iterator[SandboxControl]:
    """One connection to the control interface; opening one costs more than most tests do."""
    with SandboxControl(program.url) as control:
        yield control


@pytest.fixture
def control(connection: SandboxControl) -> SandboxControl:
    """The control interface of a fresh sandbox that does not dawdle."""
    connection.reset()
    connection.change_settings(
        retry_seconds=0.05,
        sent_after_seconds=0.01,
        final_after_seconds=0.02,
        slow_seconds=0.3,
        late_seconds=0.1,
        event_batch_seconds=0.01,
    )
    return connection


@pytest.fixture
def books(program: Program, control: SandboxControl) -> Iterator[httpx.Client]:
    """FreshBooks, with a good access token."""
    with open_http(program.url) as http:
        log_in(http, control)
        yield http


@pytest.fixture
def twilio(program: Program, control: SandboxControl) -> Iterator[httpx.Client]:
    """Twilio, with the API key."""
    key = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
    with open_http(program.url, auth=key) as http:
        yield http


@pytest.fixture
def sendgrid(program: Program, control: SandboxControl) -> Iterator[httpx.Client]:
    """SendGrid, with its key."""
    headers = {"Authorization": f"Bearer {credentials.SENDGRID_API_KEY}"}
    with open_http(program.url, headers=headers) as http:
        yield http


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    """A receiver of webhooks."""
    subscriber = Subscriber()
    yield subscriber
    subscriber.close()
