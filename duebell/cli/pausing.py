"""``duebell pause``, ``duebell resume`` and ``duebell pauses``: nobody hears of it for a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED
from duebell.cli.output import write_json, write_table
from duebell.cli.reading import changing_ledger, reading_ledger, this_operator
from duebell.domain.circumstances import Paused

if TYPE_CHECKING:
    from duebell.ledger.pauses import Pause
    from duebell.ledger.subjects import Subject

pauses = typer.Typer(help="Clients and invoices of which nobody hears now.", no_args_is_help=True)

#: More days than anybody means; a client for good is silenced in the rulebook.
_MOST_DAYS = 3660

_NONE = "Nothing is paused. `duebell pause client ID --until DAY` pauses a client."

Kind = Annotated[Paused, typer.Argument(metavar="client|invoice", help="What it is.")]
ObjectId = Annotated[
    str,
    typer.Argument(metavar="ID", help="The client's FreshBooks id; the invoice's id or number."),
]
Account = Annotated[
    str, typer.Option(help="Only in the FreshBooks account of this id; in every one if left out.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(pause)
    app.command()(resume)
    app.add_typer(pauses, name="pauses")


def today() -> date:
    """The day on the calendar of whoever types."""
    return datetime.now(UTC).astimezone().date()


def a_day_to_come(text: str) -> date:
    """Read a day, or a number of days from today.

    Raises:
        typer.BadParameter: if it is neither, or has come already.
    """
    until = _day(text.strip().lower())
    if until <= today():
        raise typer.BadParameter(f"{until.isoformat()} is not after today; nothing would be paused")
    return until


def _day(text: str) -> date:
    days = text.removesuffix("d")
    if days != text and days.isascii() and days.isdecimal() and len(days) <= len(str(_MOST_DAYS)):
        return today() + timedelta(days=min(int(days), _MOST_DAYS))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "use a day like 2026-11-14, or a number of days like 14d"
        ) from None


def pause(
    kind: Kind,
    object_id: ObjectId,
    until: Annotated[
        date,
        typer.Option(
            parser=a_day_to_come,
            metavar="DAY",
            help="The day on which messages leave again (2026-11-14), or in how many days (14d).",
        ),
    ],
    account: Account = "",
) -> None:
    """Let nobody hear of a client or an invoice until a day; again, to change the day."""
    from duebell.ledger import pauses as paused
    from duebell.ledger import subjects

    now, by = datetime.now(UTC), this_operator()
    with changing_ledger() as connection:
        subject = subjects.find(connection, kind, object_id)
        stopped = paused.pause(connection, account, kind, subject.id, until, by=by, now=now)
    typer.echo(f"{_named(kind, subject)} is paused until {until.isoformat()}.")
    if stopped:
        typer.echo(
            f"{_count(stopped, 'message')} that waited to be sent will not be sent: "
            "`duebell notifications list --status suppressed`."
        )
    typer.echo(f"From {until.isoformat()} on messages leave again and the ladder goes on.")
    if not subject.is_known:
        typer.echo(
            f"Nothing is known here of {kind.value} {subject.id} so far. If it is not new, "
            f"the id is wrong: see `duebell notifications list --json`, then `duebell resume "
            f"{kind.value} {subject.id}`.",
            err=True,
        )


def resume(kind: Kind, object_id: ObjectId, account: Account = "") -> None:
    """End a pause before its day."""
    from duebell.ledger import pauses as paused
    from duebell.ledger import subjects

    now, by = datetime.now(UTC), this_operator()
    with changing_ledger() as connection:
        subject = subjects.find(connection, kind, object_id)
        # It may have been paused by its number before anything was known of it.
        names = dict.fromkeys((subject.id, object_id, subject.number or object_id))
        ended = [paused.resume(connection, account, kind, name, by=by, now=now) for name in names]
    if not any(ended):
        typer.echo(f"{_named(kind, subject)} is not paused; see `duebell pauses list`.", err=True)
        raise typer.Exit(FAILED)
    typer.echo(f"{_named(kind, subject)} is not paused any more. What was suppressed stays unsent.")


@pauses.callback()
def _group() -> None:
    """Keep ``list`` a command of its own; Typer merges a single one into its group."""


@pauses.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List what is paused, what ends first before the others."""
    from duebell.ledger.pauses import listed

    with reading_ledger() as connection:
        found = [_shown(one) for one in listed(connection, today())]
    if as_json:
        write_json(found)
    elif not found:
        typer.echo(_NONE)
    else:
        columns = ("id", "kind", "account_id", "until", "by", "created_at")
        write_table(columns, [[one[name] or "every" for name in columns] for one in found])


def _shown(one: Pause) -> dict[str, str]:
    return {
        "id": one.object_id,
        "kind": one.kind.value,
        "account_id": one.account_id,
        "until": one.until.isoformat(),
        "by": one.created_by,
        "created_at": one.created_at.isoformat(),
    }


def _named(kind: Paused, subject: Subject) -> str:
    number = f"{subject.number} " if subject.number and subject.number != subject.id else ""
    id_ = f"({subject.id})" if number else subject.id
    return f"{kind.value.capitalize()} {number}{id_}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
