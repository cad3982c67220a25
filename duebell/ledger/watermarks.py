"""How far each kind of record of each account was read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, select

from duebell.domain.books import Kind
from duebell.domain.clocks import is_ahead
from duebell.ledger.book_tables import WatermarkRow
from duebell.ledger.statements import insert_or

MARKS = WatermarkRow.__table__  # type: ignore[attr-defined]

#: A kind is not left out for longer than this, whatever the reason.
LONGEST_PAUSE = timedelta(days=1)
#: Where a clock was ahead nobody knows what was read in truth; this much is read again.
READ_AGAIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a kind was read.

    ``since`` is when we began to watch; everything that FreshBooks says changed before
    ``read_through`` was looked at. ``baseline_done`` says that what was there before is known.
    ``changes_since`` is when changes of it began to be watched: None while no rule tells them.
    ``drafts_read_at`` says that invoices which were drafts before are known.
    ``scanned_on`` is the business' day for which the whole ladder was looked through. ``fault``
    says why the kind cannot be read, and ``next_poll_at`` when it is tried or read again.
    """

    account_id: str
    kind: Kind
    since: datetime
    read_through: datetime
    baseline_done: bool = False
    changes_since: datetime | None = None
    drafts_read_at: datetime | None = None
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
    What a clock that was ahead has written is put right, or nothing would be found until then.
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
    found = _mark(row.mappings().one())
    mended = _mended(found, since, now)
    if mended != found:
        values = {name: getattr(mended, name) for name in _CLOCKED}
        connection.execute(MARKS.update().where(_is(found)).values(values))
    return mended


_CLOCKED = ("since", "read_through", "changes_since", "next_poll_at")


def _mended(mark: Watermark, second: datetime, now: datetime) -> Watermark:
    """The watermark without times that are to come; ``second`` is the one that is now."""
    if is_ahead(mark.since, now):
        mark = replace(mark, since=second)
    if is_ahead(mark.read_through, now):
        mark = replace(mark, read_through=max(mark.since, second - READ_AGAIN))
    if mark.changes_since is not None and is_ahead(mark.changes_since, now):
        mark = replace(mark, changes_since=now)
    if mark.next_poll_at is not None and is_ahead(mark.next_poll_at, now + LONGEST_PAUSE):
        mark = replace(mark, next_poll_at=None)
    return mark


def watch_changes(
    connection: Connection, mark: Watermark, now: datetime, *, is_wanted: bool
) -> Watermark:
    """Begin or cease to watch changes of a kind; what changed before that is history.

    The records have to be read anew then, so that each is known as it was when watching began.
    """
    if is_wanted == (mark.changes_since is not None):
        return mark
    changes: dict[str, Any] = {"changes_since": None}
    if is_wanted:
        changes = {"changes_since": now, "baseline_done": False}
    note(connection, mark, **changes)
    return replace(mark, **changes)


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


def end_others(connection: Connection, account_ids: Collection[str]) -> int:
    """Stop watching all other accounts; gives how many kinds were watched in them."""
    return connection.execute(MARKS.delete().where(MARKS.c.account_id.not_in(account_ids))).rowcount


def _is(mark: Watermark) -> ColumnElement[bool]:
    return and_(MARKS.c.account_id == mark.account_id, MARKS.c.kind == mark.kind.value)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _mark(row: RowMapping) -> Watermark:
    values = dict(row)
    values["kind"] = Kind(row["kind"])
    values["scanned_on"] = date.fromisoformat(row["scanned_on"]) if row["scanned_on"] else None
    return Watermark(**values)
