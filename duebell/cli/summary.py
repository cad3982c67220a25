"""``duebell summary``: what became of a day's messages, and what needs a hand now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import reading_ledger

if TYPE_CHECKING:
    from duebell.measuring.summary import AccountDay, Summary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(summary)


def summary(
    day: Annotated[
        str, typer.Option(metavar="DAY", help="The day, like 2026-11-14; yesterday if left out.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Say what became of a day's messages, by rule, and what needs a hand now."""
    from duebell.measuring.summary import as_json as document
    from duebell.measuring.summary_reading import summarise
    from duebell.settings import load_settings

    wanted = _day(day)
    base_url = load_settings().public_url
    with reading_ledger() as connection:
        found = summarise(connection, base_url, datetime.now(UTC), wanted)
    if as_json:
        write_json(document(found))
    else:
        _write(found)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(
            f"`{text}` is no day: use one like 2026-11-14", param_hint="--day"
        ) from None


def _write(found: Summary) -> None:
    for account in found.accounts:
        _write_account(account)
    say("What needs a hand now:" if found.hands else "Nothing needs a hand.")
    for hand in found.hands:
        say(f"{hand.what}{f' → `{hand.command}`' if hand.command else ''}", lead="  ")


def _write_account(account: AccountDay) -> None:
    from duebell.measuring.summary import COLUMNS

    say(f"{account.name}, {account.day:%A} {account.day}:")
    if not account.rules:
        say("No message belongs to this day.", lead="  ")
        return
    rows = [[getattr(rule, name) for name in COLUMNS] for rule in account.rules]
    write_table(COLUMNS, rows)
