"""``duebell channels``: what nothing can be sent on until its configuration is mended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED
from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import change_ledger, reading_ledger, this_operator
from duebell.domain.rules import Channel

if TYPE_CHECKING:
    from duebell.domain.local_times import LocalTimes
    from duebell.ledger.channel_stops import Stop

app = typer.Typer(help="Channels on which nothing can be sent.", no_args_is_help=True)

_NONE = "No channel is stopped."
_NOUNS = {"sms": "text", "email": "email"}


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List the channels that are stopped, since when and why, and when the next try is."""
    from duebell.ledger.businesses import local_times
    from duebell.ledger.channel_stops import in_force

    with reading_ledger() as connection:
        found = sorted(in_force(connection).values(), key=lambda one: one.channel)
        times = local_times(connection)
    if as_json:
        write_json([_as_json(one) for one in found])
    elif not found:
        say(_NONE)
    else:
        columns = ["channel", "since", "next try", "tries", "code", "why"]
        write_table(columns, [_row(one, times) for one in found])
        say(_how_to_end([one.channel for one in found]))


@app.command()
def resume(
    channel: Annotated[Channel, typer.Argument(metavar="sms|email", help="The channel.")],
) -> None:
    """Let one message through now; when it is taken, everything that waits is sent."""
    from duebell.ledger.channel_stops import try_by_hand

    now, by = datetime.now(UTC), this_operator()
    if not change_ledger(lambda connection: try_by_hand(connection, channel.value, by, now)):
        say(f"{channel} is not stopped, so there is nothing to resume.", err=True)
        raise typer.Exit(FAILED)
    noun = _NOUNS[channel.value]
    say(
        f"The next {noun} is tried at once, and all that wait are sent when it is taken; "
        "`duebell channels list` shows whether the channel is still stopped."
    )


def _how_to_end(channels: list[str]) -> str:
    commands = " or ".join(f"`duebell channels resume {one}`" for one in channels)
    return (
        f"`duebell check` says what is wrong. Once it is mended, {commands} sends one message at "
        "once to see whether it works; without it that happens at the next try."
    )


def _as_json(stop: Stop) -> dict[str, object]:
    return {
        "channel": stop.channel,
        "code": stop.code,
        "reason": stop.reason,
        "since": stop.since.isoformat(),
        "tries": stop.tries,
        "next_try_at": stop.next_try_at.isoformat(),
    }


def _row(stop: Stop, times: LocalTimes) -> list[object]:
    since, next_try = times.minute(stop.since), times.minute(stop.next_try_at)
    return [stop.channel, since, next_try, stop.tries, stop.code, stop.reason]
