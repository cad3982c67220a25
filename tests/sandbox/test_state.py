"""What survives the end of the process, and what is refused when it begins."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import ROOT, Program, redeem
from tests.sandbox.records import TABLES

OTHER = credentials.SECOND_ACCOUNT_ID


def test_both_books_survive_a_restart(tmp_path: Path) -> None:
    """Every kind of record of both businesses is the same after an orderly end."""
    first = Program(tmp_path / "state.json")
    with SandboxControl(first.url) as control:
        control.change_settings(second_business=True)
        for noun in TABLES:
            control.fire(f"{noun}.create", account=OTHER)
        before = {table: control.records(table, OTHER) for table in TABLES.values()}
    first.end()

    second = Program(tmp_path / "state.json")
    with SandboxControl(second.url) as control:
        after = {table: control.records(table, OTHER) for table in TABLES.values()}
    second.end()

    assert before == after
    assert all(after.values())


def test_a_code_survives_a_restart(tmp_path: Path) -> None:
    """A person may agree before the sandbox ends and connect after it began again."""
    first = Program(tmp_path / "state.json")
    with SandboxControl(first.url) as control:
        code = control.authorize(scope="user:invoices:read")["code"]
    first.end()

    second = Program(tmp_path / "state.json")
    with httpx.Client(base_url=second.url) as http:
        pair = redeem(http, code, redirect_uri=credentials.REDIRECT_URI)
    second.end()

    assert "user:profile:read user:invoices:read" == pair.json()["scope"]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    """It is named in one line, and stays as it is."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"version": 1}))
    command = [sys.executable, "-m", "duebell.sandbox", "--port", "0", "--state", str(path)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (1, 1) == (ended.returncode, len(ended.stderr.splitlines()))
    assert str(path) in ended.stderr
    assert {"version": 1} == json.loads(path.read_text())
