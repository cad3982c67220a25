"""``duebell notifications``: what was sent, to whom, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from duebell.cli import subjects
from duebell.cli.failures import FAILED as EXIT_FAILED
from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import reading_ledger
from duebell.domain.delivery import NotificationStatus

app = typer.Typer(help="What was sent, and what became of it.", no_args_is_help=True)

#: The statuses, and ``failed`` for everything with the failed-delivery flag.
StatusOption = StrEnum(  # type: ignore[misc]
    "StatusOption",
    [("FAILED", "failed"), *((status.name, status.value) for status in NotificationStatus)],
)

#: The columns of the list, by what the ledger calls them.
_COLUMNS = {
    "id": "id",
    "created_at": "created",
    "status": "status",
    "event": "event",
    "invoice_number": "number",
    "contact_name": "told",
    "recipient": "recipient",
}
_DIVERTED = ("channel", "diverted_to", "recipient")

_EMPTY = "No notifications yet. They appear here when something happens in FreshBooks that a rule"
_NOTHING_TOLD = f"{_EMPTY} tells somebody about."


def a_moment(text: str) -> datetime:
    """Read a day or a time; one without a zone is left without, for the business' clock.

    Raises:
        typer.BadParameter: if it is neither.
    """
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            "use a day like 2026-11-14 or a time like 2026-11-14T09:30"
        ) from None


@app.command("list")
def list_(
    status: Annotated[
        StatusOption | None,
        typer.Option(help="Only this status; `failed` is all that needs a person."),
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only this client, by id or name.")] = None,
    invoice: Annotated[str | None, typer.Option(help="Only this invoice, by number or id.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=a_moment,
            metavar="DAY",
            help="Only since this day or time, on the clock of the business.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List notifications, newest first."""
    from duebell.ledger.businesses import local_times
    from duebell.ledger.queries import NotificationFilter, list_notifications

    with reading_ledger() as connection:
        times = local_times(connection)
        wanted = NotificationFilter(
            status.value if status else None,
            subjects.client_id(connection, client) if client else None,
            subjects.invoice_number(connection, invoice) if invoice else None,
            times.aware(since) if since else None,
        )
        shown = None if as_json else times
        found = list_notifications(connection, wanted, limit + 1, shown)
    if as_json:
        write_json(found[:limit])
    elif not found:
        given = {"--status": status, "--client": client, "--invoice": invoice, "--since": since}
        say(_none_found([name for name, value in given.items() if value]))
    else:
        _write_list(found, limit)


def _none_found(given: list[str]) -> str:
    """Why nothing is listed, by the options that leave something out."""
    if not given:
        return _NOTHING_TOLD
    *first, last = given
    names = f"{', '.join(first)} or {last}" if first else last
    return f"No notifications match. Leave out {names} for more."


@app.command()
def show(
    notification_id: Annotated[
        str, typer.Argument(metavar="ID", help="The notification's id, or its first letters.")
    ],
    body: Annotated[
        bool, typer.Option("--body", help="Also show the texts, which are personal.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Show one notification with its attempts, reports, audit records and decisions."""
    from duebell.ledger.businesses import local_times
    from duebell.ledger.queries import show_notification

    with reading_ledger() as connection:
        times = None if as_json else local_times(connection)
        id_ = subjects.notification_id(connection, notification_id)
        shown = show_notification(connection, id_, with_bodies=body, times=times)
    if shown is None:
        say(f"There is no notification {notification_id}.", err=True)
        raise typer.Exit(EXIT_FAILED)
    if as_json:
        write_json(shown)
    else:
        from duebell.cli.notification_screen import write_details

        write_details(shown, _diversion(shown))


def _write_list(found: list[dict[str, object]], limit: int) -> None:
    rows = [[*(one[name] for name in _COLUMNS), _why(one)] for one in found[:limit]]
    write_table([*_COLUMNS.values(), "why"], rows)
    if len(found) > limit:
        say(f"These are the newest {limit}; --limit shows more.")


def _why(notification: dict[str, object]) -> str:
    parts = (notification["reason"], notification["error_code"])
    why = " ".join(str(part) for part in parts if part)
    return "; ".join(filter(None, [_diversion(notification), why]))


def _diversion(notification: dict[str, object]) -> str:
    from duebell.people.safe_mode import diversion

    channel, to, own = (str(notification[name] or "") for name in _DIVERTED)
    return f"sent to {diversion(channel, to, own)}" if to else ""
