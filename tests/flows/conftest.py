"""One Prefect server and one sandbox for all tests of this folder; a fresh ledger for each."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import certifi
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


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whom Prefect's clients trust: a flow run opens two, and each would read 150 authorities."""
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(end)
    file = tmp_path_factory.mktemp("trust") / "one.pem"
    file.write_text(first + end, encoding="utf-8")
    return file


@pytest.fixture(scope="package")
def prefect_api(prefect_server: Server, one_authority: Path) -> Iterator[str]:
    """The URL of the server's API, which Prefect in this process uses."""
    from prefect import settings

    chosen = {
        settings.PREFECT_API_URL: prefect_server.url,
        settings.PREFECT_API_SSL_CERT_FILE: str(one_authority),
        settings.PREFECT_WORKER_QUERY_SECONDS: 0.5,
    }
    with settings.temporary_settings(chosen):
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


@pytest.fixture(scope="session")
def connection(program: Program) -> Iterator[SandboxControl]:
    """One connection to the control interface; opening one costs more than many tests do."""
    with SandboxControl(program.url) as control:
        yield control


@pytest.fixture
def sandbox(connection: SandboxControl) -> SandboxControl:
    """The control interface of a fresh sandbox."""
    connection.reset()
    connection.change_settings(sent_after_seconds=0.01, final_after_seconds=0.02)
    return connection


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
