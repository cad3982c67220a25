"""``duebell notifications``: what was sent, to whom, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from duebell.cli.failures import FAILED as EXIT_FAILED
from duebell.cli.output import write_json, write_pairs, write_table
from duebell.cli.reading import reading_ledger
from duebell.domain.delivery import NotificationStatus

app = typer.Typer(help="What was sent, and what became of it.", no_args_is_help=True)

#: The statuses, and ``failed`` for everything with the failed-delivery flag.
StatusOption = StrEnum(  # type: ignore[misc]
    "StatusOption",
    [("FAILED", "failed"), *((status.name, status.value) for status in NotificationStatus)],
)

_COLUMNS = ("status", "event", "invoice_number", "client_id", "recipient")

_EMPTY = "No notifications yet. They appear here when something happens in FreshBooks that a rule"
_NOTHING_TOLD = f"{_EMPTY} tells somebody about."
_NO_MATCH = "No notifications match. Leave out --status, --client, --invoice or --since for more."


def a_moment(text: str) -> datetime:
    """Read a day or a time; without a zone it is UTC.

    Raises:
        typer.BadParameter: if it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "use a day like 2026-11-14 or a time like 2026-11-14T09:30+00:00"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@app.command("list")
def list_(
    status: Annotated[
        StatusOption | None,
        typer.Option(help="Only this status; `failed` is all that needs a person."),
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only this FreshBooks client id.")] = None,
    invoice: Annotated[str | None, typer.Option(help="Only this invoice number.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=a_moment, metavar="DAY", help="Only since this day or time (UTC if no zone)."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON array.")] = False,
) -> None:
    """List notifications, newest first."""
    from duebell.ledger.queries import NotificationFilter, list_notifications

    wanted = NotificationFilter(status.value if status else None, client, invoice, since)
    with reading_ledger() as connection:
        found = list_notifications(connection, wanted, limit + 1)
    if as_json:
        write_json(found[:limit])
    elif not found:
        typer.echo(_NOTHING_TOLD if wanted == NotificationFilter() else _NO_MATCH)
    else:
        _write_list(found, limit)


@app.command()
def show(
    notification_id: Annotated[str, typer.Argument(metavar="ID", help="The notification's id.")],
    body: Annotated[
        bool, typer.Option("--body", help="Also show the texts, which are personal.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Show one notification with its attempts, reports, audit records and decisions."""
    from duebell.ledger.queries import show_notification

    with reading_ledger() as connection:
        shown = show_notification(connection, notification_id, with_bodies=body)
    if shown is None:
        typer.echo(f"There is no notification {notification_id}.", err=True)
        raise typer.Exit(EXIT_FAILED)
    if as_json:
        write_json(shown)
    else:
        _write_details(shown)


def _write_list(found: list[dict[str, object]], limit: int) -> None:
    rows = [
        [one["id"], _minute(one["created_at"]), *(one[name] for name in _COLUMNS), _why(one)]
        for one in found[:limit]
    ]
    write_table(
        ["id", "created (UTC)", *(name.replace("_", " ") for name in _COLUMNS), "why"], rows
    )
    if len(found) > limit:
        typer.echo(f"These are the newest {limit}; --limit shows more.")


def _minute(moment: object) -> str:
    return str(moment)[:16].replace("T", " ")


def _why(notification: dict[str, object]) -> str:
    parts = (notification["reason"], notification["error_code"])
    return " ".join(str(part) for part in parts if part)


def _write_details(shown: dict[str, object]) -> None:
    history: Any = shown["history"]
    write_pairs({name: value for name, value in shown.items() if name != "history"})
    for title, records in history.items():
        typer.echo(f"\n{title}" if records else f"\n{title}: none")
        if records:
            columns = list(records[0])
            write_table(columns, [[record[column] for column in columns] for record in records])
