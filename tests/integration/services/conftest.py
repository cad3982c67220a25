"""Desks before a fresh sandbox, and the webhook application where a test wants callbacks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from duebell.ledger.sealing import Sealer
from duebell.sandbox.client import SandboxControl
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread, address_of, reserve_port
from tests.ledger_scenes import Clock
from tests.sandbox.program import Program

OpenDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The sandbox as a running program."""
    program = Program(tmp_path_factory.mktemp("sandbox") / "state.json")
    yield program
    program.end()


@pytest.fixture(scope="session")
def connection(program: Program) -> Iterator[SandboxControl]:
    """One connection to the control interface; opening one costs more than most tests do."""
    with SandboxControl(program.url) as control:
        yield control


@pytest.fixture
def sandbox(connection: SandboxControl) -> SandboxControl:
    """The control interface of a fresh sandbox that does not dawdle."""
    connection.reset()
    connection.change_settings(
        retry_seconds=0.05, sent_after_seconds=0.01, final_after_seconds=0.02
    )
    return connection


@pytest.fixture
def clock() -> Clock:
    """A clock that runs days behind, so that nothing at the sandbox is older than what we do."""
    return Clock(datetime.now(UTC) - timedelta(days=9))


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all steps of a test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def reserved() -> Iterator[socket.socket]:
    """The port of the webhook application, which nobody may be listening on."""
    with reserve_port() as reserved:
        yield reserved


@pytest.fixture
def make_place(
    sandbox: SandboxControl, reserved: socket.socket, tmp_path: Path, clock: Clock
) -> Callable[[str], Place]:
    """Founds an installation on a ledger."""
    sealer = Sealer(Fernet.generate_key().decode())
    return lambda url: Place(sandbox, url, address_of(reserved), tmp_path, sealer, clock)


@pytest.fixture
def place(make_place: Callable[[str], Place], sqlite_url: str) -> Place:
    """An installation on SQLite."""
    return make_place(sqlite_url)


@pytest.fixture
def each_place(make_place: Callable[[str], Place], ledger_url: str) -> Place:
    """An installation on each kind of database."""
    return make_place(ledger_url)


@pytest.fixture
def open_desk(runner: asyncio.Runner) -> Iterator[OpenDesk]:
    """Opens desks, and closes them after the test."""
    opened: list[Desk] = []

    def open_one(place: Place, worker_id: str = "worker-1", **options: object) -> Desk:
        opened.append(Desk(place, runner, worker_id, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(open_desk: OpenDesk, place: Place) -> Desk:
    """A worker on SQLite."""
    return open_desk(place)


@pytest.fixture
def web(place: Place, reserved: socket.socket) -> Iterator[WebThread]:
    """The webhook application of the installation on SQLite, listening."""
    web = WebThread(place, reserved)
    yield web
    web.end()
