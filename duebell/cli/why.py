"""``duebell why``: the whole story of a client, an invoice or a notification."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duebell.cli.failures import FAILED
from duebell.cli.notifications import a_moment
from duebell.cli.output import write_json
from duebell.cli.reading import reading_ledger

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.explaining.happenings import Happening
    from duebell.explaining.story import Story
    from duebell.ledger.story import Found, Subject

_ONE = "give one of --client, --invoice and --notification"
_INDENT = " " * 18
_CUT = "There is more before this: these are the newest decisions and messages. Narrow: --since."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)


def why(
    client: Annotated[str, typer.Option(metavar="ID", help="This FreshBooks client id.")] = "",
    invoice: Annotated[str, typer.Option(metavar="NUMBER", help="This invoice number.")] = "",
    notification: Annotated[str, typer.Option(metavar="ID", help="This notification's id.")] = "",
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=a_moment, metavar="DAY", help="Only since this day or time (UTC if no zone)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Tell why somebody was told something or not: all that is known, in order of time."""
    if sum(map(bool, (client, invoice, notification))) != 1:
        raise typer.BadParameter(_ONE)
    from duebell.explaining.story import tell
    from duebell.ledger.queries import by_ids
    from duebell.ledger.story import Subject, read

    subject = Subject(client, invoice, notification)
    with reading_ledger() as connection:
        found = read(connection, subject, since)
        watched = _watched(connection) if found.is_empty else ""
        listed = by_ids(connection, [row["id"] for row in found.notifications])
    if notification and not found.notifications:
        typer.echo(f"There is no notification {notification}.", err=True)
        raise typer.Exit(FAILED)
    story = tell(found, datetime.now(UTC), since)
    if as_json:
        write_json(_document(subject, story, listed, is_known=not found.is_empty))
    elif found.is_empty:
        typer.echo(_nothing(subject, since, watched))
    else:
        sys.stdout.write("\n".join([_title(subject), *_lines(story, found)]) + "\n")


def _watched(connection: Connection) -> str:
    """Since when the books are watched."""
    from duebell.ledger import watermarks

    marks = watermarks.read_all(connection).values()
    first = min((mark.since for mark in marks), default=None)
    if first is None:
        return "Duebell does not watch any books yet: see `duebell check`."
    return f"Duebell watches these books since {_minute(first)} UTC; what was before is history."


def _title(subject: Subject) -> str:
    name = f"Client {subject.client}" if subject.client else f"Invoice {subject.invoice}"
    return f"{f'Notification {subject.notification}' if subject.notification else name}, in UTC:"


def _nothing(subject: Subject, since: datetime | None, watched: str) -> str:
    name = f"client {subject.client}" if subject.client else f"invoice {subject.invoice}"
    when = f" since {_minute(since)} UTC" if since else ""
    shown = "the id that FreshBooks has for it" if subject.client else "just as FreshBooks has it"
    return (
        f"Nothing is known of {name}{when}. Is it {shown}? "
        f"Is a rule about it (`duebell rules check`)? {watched}"
    )


def _lines(story: Story, found: Found) -> Iterator[str]:
    from duebell.wording.plain_text import clean_value

    width = get_terminal_size().columns if sys.stdout.isatty() else None
    accounts = {row["account_id"] for row in (*found.decisions, *found.notifications)}
    if story.is_cut:
        yield _CUT
    before = ""
    for one in story.told:
        text = clean_value(_with_account(one, len(accounts) > 1))
        moment = _minute(one.at)
        shown = moment if moment[:10] != before else f"{'':10}{moment[10:]}"
        before = moment[:10]
        yield from _wrapped(f"{shown}  {text}", width)
    if story.messages:
        yield ""
    for name, row in story.messages.items():
        yield clean_value(f"{name}: {row['id']} by {row['channel']}, {row['status']}")
    yield ""
    yield from _wrapped(f"Now: {clean_value(story.now)}", width, indent="     ")


def _with_account(one: Happening, is_said: bool) -> str:
    account = one.details.get("account_id")
    return f"{one.text} (account {account})" if is_said and account else one.text


def _wrapped(line: str, width: int | None, indent: str = _INDENT) -> list[str]:
    if width is None or width < 2 * len(_INDENT):
        return [line]
    return textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _document(
    subject: Subject, story: Story, listed: list[dict[str, object]], *, is_known: bool
) -> dict[str, Any]:
    by_id = {one["id"]: one for one in listed}
    return {
        "client": subject.client or None,
        "invoice": subject.invoice or None,
        "notification": subject.notification or None,
        "happenings": [
            {
                "at": one.at.isoformat(),
                "kind": one.kind.word,
                "text": one.text,
                "details": dict(one.details),
            }
            for one in story.happenings
        ],
        "messages": {name: by_id[row["id"]] for name, row in story.messages.items()},
        "now": story.now if is_known else None,
        "is_cut": story.is_cut,
    }
