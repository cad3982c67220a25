"""``duebell suppressions``: the addresses that are not used, because somebody said so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED
from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import change_ledger, own_digest, reading_ledger, this_operator
from duebell.domain.consent import Source
from duebell.domain.rules import Channel
from duebell.domain.sentences import as_part

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.domain.local_times import LocalTimes
    from duebell.ledger.owners import Owner
    from duebell.ledger.suppression_reading import Suppression

app = typer.Typer(help="Addresses that are not used any more.", no_args_is_help=True)

_NONE = "No address is suppressed. A person's STOP is kept here, and what you add by hand."
_HOW_TO_LIFT = (
    "`duebell suppressions lift sms NUMBER`, or `email ADDRESS`, lets one be used again; "
    "FreshBooks has it in full."
)
#: The reason has no end, so it comes last.
_COLUMNS = ("channel", "address", "whose", "source", "since", "by", "reason")

ChannelArgument = Annotated[Channel, typer.Argument(metavar="sms|email", help="The channel.")]
Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="The number (without + it is one of the business' country), or the email address.",
    ),
]


@app.command("list")
def list_(
    address: Annotated[
        str | None,
        typer.Argument(metavar="[ADDRESS]", help="Only this number or email address."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List the addresses that are not used, the newest first; masked."""
    from duebell.ledger.businesses import local_times
    from duebell.ledger.erased_addresses import forms
    from duebell.ledger.owners import owners
    from duebell.ledger.suppression_reading import listed

    with reading_ledger() as connection:
        wanted = read_typed(connection, channel_of(address), address) if address else None
        spelt = forms(connection, channel_of(wanted), wanted) if wanted else ()
        found = [one for one in listed(connection) if not wanted or one.address in spelt]
        times = None if as_json else local_times(connection)
        people = owners(connection, {(one.channel, one.address) for one in found})
    rows = [_shown(one, people.get((one.channel, one.address), ()), times) for one in found]
    if as_json:
        write_json(rows)
    elif not rows:
        say(f"{wanted} is not suppressed." if wanted else _NONE)
    else:
        write_table(_COLUMNS, [[row[name] for name in _COLUMNS] for row in rows])
        say(_HOW_TO_LIFT)


@app.command()
def add(
    channel: ChannelArgument,
    address: Address,
    reason: Annotated[
        str, typer.Option(help="Why, for whoever asks later why nothing was sent.")
    ] = "left out by hand",
) -> None:
    """Let an address not be used any more, until it is lifted by hand."""
    from duebell.ledger.businesses import local_times
    from duebell.ledger.suppression_reading import find
    from duebell.ledger.suppressions import suppress

    now, by = datetime.now(UTC), this_operator()

    def work(connection: Connection) -> str:
        known = read_typed(connection, channel, address)
        before = find(connection, channel, known)
        if suppress(connection, channel, known, source=Source.HAND, reason=reason, by=by, now=now):
            return f"{known} is not used any more."
        since = f" since {local_times(connection).minute(before.since)}" if before else ""
        why = f" ({as_part(before.reason)})" if before else ""
        return f"{known} is suppressed already{since}{why}; nothing was changed."

    say(change_ledger(work))


@app.command()
def lift(channel: ChannelArgument, address: Address) -> None:
    """Let an address be used again."""
    from duebell.ledger.suppression_reading import find
    from duebell.ledger.suppressions import lift as lift_now

    now, by = datetime.now(UTC), this_operator()

    def work(connection: Connection) -> tuple[str, Suppression | None]:
        known = read_typed(connection, channel, address)
        before = find(connection, channel, known)
        lift_now(connection, channel, known, by=by, now=now)
        return known, before

    known, before = change_ledger(work)
    if before is None:
        say(f"{known} is not suppressed.", err=True)
        raise typer.Exit(FAILED)
    say(f"{known} is used again.")
    if channel is Channel.SMS and "STOP" in before.reason:
        say("Twilio goes on refusing it until its owner answers START.")


def channel_of(typed: str) -> Channel:
    """By which channel an address is reached."""
    return Channel.EMAIL if "@" in typed else Channel.SMS


def read_typed(connection: Connection, channel: Channel, typed: str) -> str:
    """An address as it was typed, in the form in which it is compared.

    Raises:
        typer.BadParameter: if it is none.
    """
    from duebell.ledger.businesses import read_all
    from duebell.ledger.erased_addresses import know_erased
    from duebell.people.addresses import NoAddress, read_address

    know_erased(connection, own_digest())
    countries = {business.country for business in read_all(connection)}
    try:
        return read_address(channel, typed, countries.pop() if len(countries) == 1 else "")
    except NoAddress as fault:
        raise typer.BadParameter(str(fault)) from None


def _shown(
    one: Suppression, people: Sequence[Owner], times: LocalTimes | None
) -> dict[str, object]:
    from duebell.ledger.erased_addresses import is_erased
    from duebell.people.masking import mask

    return {
        "id": one.id,
        "channel": one.channel,
        "address": "erased" if is_erased(one.address) else mask(one.channel, one.address),
        **_whose(people, as_words=times is not None),
        "source": one.source.value,
        "reason": one.reason,
        "since": times.minute(one.since) if times else one.since.isoformat(),
        "by": one.created_by,
    }


def _whose(people: Sequence[Owner], *, as_words: bool) -> dict[str, object]:
    """Who is behind an address, for people or for programs."""
    if as_words:
        return {"whose": "; ".join(one.words for one in people)}
    return {"people": [{"kind": one.kind, "id": one.id, "name": one.name} for one in people]}
