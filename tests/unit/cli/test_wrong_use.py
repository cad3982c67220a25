"""Wrong use of the command line: exit code 2, and a sentence in our words."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from tests.unit.cli.running import Run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("notifications", "list", "--limit", "0"), "--limit: it must be at least 1."),
        (("notifications", "list", "--limit", "x"), "--limit: it must be a whole number."),
        (("notifications", "list", "--status", "late"), "'late' is not one of"),
        (("notifications", "list", "--since", "soon"), "--since: use a day like 2026-11-14 or"),
        (("brake", "release", "one"), "ID: it must be a whole number."),
        (("pause", "client"), "Missing argument 'ID'."),
        (("pause",), "duebell pause: Missing argument 'client|invoice'."),
        (("up", "--demo"), "duebell up: --demo needs --sandbox: it must not touch"),
        (("sandbox", "scenario"), "duebell sandbox scenario: give either the NAME"),
        (("nonsense",), "No such command 'nonsense'."),
    ],
)
def test_wrong_use_is_one_sentence(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """It says which command and option is meant and what is wrong, and where help is."""
    told = run(*arguments)

    fault, help_ = told.err.splitlines()
    assert (2, "") == (told.code, told.out)
    assert said in fault
    assert fault.startswith("duebell")
    assert help_.endswith("--help` explains it.")
    assert "Input should" not in fault
    assert "Value error" not in fault


@pytest.mark.parametrize(
    "arguments",
    [
        ("why", "--client", "nobody"),
        ("audit", "verify", "--head", "5:abc"),
        ("notifications", "retry"),
        ("notifications", "show", "nope"),
    ],
)
def test_refusals_fit_the_screen(
    run: Run, ledger: Session, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """On a screen of 60 columns no refusal is cut or left to the terminal to break."""
    whole = run(*arguments).err
    monkeypatch.setenv("COLUMNS", "60")

    told = run(*arguments).err

    assert 60 >= max(map(len, told.splitlines()))
    assert whole.split() == told.split()


def test_a_group_alone_is_its_help(run: Run) -> None:
    """A group without a command shows which ones it has, and fails as wrong use."""
    told = run("brake")

    assert 2 == told.code
    assert "release" in told.out + told.err
