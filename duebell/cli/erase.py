"""``duebell erase``: a person's name, addresses and texts leave the ledger."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli import subjects
from duebell.cli.failures import FAILED, WRONG_USE
from duebell.cli.output import counted, say
from duebell.cli.reading import change_ledger, empty_log, own_digest, reading_ledger, this_operator

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.ledger.traces import Found, Person

_NEXT = (
    "FreshBooks still has the person: `duebell pause client` or the rulebook keeps Duebell from "
    "writing to them again."
)

_IN_THE_LOG = (
    "The log of the database (its file `-wal`) could not be emptied just now: it still holds what "
    "was erased, until Duebell is restarted or the log has grown and is written over."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(erase)


def erase(
    client: Annotated[
        str, typer.Option(metavar="CLIENT", help="This FreshBooks client, by id or name.")
    ] = "",
    account: Annotated[
        str,
        typer.Option(help="Only in the FreshBooks account of this id; in every one if left out."),
    ] = "",
    address: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Whoever has this number or email address: staff, a vendor."
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase a person: names, addresses and texts go, and what is to be proved stays."""
    if bool(client.strip()) == bool(address.strip()):
        raise typer.BadParameter("name one person: --client, or --address")
    if account and address:
        raise typer.BadParameter("an address is erased in every account", param_hint="--account")
    from duebell.ledger import erasing

    digest, now, by = own_digest(), datetime.now(UTC), this_operator()
    with reading_ledger() as connection:
        person = _person(connection, client, account, address)
        found = erasing.look(connection, person, digest)
    if found.is_nothing:
        whom = f"client {person.client_id}" if person.client_id else person.address
        say(f"Nothing is kept of {whom}, so nothing was changed. Is that who is meant?")
        return
    if not yes:
        _ask(found)
    done = change_ledger(lambda c: erasing.erase(c, person, digest, by=by, now=now))
    say(f"Erased: {_in_words(done)}.")
    if not empty_log():
        say(_IN_THE_LOG, err=True)
    if person.client_id:
        say(_NEXT)


def _person(connection: Connection, client: str, account: str, address: str) -> Person:
    from duebell.cli.suppressions import channel_of, read_typed
    from duebell.ledger.traces import Person

    if client:
        subjects.require_account(connection, account)
        # A misspelt name must not read as if the person were erased.
        return Person(client_id=subjects.listed_client(connection, client), account_id=account)
    channel = channel_of(address)
    return Person(channel=channel.value, address=read_typed(connection, channel, address))


def _ask(found: Found) -> None:
    """Ask at a terminal; elsewhere nobody could answer."""
    if not sys.stdin.isatty():
        say(f"Nobody is here to be asked: add --yes to erase {_in_words(found)}.", err=True)
        raise typer.Exit(WRONG_USE)
    if not typer.confirm(f"Erase {_in_words(found)}, for good?", err=True):
        say("Nothing was erased.", err=True)
        raise typer.Exit(FAILED)


def _in_words(found: Found) -> str:
    waiting = f" ({found.planned} not sent yet, and never to be)" if found.planned else ""
    parts = [
        f"the name and address in {counted(found.messages, 'message')}{waiting}",
        f"the words of {counted(found.texts, 'message')} sent",
        f"the address of {counted(found.suppressions, 'opt-out')}, which stays in force",
    ]
    counts = (found.messages, found.texts, found.suppressions)
    return "; ".join(part for part, count in zip(parts, counts, strict=True) if count)
