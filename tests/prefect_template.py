"""Prefect's empty database, made once for all processes of a test run and copied from there."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.flows.surroundings import ROOT, plan_for


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect home with an empty database, to be copied: making one takes 10 seconds."""
    folder = tmp_path_factory.getbasetemp()
    # The processes of a parallel run have folders of their own, side by side.
    root = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    plan = plan_for(root / "prefect-template")
    home = Path(plan.environment["PREFECT_HOME"])
    with (root / "prefect-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            home.mkdir(parents=True)
            _make_database(plan.environment)
    return home


def _make_database(environment: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"],
        cwd=ROOT,
        env=dict(environment),
        check=True,
        stdout=subprocess.DEVNULL,
    )
