"""``duebell --sandbox COMMAND``: commands beside a sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from duebell.ledger.engine import open_engine, upgrade
from duebell.settings_files import write_sandbox
from tests.unit.cli.rows import a_notification, stored
from tests.unit.cli.running import Run

URL = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def kept_environment() -> Iterator[None]:
    """Put the environment back that the option changes."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def sandbox(run: Run, tmp_path: Path) -> Path:
    """The data directory of a sandbox that has told somebody something."""
    home = tmp_path / ".duebell" / "sandbox"
    names = (
        *("FRESHBOOKS_API_URL", "FRESHBOOKS_AUTH_URL", "TWILIO_API_URL", "TWILIO_EMAIL_URL"),
        *("SENDGRID_API_URL", "SANDBOX_URL"),
    )
    ledger_url = f"sqlite:///{home / 'duebell.db'}"
    addresses = {f"DUEBELL_{name}": URL for name in names}
    write_sandbox(home, {**addresses, "DUEBELL_DATABASE_URL": ledger_url})
    upgrade(ledger_url)
    engine = open_engine(ledger_url)
    with Session(engine) as session:
        stored(session, a_notification())
    engine.dispose()
    return home


def test_the_option_leads_to_the_sandbox(run: Run, sandbox: Path) -> None:
    """The sandbox's ledger is read with it, and the real one without."""
    beside = run("--sandbox", "notifications", "list", "--json")
    # The option has set it, for what the process might have become.
    data_directory = os.environ.pop("DUEBELL_HOME")

    assert (["n1"], str(sandbox)) == ([one["id"] for one in beside.json], data_directory)


def test_without_the_option_the_sandbox_is_not_looked_at(run: Run, sandbox: Path) -> None:
    """The real installation has no ledger yet, and says so."""
    assert "There is no ledger yet" in run("notifications", "list").err


def test_the_data_directory_leads_to_it_too(
    run: Run, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Naming the sandbox's data directory does the same, and so does both at once."""
    monkeypatch.setenv("DUEBELL_HOME", ".duebell/sandbox")

    named = run("notifications", "list", "--json")
    both = run("--sandbox", "notifications", "list", "--json")

    assert ["n1"] == [one["id"] for one in named.json]
    assert named.out == both.out


def test_the_option_wins_over_the_real_environment(
    run: Run, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a shell has exported of the real installation does not lead out of the sandbox."""
    monkeypatch.setenv("DUEBELL_DATABASE_URL", "postgresql://db.example/real")
    monkeypatch.setenv("DUEBELL_TWILIO_API_URL", "https://api.twilio.example")

    beside = run("--sandbox", "notifications", "list", "--json")

    assert ["n1"] == [one["id"] for one in beside.json]
    assert URL == os.environ["DUEBELL_TWILIO_API_URL"]


def test_no_sandbox_is_told(run: Run) -> None:
    """Where none was ever started, the line says how to start one."""
    told = run("--sandbox", "notifications", "list")

    assert (3, "") == (told.code, told.out)
    assert "`duebell up --sandbox`" in told.err


RULE = """
[[rule]]
on = "payment.create"
to = "client"
channel = "email"
template = "payment_received"
"""


def test_a_rulebook_is_checked_before_the_first_start(run: Run, tmp_path: Path) -> None:
    """Who writes the rulebook first sees whether it is valid, and that emails will go."""
    (tmp_path / "duebell.toml").write_text(RULE)

    told = run("--sandbox", "rules", "check", "--json")

    assert (0, True) == (told.code, told.json["ok"])
    assert not [one for one in told.json["notes"] if "emails" in one["message"]]
    assert not (tmp_path / ".duebell").exists()


def test_a_message_is_previewed_before_the_first_start(run: Run) -> None:
    """Made-up records need no sandbox either; a record of its books does."""
    made_up = run("--sandbox", "preview", "invoice.create", "--json")
    of_a_record = run("--sandbox", "preview", "invoice.create", "INV-1")

    assert 0 == made_up.code
    assert (3, True) == (of_a_record.code, "There is no sandbox in" in of_a_record.err)


def test_a_replay_needs_a_sandbox(run: Run, tmp_path: Path) -> None:
    """Where nothing has happened yet, nothing can be replayed."""
    told = run("--sandbox", "rules", "try", "new.toml", "--since", "2026-11-01")

    assert (3, True) == (told.code, "There is no sandbox in" in told.err)


def test_the_real_ledger_is_left_alone_before_the_first_start(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rulebook that a real worker has loaded says nothing of the sandbox's."""
    real = f"sqlite:///{tmp_path / 'real.db'}"
    monkeypatch.setenv("DUEBELL_DATABASE_URL", real)

    run("--sandbox", "rules", "check")

    assert real != os.environ["DUEBELL_DATABASE_URL"]
    assert ".duebell/sandbox" in os.environ["DUEBELL_DATABASE_URL"]


def test_a_sandbox_that_is_away_is_told(run: Run, sandbox: Path) -> None:
    """Commands of the sandbox itself know its address too."""
    told = run("--sandbox", "sandbox", "messages")

    assert (1, f"No sandbox answers at {URL}: start one with `duebell up --sandbox`.\n") == (
        told.code,
        told.err,
    )
