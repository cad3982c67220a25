"""Commands in sentences reach what the command that says them has reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from duebell.cli.hints import as_typed
from duebell.ledger.people_tables import BrakeRow
from duebell.settings_files import write_sandbox
from tests.unit.cli.rows import NOON, store
from tests.unit.cli.running import Run

RELEASE = "`duebell brake release 1` sends it; see `duebell check`."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RELEASE, RELEASE.replace("`duebell ", "`duebell --sandbox ")),
        ("Type `duebell --sandbox check`.", "Type `duebell --sandbox check`."),
        ("Start `duebell up`.", "Start `duebell up --sandbox`."),
        ("Start `duebell up --sandbox --demo`.", "Start `duebell up --sandbox --demo`."),
        ("Duebell is `well`.", "Duebell is `well`."),
    ],
)
def test_beside_a_sandbox_commands_have_the_option(
    run: Run, tmp_path: Path, text: str, expected: str
) -> None:
    """Each command is said as it has to be typed, and once is enough."""
    write_sandbox(tmp_path / ".duebell", {})

    assert expected == as_typed(text)
    assert expected == as_typed(as_typed(text))


def test_elsewhere_they_are_as_they_were(run: Run) -> None:
    """Where nothing is of a sandbox, nothing is changed."""
    assert RELEASE == as_typed(RELEASE)


def test_lists_and_refusals_say_it(run: Run, ledger: Session, tmp_path: Path) -> None:
    """Below the brakes, and on stderr, stand commands that work when they are typed."""
    brake = BrakeRow(
        id=1, account_id="6BApk", cap="run", reason="many", status="engaged", engaged_at=NOON
    )
    store(ledger, brake)
    names = (
        *("FRESHBOOKS_API_URL", "FRESHBOOKS_AUTH_URL", "TWILIO_API_URL", "TWILIO_EMAIL_URL"),
        *("SENDGRID_API_URL", "SANDBOX_URL"),
    )
    addresses = {f"DUEBELL_{name}": "http://127.0.0.1:9" for name in names}
    home = tmp_path / ".duebell"
    database = f"sqlite:///{home / 'duebell.db'}"
    write_sandbox(home, {**addresses, "DUEBELL_DATABASE_URL": database})

    listed = run("brake", "list").out
    unknown = run("why", "quill").err

    assert "`duebell --sandbox brake release ID` sends what one holds" in listed
    assert "`duebell --sandbox preview invoice.create quill`" in unknown
