"""``duebell notifications``: what was sent, to whom, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from duebell.cli import retrying, subjects
from duebell.cli.failures import FAILED as EXIT_FAILED
from duebell.cli.moments import a_moment
from duebell.cli.output import say, write_json, write_table
from duebell.cli.reading import reading_ledger
from duebell.domain.delivery import NotificationStatus
from duebell.domain.sentences import with_code

app = typer.Typer(help="What was sent, and what became of it.", no_args_is_help=True)

#: The statuses, and ``failed`` for everything with the failed-delivery flag.
StatusOption = StrEnum(  # type: ignore[misc]
    "StatusOption",
    [("FAILED", "failed"), *((status.name, status.value) for status in NotificationStatus)],
)

#: What else people need of what failed, to decide what becomes of it.
_FAILED_COLUMNS = {
    "id": "id",
    "failed_at": "failed",
    "invoice_number": "number",
    "client": "client",
    "recipient": "recipient",
    "rule": "rule",
    "attempts": "attempts",
    "error_code": "code",
}
_HOW_TO_GO_ON = (
    "`duebell notifications retry ID` sends one again, if the books still want it; "
    "`duebell notifications abandon ID` leaves it at that; "
    "`duebell notifications show ID` tells more."
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
    from duebell.ledger.failures import client_names
    from duebell.ledger.queries import FAILED, NotificationFilter, list_notifications

    with reading_ledger() as connection:
        times = local_times(connection)
        wanted = NotificationFilter(
            status.value if status else None,
            subjects.listed_client(connection, client) if client else None,
            subjects.invoice_number(connection, invoice) if invoice else None,
            times.aware(since) if since else None,
        )
        shown = None if as_json else times
        found = list_notifications(connection, wanted, limit + 1, shown, datetime.now(UTC))
        is_failed = status is not None and status.value == FAILED
        names = {} if as_json or not is_failed else client_names(connection, found)
    if as_json:
        write_json(found[:limit])
    elif not found:
        given = {"--status": status, "--client": client, "--invoice": invoice, "--since": since}
        say(_none_found([name for name, value in given.items() if value]))
    elif is_failed:
        _write_failed(found, limit, names)
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
        said = f"There is no notification {notification_id}"
        say(f"{said}; `duebell notifications list` has their ids.", err=True)
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


def _write_failed(found: list[dict[str, object]], limit: int, names: dict[str, str]) -> None:
    """What failed, with all that decides what becomes of it."""
    shown = [{**one, "client": names.get(str(one["id"]), "")} for one in found[:limit]]
    rows = [[*(one[name] for name in _FAILED_COLUMNS), _why_failed(one)] for one in shown]
    write_table([*_FAILED_COLUMNS.values(), "why"], rows)
    if len(found) > limit:
        say(f"These are the newest {limit}; --limit shows more.")
    say(_HOW_TO_GO_ON)


def _why_failed(notification: dict[str, object]) -> str:
    reason = str(notification["reason"] or "")
    return "; ".join(filter(None, [_diversion(notification), reason]))


def _why(notification: dict[str, object]) -> str:
    why = with_code(str(notification["reason"] or ""), str(notification["error_code"] or ""))
    return "; ".join(filter(None, [_diversion(notification), why]))


def _diversion(notification: dict[str, object]) -> str:
    from duebell.people.safe_mode import diversion

    channel, to, own = (str(notification[name] or "") for name in _DIVERTED)
    return f"sent to {diversion(channel, to, own)}" if to else ""


retrying.register(app)
