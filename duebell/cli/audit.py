"""``duebell audit``: is the trail as it was written, and the trail as a file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from duebell.auditing.formats import Format
from duebell.cli import subjects
from duebell.cli.audit_progress import progress_line
from duebell.cli.backfill import a_day
from duebell.cli.failures import FAILED, WRONG_USE
from duebell.cli.output import counted, say, write_json
from duebell.cli.reading import reading_ledger

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duebell.domain.local_times import LocalTimes
    from duebell.ledger.audit_export import ExportFilter
    from duebell.ledger.audit_reading import Verdict

app = typer.Typer(help="Who did what, and that nobody has changed it since.", no_args_is_help=True)

#: What to do, before what is left of the traces goes as well.
_BROKEN = (
    "Keep a copy of the database as it is and compare the row with your newest backup; ask who can"
    " write the database. Nothing mends the chain: it tells of this from now on."
)
_EMPTY = (
    "The audit trail is empty: nothing has happened yet. No exported end was there to compare it "
    "with, so a trail that was emptied would not show."
)


@app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|POSITION:LINK",
            help="An exported end of the chain, or a file of them, besides audit-heads.jsonl of "
            "the data directory.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Go through the whole audit trail, and say whether every row is as it was written."""
    from duebell.explaining.times import on_local_clock
    from duebell.ledger.audit_reading import verify as go_through
    from duebell.ledger.businesses import local_times

    heads = _heads(head)
    with progress_line("Checking") as progressed, reading_ledger() as connection:
        verdict = go_through(connection, heads, progressed)
        times = local_times(connection)
    if as_json:
        write_json(_as_json(verdict))
    else:
        say(on_local_clock(_in_words(verdict), times), err=not verdict.is_whole)
    if not verdict.is_whole:
        raise typer.Exit(FAILED)


def _heads(given: str | None) -> Mapping[int, str]:
    """All exported heads; where two speak of one position, the one that was named counts."""
    from duebell.auditing.heads import FILE, read_given, read_heads
    from duebell.settings import load_settings

    own = load_settings().home / FILE
    heads = read_heads(own) if own.exists() else {}
    return {**heads, **(read_given(given) if given else {})}


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "whole": verdict.is_whole,
        "fault": verdict.fault,
        "position": verdict.head.position,
        "link": verdict.head.link,
        "links": verdict.links,
        "erased": verdict.erased,
        "heads_met": verdict.heads,
    }


def _in_words(verdict: Verdict) -> str:
    if verdict.fault is not None:
        return f"The audit trail is broken. {verdict.fault}{_before(verdict)} {_BROKEN}"
    if not verdict.links:
        return _EMPTY
    erased = f" Retention has removed {verdict.erased} of them." if verdict.erased else ""
    met = (
        f" Exported ends that it agrees with: {verdict.heads}."
        if verdict.heads
        else " No exported end was there to compare it with, so rows that were cut off at its end "
        "would not show."
    )
    head = f"{verdict.head.position}:{verdict.head.link}"
    return (
        f"The audit trail is whole: {counted(verdict.links, 'row')}.{erased}{met} It ends at {head}"
    )


def _before(verdict: Verdict) -> str:
    """What is known of the rows before a fault that was met at its own link."""
    standing = verdict.links - verdict.erased
    if not verdict.is_sound_before or not standing:
        return ""
    rows = "one row is as it was" if standing == 1 else f"{standing} rows are as they were"
    return f" Before it, {rows} written."


@app.command()
def export(
    since: Annotated[
        date | None, typer.Option(parser=a_day, metavar="DAY", help="The first day.")
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(parser=a_day, metavar="DAY", help="The last day; it belongs to the period."),
    ] = None,
    client: Annotated[str | None, typer.Option(help="Only this client, by id or name.")] = None,
    invoice: Annotated[str | None, typer.Option(help="Only this invoice, by number or id.")] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="CSV is safe to open in a spreadsheet.")
    ] = Format.CSV,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write; - is standard output."
        ),
    ] = "-",
) -> None:
    """Write the audit trail: records and decisions, with the ids of the messages they are about."""
    if since and until and until < since:
        raise typer.BadParameter("the period ends before it begins", param_hint="--until")
    if format_ is Format.PARQUET and output == "-" and sys.stdout.isatty():
        say("Parquet is not for a terminal: name a file with -o.", err=True)
        raise typer.Exit(WRONG_USE)
    from duebell.auditing.formats import write_rows
    from duebell.ledger.audit_export import COLUMNS
    from duebell.ledger.audit_export import export as all_rows

    with progress_line("Exporting") as progressed, reading_ledger() as connection:
        wanted = _filter(connection, since, until, client, invoice)
        rows = _counted(all_rows(connection, wanted), _last_position(connection), progressed)
        with _written(output) as file:
            write_rows(format_, COLUMNS, rows, file)


def _filter(
    connection: Connection,
    since: date | None,
    until: date | None,
    client: str | None,
    invoice: str | None,
) -> ExportFilter:
    from duebell.ledger.audit_export import ExportFilter
    from duebell.ledger.businesses import local_times

    times = local_times(connection)
    return ExportFilter(
        _begin_of(since, times),
        _begin_of(until + timedelta(days=1), times) if until else None,
        subjects.listed_client(connection, client) if client else None,
        subjects.invoice_number(connection, invoice) if invoice else None,
    )


def _begin_of(day: date | None, times: LocalTimes) -> datetime | None:
    """When a day begins on the clock of the business."""
    return times.aware(datetime.combine(day, datetime.min.time())) if day else None


def _last_position(connection: Connection) -> int:
    from duebell.ledger.audit_chain import head_of

    return head_of(connection).position


def _counted(
    rows: Iterable[dict[str, object]], last: int, progressed: Callable[[int, int], None]
) -> Iterator[dict[str, object]]:
    for row in rows:
        yield row
        progressed(int(str(row["position"])), last)


@contextmanager
def _written(output: str) -> Iterator[BinaryIO]:
    """A file to write to, which has its name only when it is whole."""
    if output == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    try:
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="-o") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
