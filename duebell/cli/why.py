"""``duebell why``: the whole story of a client, an invoice, a vendor, a bill or a notification."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED
from duebell.cli.moments import a_moment
from duebell.cli.output import say, write_json
from duebell.cli.reading import reading_ledger

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.domain.local_times import LocalTimes
    from duebell.domain.rules import Rulebook
    from duebell.explaining.silent_rungs import LadderTerms
    from duebell.explaining.telling import Told
    from duebell.ledger.story import Subject

_ONE = "name one thing: an invoice, a client, a vendor, a bill or a notification"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)


def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A number, an id, or a name or part of one: of an invoice, client, bill, vendor "
            "or notification.",
        ),
    ] = "",
    client: Annotated[str, typer.Option(metavar="CLIENT", help="This client, by id or name.")] = "",
    invoice: Annotated[
        str, typer.Option(metavar="NUMBER", help="This invoice, by number or id.")
    ] = "",
    vendor: Annotated[str, typer.Option(metavar="VENDOR", help="This vendor, by id or name.")] = "",
    notification: Annotated[str, typer.Option(metavar="ID", help="This notification's id.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=a_moment,
            metavar="DAY",
            help="Only since this day or time, on the clock of the business.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Tell why somebody was told something or not: all that is known, in order of time."""
    words = {"": what, "client": client, "invoice": invoice}
    words |= {"bill_vendor": vendor, "notification": notification}
    given = [(kind, word) for kind, word in words.items() if word.strip()]
    if len(given) != 1:
        raise typer.BadParameter(_ONE)
    from duebell.cli.why_screen import document, lines

    now = datetime.now(UTC)
    with reading_ledger() as connection:
        subject, told = _told(connection, *given[0], since, now)
    if as_json:
        write_json(document(subject, told))
    elif not told.is_empty:
        typer.echo("\n".join(lines(subject, told)))
    if told.is_empty:
        say(_nothing(subject, since), err=True)
        raise typer.Exit(FAILED)


def _told(
    connection: Connection, kind: str, word: str, since: datetime | None, now: datetime
) -> tuple[Subject, Told]:
    from duebell.explaining.subjects import KINDS, subject_called
    from duebell.explaining.telling import tell_all
    from duebell.ledger.businesses import local_times
    from duebell.ledger.story import read

    times = local_times(connection)
    begin = times.aware(since) if since is not None else None
    if begin is not None and begin > now:
        raise typer.BadParameter(f"{times.minute(begin)} is still to come", param_hint="--since")
    subject = subject_called(connection, word, (kind,) if kind else KINDS)
    found = read(connection, subject, begin)
    rulebook, fault = _rulebook()
    terms = _terms(connection, times, now)
    return subject, tell_all(connection, found, terms, times, begin, rulebook, fault)


def _rulebook() -> tuple[Rulebook | None, str]:
    """The rulebook of the file, or why there is none."""
    from duebell.domain.failures import ConfigurationError
    from duebell.rulebook.loading import load_rulebook
    from duebell.settings import load_settings

    try:
        return load_rulebook(load_settings().config), ""
    except ConfigurationError:
        return None, "The rulebook has faults: see `duebell rules check`."


def _terms(connection: Connection, times: LocalTimes, now: datetime) -> LadderTerms:
    from duebell.domain.books import Kind
    from duebell.explaining.silent_rungs import LadderTerms
    from duebell.ledger import watermarks
    from duebell.settings import load_settings

    marks = watermarks.read_all(connection)
    since = {account: mark.since for (account, kind), mark in marks.items() if kind is Kind.INVOICE}
    return LadderTerms(now, times, load_settings().missed_rungs, since)


def _nothing(subject: Subject, since: datetime | None) -> str:
    from duebell.explaining.subjects import named

    when = " since then" if since else ""
    return (
        f"Nothing is known of {named(subject)}{when}. Is a rule about it "
        "(`duebell rules check`)? Does everything work (`duebell check`)?"
    )
