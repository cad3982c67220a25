"""``duebell backfill``: a past period is told to those who were not told of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from duebell.cli.processes import become


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backfill)


def a_day(text: str) -> date:
    """Read a day.

    Raises:
        typer.BadParameter: if it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("use a day like 2026-11-14") from None


def backfill(
    since: Annotated[
        date | None, typer.Option(parser=a_day, metavar="DAY", help="The first day of the period.")
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(parser=a_day, metavar="DAY", help="The last day; it belongs to the period."),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT", help="Only this event; may be given several times."),
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only this client, by id or name.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be sent, and what not and why.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option(metavar="ID", help="Go on with a backfill that stopped.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Look through the books of a past period, and tell what was not told yet."""
    _check(resume, since, until, is_more=bool(event or client or dry_run))
    client = _client_id(client.strip()) if client else None
    texts = {"--since": since, "--until": until, "--client": client, "--resume": resume}
    arguments = [part for name, value in texts.items() if value for part in (name, str(value))]
    arguments += [part for one in event or () for part in ("--event", one)]
    options = [("--dry-run", dry_run), ("--json", as_json)]
    become("deployments.backfill", [*arguments, *(name for name, is_set in options if is_set)])


def _check(resume: str | None, since: date | None, until: date | None, *, is_more: bool) -> None:
    """Refuse what makes no sense before anything is started."""
    if resume and (since or until or is_more):
        raise typer.BadParameter("--resume goes on with what was asked for then: give it alone")
    if not resume and (since is None or until is None):
        raise typer.BadParameter("give the period with --since and --until")
    if since and until and since > until:
        raise typer.BadParameter(f"--since ({since}) is after --until ({until})")


def _client_id(word: str) -> str:
    """The id of a client, whom people may call by name.

    Raises:
        NothingFound: if nobody is called so, or several are.
    """
    from duebell.cli import subjects
    from duebell.cli.reading import reading_ledger

    if word.isdecimal():
        return word  # the books know more clients than the ledger
    with reading_ledger() as connection:
        return subjects.known_client(connection, word)
