"""One installation for the tests that leave it whole; Prefect's database is made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.part import ROOT
from tests.flows.surroundings import plan_for


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect home with an empty database, to be copied: making one takes 10 seconds."""
    plan = plan_for(tmp_path_factory.mktemp("prefect-template"))
    home = Path(plan.environment["PREFECT_HOME"])
    home.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"],
        cwd=ROOT,
        env=dict(plan.environment),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return home


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path) -> Iterator[Installation]:
    """The installation that tests share."""
    installation = Installation(tmp_path_factory.mktemp("shared") / "home", prefect_home)
    try:
        installation.start_all()
        yield installation
    finally:
        installation.end()


@pytest.fixture
def installation(shared: Installation) -> Installation:
    """The shared installation, whole."""
    shared.mend()
    return shared
