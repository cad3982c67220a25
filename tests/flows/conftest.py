"""One Prefect server and one sandbox for all tests of this folder; a fresh ledger for each."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.flows.installation import settings_for
from tests.flows.surroundings import Server, import_prefect
from tests.sandbox.program import Program

import_prefect()


@pytest.fixture(scope="package")
def prefect_server(
    tmp_path_factory: pytest.TempPathFactory, prefect_home: Path
) -> Iterator[Server]:
    """A running Prefect server."""
    server = Server(tmp_path_factory.mktemp("prefect"), prefect_home)
    try:
        server.wait_ready()
        yield server
    finally:
        server.end()


@pytest.fixture(scope="package")
def prefect_database(prefect_server: Server) -> Path:
    """The SQLite file of the Prefect server."""
    return prefect_server.database


@pytest.fixture(scope="package")
def prefect_api(prefect_server: Server) -> Iterator[str]:
    """The URL of the server's API, which Prefect in this process uses."""
    from prefect.settings import PREFECT_API_URL, PREFECT_WORKER_QUERY_SECONDS, temporary_settings

    chosen = {PREFECT_API_URL: prefect_server.url, PREFECT_WORKER_QUERY_SECONDS: 0.5}
    with temporary_settings(chosen):
        yield prefect_server.url
        asyncio.run(_tell_everything())


async def _tell_everything() -> None:
    """Let Prefect's background threads say what they have to say while the server is there."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (EventsWorker, APILogWorker):
        await worker.drain_all()  # type: ignore[misc]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The sandbox as a running program."""
    program = Program(tmp_path_factory.mktemp("sandbox") / "state.json")
    yield program
    program.end()


@pytest.fixture
def sandbox(program: Program) -> Iterator[SandboxControl]:
    """The control interface of a fresh sandbox."""
    with SandboxControl(program.url) as control:
        control.reset()
        control.change_settings(sent_after_seconds=0.01, final_after_seconds=0.02)
        yield control


@pytest.fixture
def settings(
    tmp_path: Path, migrated_file: Path, sandbox: SandboxControl, prefect_api: str
) -> Settings:
    """The settings of an installation with an empty ledger, that works with the sandbox."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_file, home / "duebell.db")
    return settings_for(home, sandbox.base_url)


@pytest.fixture
def numbers(sandbox: SandboxControl) -> list[str]:
    """The phone numbers of all of the firm's clients, and our own."""
    fields = ("mob_phone", "bus_phone", "home_phone")
    found = [client.get(field) or "" for client in sandbox.clients() for field in fields]
    return [number for number in [*found, credentials.FROM] if number]
