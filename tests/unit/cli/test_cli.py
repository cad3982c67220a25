"""Exit codes, processes, and commands without a ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import duebell
from duebell.cli.failures import report
from duebell.domain.failures import (
    ConfigurationError,
    ConnectionLost,
    CredentialsRefused,
    DuebellError,
    LedgerUnavailable,
)
from tests.unit.cli.running import ROOT, Outcome, Run

# -- the ledger and its absence


def test_without_a_ledger_nothing_is_made(run: Run, tmp_path: Path) -> None:
    """Reading before the first start says how to start, and leaves no empty database behind."""
    told = run("notifications", "list")

    assert (1, "") == (told.code, told.out)
    assert "`duebell up`" in told.err
    assert [] == list(tmp_path.iterdir())


def test_an_outdated_ledger_is_not_read(run: Run) -> None:
    """A database without our tables is answered with the command that mends it."""
    path = Path(".duebell/duebell.db")
    path.parent.mkdir()
    path.touch()

    told = run("notifications", "list", "--json")

    assert (1, "") == (told.code, told.out)
    assert "`duebell db upgrade`" in told.err


def test_a_broken_ledger_is_not_a_traceback(run: Run) -> None:
    """A file that is no database is told in one line."""
    path = Path(".duebell/duebell.db")
    path.parent.mkdir()
    path.write_text("this is no database, but it is long enough to be looked at" * 10)

    told = run("notifications", "list")

    assert 1 == told.code
    assert 1 == len(told.err.splitlines())
    assert "Traceback" not in told.err


def test_db_upgrade_makes_the_ledger(run: Run) -> None:
    """``db upgrade`` makes the ledger, and can be repeated."""
    first = run("db", "upgrade")
    second = run("db", "upgrade")

    assert (0, 0) == (first.code, second.code)
    assert "The ledger is up to date" in second.out
    assert run("notifications", "list", "--json").json == []


def test_db_upgrade_hides_the_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PostgreSQL cannot be reached, the failure does not tell the password."""
    monkeypatch.setenv("DUEBELL_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/duebell")

    told = run("db", "upgrade")

    assert 1 == told.code
    assert "hunter2" not in told.out + told.err
    assert "Traceback" not in told.err


# -- exit codes


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ConfigurationError(["one", "two"]), 3),
        (CredentialsRefused(), 3),
        (ConnectionLost(), 3),
        (LedgerUnavailable(), 1),
        (DuebellError("x"), 1),
    ],
)
def test_failures_have_exit_codes(failure: DuebellError, code: int) -> None:
    """What a person must configure is 3, everything else that failed is 1."""
    assert code == report(failure)


def test_each_fault_has_its_own_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """All wrong settings are told at once, one line each, with exit code 3."""
    monkeypatch.setenv("DUEBELL_PORT", "99999")
    monkeypatch.setenv("DUEBELL_PUBLIC_URL", "nonsense")

    told = run("notifications", "list")

    assert (3, "") == (told.code, told.out)
    assert ["DUEBELL_PUBLIC_URL", "DUEBELL_PORT"] == [
        line.partition(":")[0] for line in told.err.splitlines()
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["web", "--nonsense"],
        ["notifications", "list", "--status", "sent-off"],
        ["notifications", "list", "--since", "yesterday"],
        ["notifications", "list", "--limit", "0"],
        ["notifications", "show"],
        ["sandbox", "fire"],
        ["sandbox", "fire", "payment.create", "--count", "0"],
        ["sandbox", "scenario"],
        ["sandbox", "scenario", "429", "--clear"],
    ],
)
def test_wrong_use_is_exit_code_2(run: Run, arguments: list[str]) -> None:
    """What is no command or no option is told on stderr with exit code 2."""
    told = run(*arguments)

    assert (2, "") == (told.code, told.out)
    assert "" != told.err


def test_version(run: Run) -> None:
    """``version`` writes the version alone, and so does the option that other programs have."""
    expected = Outcome(0, f"{duebell.__version__}\n", "")

    assert [expected] * 2 == [run("version"), run("--version")]


@pytest.mark.parametrize(
    "call", ["duebell.cli.main(['--help'])", "sys.exit(until_unread(lambda: print('x') or 0))"]
)
def test_nobody_has_to_read_it_all(call: str) -> None:
    """Where the reader has gone, as with ``| head``, it ends without a word about that."""
    wait = "sys.stdin.read()"  # until nobody reads
    program = f"import sys, duebell.cli\nfrom duebell.cli.pipes import until_unread\n{wait}\n{call}"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()

    _, err = process.communicate(timeout=30)

    assert (1, "") == (process.returncode, err)


# -- processes


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["web"], "deployments.webhook []"),
        (["worker"], "deployments.worker []"),
        (["up"], "deployments.up []"),
        (["up", "--demo", "--sandbox"], "deployments.up ['--sandbox', '--demo']"),
        (["webhooks", "list", "--json"], "deployments.webhooks ['list', '--json']"),
        (["webhooks", "sync"], "deployments.webhooks ['sync']"),
        (["webhooks", "remove", "--yes"], "deployments.webhooks ['remove']"),
        (["webhooks", "remove", "--yes", "--stale"], "deployments.webhooks ['remove', '--stale']"),
    ],
)
def test_process_commands_become_the_process(
    tmp_path: Path, arguments: list[str], expected: str
) -> None:
    """What needs the shell turns into its module's process, with its exit code."""
    package = tmp_path / "deployments"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in ("webhook", "worker", "up", "webhooks"):
        program = "import os, sys; print(__spec__.name, sys.argv[1:], os.getpid()); sys.exit(7)"
        (package / f"{name}.py").write_text(program)

    process = subprocess.Popen(
        [sys.executable, "-m", "duebell", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=30)

    assert (f"{expected} {process.pid}\n", 7) == (out, process.returncode)


def test_help_loads_nothing_heavy() -> None:
    """``--help`` imports no database, no HTTP client and no Prefect, so it comes at once."""
    program = (
        "import sys\nfrom duebell.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'prefect', 'sqlalchemy', 'httpx', 'pydantic', 'twilio', 'uvicorn', 'alembic'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "[]" == done.stdout.splitlines()[-1]
