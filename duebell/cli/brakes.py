"""``duebell brake``: what is held because it was too much at once, and what becomes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED, WRONG_USE
from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import change_ledger, reading_ledger, this_operator
from duebell.domain.failures import BrakeRefused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.domain.local_times import LocalTimes
    from duebell.ledger.brake_reading import Brake

app = typer.Typer(help="Messages that are held because they were too many.", no_args_is_help=True)

_NONE = "No brake is engaged, so nothing is held."
_NEVER = "No brake has ever engaged."
_HOW_TO_END = (
    "`duebell brake release ID` sends what one holds; "
    "with `duebell brake drop ID` nobody hears of it."
)

BrakeId = Annotated[
    # The largest number that the ledger has for a row.
    int, typer.Argument(metavar="ID", min=1, max=2**63 - 1, help="The brake's number.")
]


@app.command("list")
def list_(
    with_ended: Annotated[
        bool, typer.Option("--all", help="Also those that were released or dropped.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List the brakes that are engaged, newest first."""
    from duebell.ledger.brake_reading import listed
    from duebell.ledger.businesses import local_times

    with reading_ledger() as connection:
        found = listed(connection, with_ended=with_ended)
        times = local_times(connection)
    if as_json:
        write_json([_as_json(brake) for brake in found])
    elif not found:
        typer.echo(_NEVER if with_ended else _NONE)
    else:
        _write(found, times)


@app.command()
def release(brake_id: BrakeId) -> None:
    """Send what a brake holds: each message is planned again, from the books as they are now."""
    from duebell.ledger import brakes

    now, by = datetime.now(UTC), this_operator()
    count = _end(lambda connection: brakes.release(connection, brake_id, by=by, now=now))
    typer.echo(f"Brake {brake_id} is released. Messages that are planned again: {count}.")


@app.command()
def drop(
    brake_id: BrakeId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Let nobody hear of what a brake holds: each message is suppressed, for good."""
    from duebell.ledger import brakes

    if not yes:
        _ask(brake_id)
    now, by = datetime.now(UTC), this_operator()
    count = _end(lambda connection: brakes.drop(connection, brake_id, by=by, now=now))
    typer.echo(f"Brake {brake_id} is dropped. Messages that will not be sent: {count}.")


def _ask(brake_id: int) -> None:
    """Ask at a terminal, with how many hear of nothing then; elsewhere nobody could answer."""
    from duebell.ledger.brake_reading import listed

    with reading_ledger() as connection:
        held = next((one.held_now for one in listed(connection) if one.id == brake_id), None)
    if held is None:
        return  # it cannot be dropped, which is told with the reason
    messages = "one message" if held == 1 else f"{held} messages"
    if not sys.stdin.isatty():
        say(f"Nobody is here to be asked: add --yes to drop {messages} for good.", err=True)
        raise typer.Exit(WRONG_USE)
    if not typer.confirm(f"Drop {messages} of brake {brake_id}, for good?", err=True):
        say(f"Brake {brake_id} still holds {messages}.", err=True)
        raise typer.Exit(FAILED)


def _end(work: Callable[[Connection], int]) -> int:
    """End a brake; a refusal is told on the clock of the business."""
    from duebell.explaining.times import on_local_clock
    from duebell.ledger.businesses import local_times

    try:
        return change_ledger(work)
    except BrakeRefused as refusal:
        with reading_ledger() as connection:
            times = local_times(connection)
        raise BrakeRefused(on_local_clock(str(refusal), times)) from None


def _as_json(brake: Brake) -> dict[str, object]:
    return {
        "id": brake.id,
        "status": brake.status.value,
        "account_id": brake.account_id,
        "cap": brake.cap,
        "reason": brake.reason,
        "held_now": brake.held_now,
        "engaged_at": brake.engaged_at.isoformat(),
        "ended_at": brake.ended_at.isoformat() if brake.ended_at else None,
        "ended_by": brake.ended_by,
    }


def _write(found: list[Brake], times: LocalTimes) -> None:
    columns = ["id", "account", "since", "cap", "held now", "status", "why"]
    write_table(columns, [_row(brake, times) for brake in found])
    if any(brake.ended_at is None for brake in found):
        say(_HOW_TO_END)


def _row(brake: Brake, times: LocalTimes) -> list[object]:
    account = brake.account_id
    since, status = times.minute(brake.engaged_at, account), str(brake.status)
    if brake.ended_at is not None:
        status = f"{status} {times.minute(brake.ended_at, account)} by {brake.ended_by}"
    return [brake.id, account, since, brake.cap, brake.held_now, status, brake.reason]
