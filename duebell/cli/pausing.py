"""``duebell pause``, ``duebell resume`` and ``duebell pauses``: nobody hears of it for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli import subjects
from duebell.cli.failures import FAILED
from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import change_ledger, reading_ledger, this_operator
from duebell.domain.circumstances import Paused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.domain.local_times import LocalTimes
    from duebell.ledger.naming import Named
    from duebell.ledger.pauses import Pause

pauses = typer.Typer(help="Clients and invoices of which nobody hears now.", no_args_is_help=True)

#: More days than anybody means; a client for good is silenced in the rulebook.
_MOST_DAYS = 3660

_NONE = "Nothing is paused. `duebell pause client ID --until DAY` pauses a client."

_COLUMNS = ("id", "kind", "name", "account", "until", "since", "by")

Kind = Annotated[Paused, typer.Argument(metavar="client|invoice", help="What it is.")]
ObjectId = Annotated[
    str,
    typer.Argument(metavar="ID", help="The client's id or name; the invoice's id or number."),
]
Account = Annotated[
    str, typer.Option(help="Only in the FreshBooks account of this id; in every one if left out.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(pause)
    app.command()(resume)
    app.add_typer(pauses, name="pauses")


def a_day_to_come(text: str, today: date) -> date:
    """Read a day, or a number of days from today.

    Raises:
        typer.BadParameter: if it is neither, or has come already.
    """
    until = _day(text.strip().lower(), today)
    if until <= today:
        raise typer.BadParameter(
            f"{until} is not after today ({today}), so nothing would be paused; give the day on "
            "which messages leave again",
            param_hint="--until",
        )
    return until


def _day(text: str, today: date) -> date:
    days = text.removesuffix("d")
    if days != text and days.isascii() and days.isdecimal() and len(days) <= len(str(_MOST_DAYS)):
        return today + timedelta(days=min(int(days), _MOST_DAYS))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"`{text}` is no day: use one like 2026-11-14, or a number of days like 14d",
            param_hint="--until",
        ) from None


@dataclass(frozen=True, slots=True)
class _Done:
    """What a pause came to: of what, until when now and before, and how many were stopped."""

    subject: Named
    is_known: bool
    until: date
    before: date | None
    stopped: int


def pause(
    kind: Kind,
    object_id: ObjectId,
    until: Annotated[
        str,
        typer.Option(
            metavar="DAY",
            help="The day on which messages leave again (2026-11-14), or in how many days (14d).",
        ),
    ],
    account: Account = "",
) -> None:
    """Let nobody hear of a client or an invoice until a day; again, to change the day."""
    done = change_ledger(lambda connection: _pause(connection, kind, object_id, until, account))
    say(_paused(done))
    if done.stopped:
        say(
            f"{_count(done.stopped, 'message')} that waited to be sent will not be sent: "
            "`duebell notifications list --status suppressed`."
        )
    if done.before != done.until:
        say(f"From {done.until} on messages leave again and the ladder goes on.")
    if not done.is_known:
        say(
            f"Nothing is known here of {done.subject.words} so far. If it is not new, the id is "
            f"wrong: see `duebell notifications list`, then `duebell resume {done.subject.words}`.",
            err=True,
        )


def _pause(connection: Connection, kind: Paused, word: str, until: str, account: str) -> _Done:
    from duebell.ledger import pauses as paused
    from duebell.ledger.businesses import local_times

    now, by = datetime.now(UTC), this_operator()
    subjects.require_account(connection, account)
    today = now.astimezone(local_times(connection).zone(account)).date()
    day = a_day_to_come(until, today)
    subject, is_known = subjects.meant(connection, kind, word)
    if not is_known and kind is Paused.CLIENT and not subject.id.isdecimal():
        subjects.known_client(connection, word)  # says who may be meant; it can be nobody's id
    before = paused.in_force(connection).get((account, kind, subject.id))
    stopped = paused.pause(connection, account, kind, subject.id, day, by=by, now=now)
    lasted = before if before is not None and before > today else None
    return _Done(subject, is_known, day, lasted, stopped)


def _paused(done: _Done) -> str:
    name = _named(done.subject)
    if done.before == done.until:
        return f"{name} is paused until {done.until} already; nothing was changed."
    instead = f" now, instead of {done.before}" if done.before else ""
    return f"{name} is paused until {done.until}{instead}."


def resume(kind: Kind, object_id: ObjectId, account: Account = "") -> None:
    """End a pause before its day."""
    subject, is_ended = change_ledger(lambda c: _resume(c, kind, object_id, account))
    if not is_ended:
        say(f"{_named(subject)} is not paused; see `duebell pauses list`.", err=True)
        raise typer.Exit(FAILED)
    say(f"{_named(subject)} is not paused any more. What was suppressed stays unsent.")


def _resume(connection: Connection, kind: Paused, word: str, account: str) -> tuple[Named, bool]:
    from duebell.ledger import pauses as paused

    now, by = datetime.now(UTC), this_operator()
    subjects.require_account(connection, account)
    subject, is_known = subjects.meant(connection, kind, word)
    # It may have been paused by its number before anything was known of it.
    names = dict.fromkeys((subject.id, word.strip(), subject.name or subject.id))
    ended = [paused.resume(connection, account, kind, name, by=by, now=now) for name in names]
    if not any(ended) and not is_known and kind is Paused.CLIENT and not subject.id.isdecimal():
        subjects.known_client(connection, word)  # says who may be meant; it can be nobody's id
    return subject, any(ended)


@pauses.callback()
def _group() -> None:
    """Keep ``list`` a command of its own; Typer merges a single one into its group."""


@pauses.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List what is paused, what ends first before the others."""
    from duebell.ledger.businesses import local_times
    from duebell.ledger.pauses import listed

    with reading_ledger() as connection:
        times, now = local_times(connection), datetime.now(UTC)
        found = [
            one
            for one in listed(connection, date.min)
            if one.until > now.astimezone(times.zone(one.account_id)).date()
        ]
        names = {one.id: subjects.name_of(connection, one.kind, one.object_id) for one in found}
    if as_json:
        write_json([_shown(one, names[one.id]) for one in found])
    elif not found:
        say(_NONE)
    else:
        _write(found, names, times)


def _write(found: list[Pause], names: dict[int, str], times: LocalTimes) -> None:
    # Whoever works with one account need not read of accounts.
    every = "every" if any(one.account_id for one in found) else ""
    rows = [
        (
            *(one.object_id, one.kind, names[one.id], one.account_id or every, one.until),
            *(times.minute(one.created_at, one.account_id), one.created_by),
        )
        for one in found
    ]
    write_table(_COLUMNS, rows)


def _shown(one: Pause, name: str) -> dict[str, str]:
    return {
        "id": one.object_id,
        "kind": one.kind.value,
        "name": name,
        "account_id": one.account_id,
        "until": one.until.isoformat(),
        "by": one.created_by,
        "created_at": one.created_at.isoformat(),
    }


def _named(subject: Named) -> str:
    return f"{subject.words[:1].upper()}{subject.words[1:]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
