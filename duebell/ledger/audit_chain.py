"""The hash chain: every audit record and every decision has a link in it, from its first commit on.

A row's digest is the SHA-256 of its contents in one exact form (:func:`digest_of`); a link is the
SHA-256 of the link before it, its position, the row's table and number, and that digest. So a row
that was edited, removed or moved shows (:mod:`duebell.ledger.audit_reading`).

Links are made in the moment before COMMIT, in the same transaction: only then is the lock on the
chain's end taken, after which nothing is waited for. So writers of several processes follow one
another without gaps, and none can end in a deadlock over it. Where a link cannot be made, the
transaction fails as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, event, insert, select, update

from duebell.ledger.audit_tables import AuditHeadRow, AuditLinkRow
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import AuditRow, DecisionRow

CHAIN: Table = AuditLinkRow.__table__  # type: ignore[attr-defined]
HEAD: Table = AuditHeadRow.__table__  # type: ignore[attr-defined]

AUDIT_SOURCE = "audit"
DECISION_SOURCE = "decision"

#: The chained tables, by the name that links have for them.
SOURCES: Mapping[str, Table] = {
    AUDIT_SOURCE: AuditRow.__table__,  # type: ignore[attr-defined]
    DECISION_SOURCE: DecisionRow.__table__,  # type: ignore[attr-defined]
}

#: What the first link follows.
BEGINNING = "0" * 64

#: The form of :func:`digest_of`; a digest names the one it was made in.
FORM = "1"

_HEAD_ID = 1
#: Where a connection remembers what its transaction has added.
_PENDING = "duebell.audit_pending"
#: Rows of the chain in one statement.
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain; position 0 while there is none."""

    position: int = 0
    link: str = BEGINNING


def digest_of(row: Mapping[str, Any] | RowMapping) -> str:
    """The digest of a row's contents, with the form it was made in.

    Form 1: a JSON object of the columns that have a value, by name in order, without spaces and in
    ASCII; times as ISO 8601 in UTC with microseconds; in SHA-256. A column that is added later and
    may be empty changes no older digest.
    """
    contents = {name: _plain(value) for name, value in row.items() if value is not None}
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{FORM}:{hashlib.sha256(text.encode()).hexdigest()}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def link_of(before: str, position: int, source: str, row_id: int, digest: str) -> str:
    """The link that follows ``before``. None of its parts can hold the sign between them."""
    text = f"{before}|{position}|{source}|{row_id}|{digest}"
    return hashlib.sha256(text.encode()).hexdigest()


def insert_linked(connection: Connection, source: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows into a chained table; their links are made when the transaction commits.

    Raises:
        RuntimeError: if the engine was not opened by :func:`duebell.ledger.engine.open_engine`.
    """
    pending = connection.info.get(_PENDING)
    if pending is None:
        raise RuntimeError("the audit trail is written through open_engine alone: no chain is kept")
    table = SOURCES[source]
    # What the database made of it is what will be read later, so that is what counts.
    stored = connection.execute(insert(table).returning(*table.c), list(rows)).mappings()
    added = [(row["id"], digest_of(row)) for row in stored]
    pending += [(source, row_id, digest) for row_id, digest in sorted(added)]


def keep_chain(engine: Engine) -> None:
    """Have every transaction of this engine link what it adds, just before it commits."""
    event.listen(engine, "begin", _forget)
    event.listen(engine, "commit", _link_pending)


def _forget(connection: Connection) -> None:
    # At the beginning, for a transaction may end in more ways than one is told of.
    connection.info[_PENDING] = []


def _link_pending(connection: Connection) -> None:
    if pending := connection.info.get(_PENDING):
        connection.info[_PENDING] = []
        append_links(connection, pending)


def append_links(connection: Connection, added: Sequence[tuple[str, int, str]]) -> None:
    """Bind rows (source, id, digest) to the end of the chain, in this order."""
    head = _lock_head(connection)
    position, link = head.position, head.link
    rows = []
    for source, row_id, digest in added:
        position += 1
        link = link_of(link, position, source, row_id, digest)
        rows.append(
            {
                "position": position,
                "source": source,
                "row_id": row_id,
                "digest": digest,
                "link": link,
            }
        )
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(CHAIN), rows[start : start + _AT_ONCE])
    connection.execute(_MOVE_HEAD, {"position": position, "link": link})


_FIND_HEAD = select(HEAD.c.position, HEAD.c.link).where(HEAD.c.id == _HEAD_ID)
_MOVE_HEAD = update(HEAD).where(HEAD.c.id == _HEAD_ID)


def _lock_head(connection: Connection) -> Head:
    found = connection.execute(_FIND_HEAD.with_for_update()).first()
    if found is None:
        first = {"id": _HEAD_ID, "position": 0, "link": BEGINNING}
        connection.execute(insert_or(connection, HEAD).on_conflict_do_nothing(), first)
        found = connection.execute(_FIND_HEAD.with_for_update()).one()
    return Head(found.position, found.link)


def head_of(connection: Connection) -> Head:
    """Where the chain ends."""
    found = connection.execute(_FIND_HEAD).first()
    return Head() if found is None else Head(found.position, found.link)
