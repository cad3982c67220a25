"""How far each kind of record of each account was read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, select

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
    """The watermark of a kind; where there is none, watching begins now.

    FreshBooks' times have no fractions: what is made in the second in which watching begins is new.
    """
    since = now.replace(microsecond=0)
    connection.execute(
        insert_or(connection, MARKS)
        .values(
            account_id=account_id,
            kind=kind.value,
            since=since,
            read_through=since,
            baseline_done=False,
        )
        .on_conflict_do_nothing()
    )
    row = connection.execute(
        select(MARKS).where(MARKS.c.account_id == account_id, MARKS.c.kind == kind.value)
    )
    return _mark(row.mappings().one())


def note(connection: Connection, mark: Watermark, **changes: Any) -> None:
    """Keep these fields of a watermark; what others kept meanwhile in its other fields stays.

    ``read_through`` only moves forward.
    """
    columns = {**changes, "scanned_on": _iso(changes.get("scanned_on"))}
    if (moment := changes.get("read_through")) is not None:
        # Another process may have read further meanwhile.
        passed = MARKS.c.read_through >= moment
        columns["read_through"] = case((passed, MARKS.c.read_through), else_=moment)
    connection.execute(
        MARKS.update().where(_is(mark)).values({name: columns[name] for name in changes})
    )


def end(connection: Connection, account_id: str, watched: Collection[Kind]) -> int:
    """Stop watching all other kinds of an account; gives how many were watched.

    Once a kind is watched again, that begins anew: what happened meanwhile is history.
    """
    return connection.execute(
        MARKS.delete().where(
            MARKS.c.account_id == account_id,
            MARKS.c.kind.not_in([kind.value for kind in watched]),
        )
    ).rowcount


def _is(mark: Watermark) -> ColumnElement[bool]:
    return and_(MARKS.c.account_id == mark.account_id, MARKS.c.kind == mark.kind.value)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _mark(row: RowMapping) -> Watermark:
    values = dict(row)
    values["kind"] = Kind(row["kind"])
    values["scanned_on"] = date.fromisoformat(row["scanned_on"]) if row["scanned_on"] else None
    return Watermark(**values)
