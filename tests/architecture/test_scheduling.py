"""Which tests of a parallel run are kept together."""

from __future__ import annotations

from pathlib import Path

from tests.scheduling import APART, SHARING, scope_of

ROOT = Path(__file__).parents[2]


def test_files_that_share_servers_are_kept_together() -> None:
    """A folder whose tests share servers is one unit, but for the files that start their own."""
    files = ("tests/flows/test_a.py", "tests/acceptance/test_b.py", "tests/unit/test_c.py")

    scopes = [scope_of(file) for file in (*files, f"tests/acceptance/{APART[0]}")]

    alone = [files[2], f"tests/acceptance/{APART[0]}"]
    assert ["tests/flows", "tests/acceptance", *alone] == scopes


def test_the_named_folders_and_files_exist() -> None:
    """Whatever is renamed is renamed there as well."""
    named = [*SHARING, *(f"tests/acceptance/{name}" for name in APART)]

    assert [] == [one for one in named if not (ROOT / one).exists()]
