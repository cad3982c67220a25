"""``duebell suppressions``: the addresses that are not used, because somebody said so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED
from duebell.cli.output import write_json, write_table
from duebell.cli.reading import changing_ledger, reading_ledger, this_operator
from duebell.domain.consent import Source
from duebell.domain.rules import Channel

if TYPE_CHECKING:
    from duebell.ledger.suppressions import Suppression

app = typer.Typer(help="Addresses that are not used any more.", no_args_is_help=True)

_NONE = "No address is suppressed. A person's STOP is kept here, and what you add by hand."
_COLUMNS = ("channel", "address", "source", "reason", "since", "by")

ChannelArgument = Annotated[Channel, typer.Argument(metavar="sms|email", help="The channel.")]
Address = Annotated[
    str,
    typer.Argument(metavar="ADDRESS", help="The number, with + and country code; or the address."),
]


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List the addresses that are not used, the newest first; masked."""
    from duebell.ledger.suppressions import listed

    with reading_ledger() as connection:
        found = [_shown(one) for one in listed(connection)]
    if as_json:
        write_json(found)
    elif not found:
        typer.echo(_NONE)
    else:
        write_table(_COLUMNS, [[one[name] for name in _COLUMNS] for one in found])


@app.command()
def add(
    channel: ChannelArgument,
    address: Address,
    reason: Annotated[
        str, typer.Option(help="Why, for whoever asks later why nothing was sent.")
    ] = "left out by hand",
) -> None:
    """Let an address not be used any more, until it is lifted by hand."""
    from duebell.ledger.suppressions import suppress

    now, by, known = datetime.now(UTC), this_operator(), _read(channel, address)
    with changing_ledger() as connection:
        is_new = suppress(
            connection, channel, known, source=Source.HAND, reason=reason, by=by, now=now
        )
    said = "is not used any more" if is_new else "is suppressed already; nothing was changed"
    typer.echo(f"{known} {said}.")


@app.command()
def lift(channel: ChannelArgument, address: Address) -> None:
    """Let an address be used again."""
    from duebell.ledger.suppressions import find
    from duebell.ledger.suppressions import lift as lift_now

    now, by, known = datetime.now(UTC), this_operator(), _read(channel, address)
    with changing_ledger() as connection:
        before = find(connection, channel, known)
        lift_now(connection, channel, known, by=by, now=now)
    if before is None:
        typer.echo(f"{known} is not suppressed.", err=True)
        raise typer.Exit(FAILED)
    typer.echo(f"{known} is used again.")
    if channel is Channel.SMS and "STOP" in before.reason:
        typer.echo("Twilio goes on refusing it until its owner answers START.")


def _read(channel: Channel, typed: str) -> str:
    from duebell.people.addresses import NoAddress, read_address

    try:
        return read_address(channel, typed)
    except NoAddress as fault:
        raise typer.BadParameter(str(fault)) from None


def _shown(one: Suppression) -> dict[str, object]:
    from duebell.people.masking import mask

    return {
        "id": one.id,
        "channel": one.channel,
        "address": mask(one.channel, one.address),
        "source": one.source.value,
        "reason": one.reason,
        "since": one.since.isoformat(),
        "by": one.created_by,
    }
