"""``duebell connect freshbooks`` as words on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.running import ROOT, Run


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], []),
        (["--no-browser", "--json", "--paste"], ["--no-browser", "--paste", "--json"]),
        (["--account", "a", "--account", "b"], ["--account", "a", "--account", "b"]),
    ],
)
def test_it_becomes_the_process(tmp_path: Path, options: list[str], expected: list[str]) -> None:
    """The command turns into the module's process with the options that were given."""
    package = tmp_path / "deployments"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "connect.py").write_text("import os, sys; print(sys.argv[1:], os.getpid())")

    process = subprocess.Popen(
        [sys.executable, "-m", "duebell", "connect", "freshbooks", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=30)

    assert (f"{expected} {process.pid}\n", 0) == (out, process.returncode)


@pytest.mark.parametrize(
    "words", [["connect"], ["connect", "twilio"], ["connect", "freshbooks", "x"]]
)
def test_wrong_use(run: Run, words: list[str]) -> None:
    """What cannot be connected, and what is no option, is exit code 2."""
    assert 2 == run(*words).code
