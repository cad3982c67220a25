"""What was last seen of the records of the books: digests, so that nothing personal is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, RowMapping, case, or_, select

from duebell.domain.books import Kind
from duebell.domain.changes import Seen
from duebell.ledger.book_tables import SeenRecordRow
from duebell.ledger.statements import insert_or

SEEN = SeenRecordRow.__table__  # type: ignore[attr-defined]

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


def write(connection: Connection, sights: Mapping[RecordKey, tuple[Seen, datetime]]) -> None:
    """Remember these records as they were when they were read.

    Of a look that is older than what is remembered nothing is kept but that the creation is dealt
    with; whoever looked later knows more.
    """
    if not sights:
        return
    statement = insert_or(connection, SEEN)
    new = statement.excluded
    is_newer = SEEN.c.seen_at <= new.seen_at
    names = ("marker", "fields", "changes", "is_draft", "seen_at")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "kind", "object_id"],
            set_={name: case((is_newer, new[name]), else_=SEEN.c[name]) for name in names}
            | {"announced": or_(SEEN.c.announced, new.announced)},
        ),
        [_row(key, *sights[key]) for key in sorted(sights)],
    )


def add_history(
    connection: Connection, sights: Iterable[tuple[RecordKey, Seen]], now: datetime
) -> None:
    """Remember records that were there before we watched; those known already stay as they are."""
    rows = [_row(key, seen, now) for key, seen in sorted(sights, key=lambda item: item[0])]
    if rows:
        connection.execute(insert_or(connection, SEEN).on_conflict_do_nothing(), rows)


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
