"""What was last seen of the records of the books: digests, so that nothing personal is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, case, or_, select

from duebell.domain.books import Kind
from duebell.domain.changes import Seen
from duebell.domain.clocks import MOST_AHEAD
from duebell.ledger.book_tables import SeenRecordRow
from duebell.ledger.statements import insert_or

SEEN = SeenRecordRow.__table__  # type: ignore[attr-defined]

_KEY = ("account_id", "kind", "object_id")
_LOOK = ("marker", "fields", "is_draft", "seen_at")

#: Account, kind and id of a record.
RecordKey = tuple[str, Kind, str]


def read(connection: Connection, keys: Collection[RecordKey]) -> dict[RecordKey, Seen]:
    """What was last seen of these records; one that was never looked at is left out."""
    found: dict[RecordKey, Seen] = {}
    for (account_id, kind), group in groupby(sorted(keys), key=lambda key: key[:2]):
        rows = connection.execute(
            select(SEEN).where(
                SEEN.c.account_id == account_id,
                SEEN.c.kind == kind,
                SEEN.c.object_id.in_([object_id for _, _, object_id in group]),
            )
        ).mappings()
        for row in rows:
            found[account_id, kind, row["object_id"]] = _seen(row)
    return found


def _seen(row: RowMapping) -> Seen:
    return Seen(
        marker=row["marker"],
        fields=row["fields"],
        changes=row["changes"],
        announced=row["announced"],
        is_draft=row["is_draft"],
        at=row["seen_at"],
    )


def write(
    connection: Connection, sights: Mapping[RecordKey, tuple[Seen, datetime]], now: datetime
) -> None:
    """Remember these records as they were when they were read.

    Of a look that is older than what is remembered nothing is kept but that the creation is dealt
    with; whoever looked later knows more. Nobody looked in the future: a clock was wrong then.
    """
    if not sights:
        return
    statement = insert_or(connection, SEEN)
    new = statement.excluded
    is_newer = or_(SEEN.c.seen_at <= new.seen_at, _is_ahead(now))
    names = ("changes", *_LOOK)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=_KEY,
            set_={name: case((is_newer, new[name]), else_=SEEN.c[name]) for name in names}
            | {"announced": or_(SEEN.c.announced, new.announced)},
        ),
        [_row(key, *sights[key]) for key in sorted(sights)],
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """Since when a kind is watched, and since when changes of it are: everything before is history.

    ``now`` is by the clock as it is now.
    """

    since: datetime
    changes_since: datetime
    now: datetime


def add_history(
    connection: Connection,
    sights: Mapping[RecordKey, Seen],
    old: Collection[RecordKey],
    at: datetime,
    base: Baseline,
) -> None:
    """Remember records as they were ``at`` the baseline: the old ones, and those known from before.

    What changed in between is history. What is left to tell of a creation stays so, unless the
    look is from an earlier watch: what was issued while nobody watched is history as well. What
    was looked at since then stays as it is.
    """
    rows = {key: _row(key, sights[key], at) for key in sorted(sights)}
    if rows:
        names = (*_KEY, *_LOOK, "announced")
        values = [{f"new_{name}": row[name] for name in names} for row in rows.values()]
        connection.execute(_update(base), values)
    if new := [row for key, row in rows.items() if key in old]:
        connection.execute(insert_or(connection, SEEN).on_conflict_do_nothing(), new)


def _update(base: Baseline) -> Any:
    """The statement that overwrites one record that is remembered from before the baseline."""
    is_of_earlier_watch = SEEN.c.seen_at < base.since
    is_of_before = or_(SEEN.c.seen_at < base.changes_since, _is_ahead(base.now))
    key = [SEEN.c[name] == bindparam(f"new_{name}") for name in _KEY]
    announced = or_(SEEN.c.announced, and_(is_of_earlier_watch, bindparam("new_announced")))
    return (
        SEEN.update()
        .where(*key, or_(is_of_earlier_watch, and_(SEEN.c.announced, is_of_before)))
        .values(announced=announced, **{name: bindparam(f"new_{name}") for name in _LOOK})
    )


def _is_ahead(now: datetime) -> ColumnElement[bool]:
    ahead: ColumnElement[bool] = SEEN.c.seen_at > now + MOST_AHEAD
    return ahead


def _row(key: RecordKey, seen: Seen, at: datetime) -> dict[str, object]:
    account_id, kind, object_id = key
    return {
        "account_id": account_id,
        "kind": kind.value,
        "object_id": object_id,
        "marker": seen.marker,
        "fields": dict(seen.fields),
        "changes": seen.changes,
        "announced": seen.announced,
        "is_draft": seen.is_draft,
        "seen_at": at,
    }
