"""Fixtures that every test may use, and which tests a parallel run keeps together."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import (
    backend,
    empty_url,
    ledger_url,
    migrated_file,
    migrated_postgres,
    postgres,
    postgres_url,
    sqlite_url,
)
from tests.prefect_template import prefect_home
from tests.temporary import use_memory

__all__ = [
    "backend",
    "empty_url",
    "ledger_url",
    "migrated_file",
    "migrated_postgres",
    "postgres",
    "postgres_url",
    "prefect_home",
    "sqlite_url",
]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in the background has Ctrl-C ignored, by every program that is
    # started from here too; and some tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

use_memory()

ROOT = Path(__file__).parents[1]
#: What Duebell makes or reads where it is started.
OURS = [ROOT / name for name in (".duebell", ".env", "duebell.toml")]


@pytest.fixture(autouse=True)
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no screen: readline, where something imports it, tells of one all the same."""
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def tidy_project() -> Iterator[None]:
    """No test leaves anything in the project's folder, where the next one would find it."""
    before = [path for path in OURS if path.exists()]
    yield
    assert before == [path for path in OURS if path.exists()]


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there for good: all modules and all tests.

    Going through half a million objects takes it half a second, each time that a test asks it to
    or that it finds reason to.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give files to processes as ``--dist loadfile`` does, but those that share servers together.

    So no server is started twice, and the tests that wait for processes of their own run beside
    those that compute.
    """
    from tests.scheduling import Scheduling

    return Scheduling(config, log)
