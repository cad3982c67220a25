"""The settings with which Prefect runs here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deployments.prefect_environment import (
    adopt,
    api_url,
    prefect_environment,
    server_port,
    set_apart,
)
from duebell.settings_files import write_sandbox
from tests.flows.surroundings import kept_environment

pytestmark = pytest.mark.flow

#: Where a real installation's Prefect is and keeps its data, and who may use it.
REAL = {
    "PREFECT_HOME": "/srv/duebell/prefect",
    "PREFECT_API_URL": "https://prefect.example/api",
    "PREFECT_API_KEY": "real",
    "PREFECT_API_AUTH_STRING": "real",
    "PREFECT_PROFILE": "real",
    "PREFECT_PROFILES_PATH": "/srv/duebell/profiles.toml",
    "PREFECT_API_DATABASE_CONNECTION_URL": "postgresql+asyncpg://db.example/real",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://db.example/real",
    "prefect_server_database_host": "db.example",
}


def test_our_own_server_is_the_default(tmp_path: Path) -> None:
    """Without any setting Prefect is on this machine, with its home in the data directory."""
    found = prefect_environment({}, tmp_path)

    assert "http://127.0.0.1:4200/api" == found["PREFECT_API_URL"]
    assert str(tmp_path / "prefect") == found["PREFECT_HOME"]
    assert "false" == found["PREFECT_SERVER_ANALYTICS_ENABLED"]


def test_the_port_moves_the_server() -> None:
    """Prefect's own setting for the port moves the address of the API too."""
    environment = {"PREFECT_SERVER_API_PORT": "4321"}

    assert 4321 == server_port(environment)
    assert "http://127.0.0.1:4321/api" == api_url(environment)


def test_a_server_elsewhere_wins(tmp_path: Path) -> None:
    """An API that runs elsewhere is used as it was given."""
    environment = {"PREFECT_API_URL": "https://prefect.example/api"}

    found = prefect_environment(environment, tmp_path)

    assert "https://prefect.example/api" == found["PREFECT_API_URL"]


def test_what_the_user_set_wins(tmp_path: Path) -> None:
    """None of our settings replaces one that was set by hand."""
    ours = prefect_environment({}, tmp_path)
    by_hand = dict.fromkeys(ours, "by hand")

    assert by_hand == prefect_environment(by_hand, tmp_path)


def test_a_process_adopts_them(tmp_path: Path) -> None:
    """Adopting puts them into this process's environment, and leaves the rest alone."""
    with kept_environment():
        os.environ["PREFECT_WORKER_QUERY_SECONDS"] = "9"
        before = dict(os.environ)

        adopt(tmp_path)

        found = dict(os.environ)

    assert "9" == found["PREFECT_WORKER_QUERY_SECONDS"]
    assert before == {name: found[name] for name in before}
    assert set(prefect_environment({}, tmp_path)) <= set(found)


def test_nothing_of_a_sandboxs_prefect_is_the_real_ones(tmp_path: Path) -> None:
    """Neither its address, its key, its profile nor its database is left; what tunes is."""
    tuning = {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_SERVER_API_PORT": "4321"}

    found = set_apart({**REAL, **tuning, "HOME": "/srv/duebell"}, tmp_path)

    database = f"sqlite+aiosqlite:///{tmp_path / 'prefect' / 'prefect.db'}"
    own = {"HOME": "/srv/duebell", "PREFECT_API_DATABASE_CONNECTION_URL": database}
    assert {**tuning, **own} == found


def test_a_sandboxs_server_has_a_port_of_its_own(tmp_path: Path) -> None:
    """Unless it is set, the two servers stand at two addresses."""
    real, sandboxs = server_port({}), server_port(set_apart({}, tmp_path))

    assert (4200, 4210) == (real, sandboxs)


def test_a_process_in_a_sandbox_adopts_the_sandboxs(tmp_path: Path) -> None:
    """Beside a sandbox its server is asked, and nothing of the real one is left in the process."""
    write_sandbox(tmp_path, {"PREFECT_API_URL": "http://127.0.0.1:4321/api"})
    with kept_environment():
        os.environ.update(REAL)

        adopt(tmp_path)

        found = dict(os.environ)

    assert "http://127.0.0.1:4321/api" == found["PREFECT_API_URL"]
    assert str(tmp_path / "prefect") == found["PREFECT_HOME"]
    assert set() == set(REAL.values()) & set(found.values())
