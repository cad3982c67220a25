"""One installation for the tests that leave it whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path) -> Iterator[Installation]:
    """The installation that tests share. It ends with them, for it is busy even when idle."""
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
