"""How far each kind of record of each account was read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from duebell.domain.books import Kind
from duebell.ledger.book_tables import WatermarkRow
from duebell.ledger.statements import insert_or

MARKS = WatermarkRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a kind was read.

    ``since`` is when we began to watch; everything that FreshBooks says changed before
    ``read_through`` was looked at. ``baseline_done`` says that what was there before is known.
    ``scanned_on`` is the business' day for which the whole ladder was looked through. ``fault``
    says why the kind cannot be read, and ``next_poll_at`` when it is tried or read again.
    """

    account_id: str
    kind: Kind
    since: datetime
    read_through: datetime
    baseline_done: bool = False
    scanned_on: date | None = None
    polled_at: datetime | None = None
    next_poll_at: datetime | None = None
    fault: str | None = None


def read_all(connection: Connection) -> dict[tuple[str, Kind], Watermark]:
    """All watermarks; there are a handful for each account."""
    rows = connection.execute(select(MARKS)).mappings()
    found = (_mark(row) for row in rows)
    return {(mark.account_id, mark.kind): mark for mark in found}


def begin(connection: Connection, account_id: str, kind: Kind, now: datetime) -> Watermark:
    """The watermark of a kind; where there is none, watching begins now."""
    connection.execute(
        insert_or(connection, MARKS)
        .values(
            account_id=account_id,
            kind=kind.value,
            since=now,
            read_through=now,
            baseline_done=False,
        )
        .on_conflict_do_nothing()
    )
    row = connection.execute(
        select(MARKS).where(MARKS.c.account_id == account_id, MARKS.c.kind == kind.value)
    )
    return _mark(row.mappings().one())


def store(connection: Connection, mark: Watermark) -> None:
    """Keep a watermark. ``since`` never changes, ``read_through`` only moves forward."""
    known = begin(connection, mark.account_id, mark.kind, mark.since)
    mark = replace(
        mark,
        since=known.since,
        read_through=max(known.read_through, mark.read_through),
        baseline_done=known.baseline_done or mark.baseline_done,
    )
    connection.execute(
        MARKS.update()
        .where(MARKS.c.account_id == mark.account_id, MARKS.c.kind == mark.kind.value)
        .values(**_columns(mark))
    )


def _columns(mark: Watermark) -> dict[str, Any]:
    columns = asdict(mark)
    columns["kind"] = mark.kind.value
    columns["scanned_on"] = mark.scanned_on.isoformat() if mark.scanned_on else None
    return columns


def _mark(row: RowMapping) -> Watermark:
    values = dict(row)
    values["kind"] = Kind(row["kind"])
    values["scanned_on"] = date.fromisoformat(row["scanned_on"]) if row["scanned_on"] else None
    return Watermark(**values)
