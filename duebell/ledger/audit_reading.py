"""Going through the hash chain from its beginning: is every record as it was written?

Read-only, by portions, in one snapshot of the ledger. The first place that is wrong is told; what
comes after it can no longer be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from duebell.ledger.audit_chain import (
    AUDIT_SOURCE,
    CHAIN,
    DECISION_SOURCE,
    FORM,
    SOURCES,
    Head,
    digest_of,
    head_of,
    link_of,
)
from duebell.ledger.audit_gone import KEPT, RETENTION, Gone, Told

_PORTION = 1_000
_UNREADABLE = (ValueError, TypeError)
_NAMES = {AUDIT_SOURCE: "audit record", DECISION_SOURCE: "decision"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of looking: the end of what is whole, and the first fault after it, if any.

    ``links`` is how many links are whole, ``erased`` of how many of those the row was removed by
    retention; ``heads`` is how many exported heads were met. ``is_sound_before`` says that the
    fault was met at its own link, so that what stands before it is proved to be as it was written.
    """

    head: Head
    links: int
    erased: int
    heads: int
    fault: str | None = None
    is_sound_before: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


class Broken(Exception):
    """Something is wrong with the chain, at its end or anywhere."""


class BrokenHere(Broken):
    """Something is wrong at this link, and what is before it is as it was written."""


def verify(
    connection: Connection,
    heads: Mapping[int, str],
    progressed: Callable[[int, int], None] = lambda done, of: None,
) -> Verdict:
    """Go through the chain; ``heads`` are ends of it that were exported, by position.

    ``connection`` must not have begun anything yet: what others write meanwhile is left out.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    walk = _Walk(connection, heads)
    try:
        end = head_of(connection)
        for portion in _portions(connection):
            walk.follow(portion)
            progressed(walk.at.position, max(end.position, walk.at.position))
        walk.arrive(end)
    except Broken as fault:
        return walk.verdict(fault)
    return walk.verdict(None)


def _portions(connection: Connection) -> Iterator[list[RowMapping]]:
    query, last = select(CHAIN).order_by(CHAIN.c.position).limit(_PORTION), 0
    while True:
        rows = connection.execute(query.where(CHAIN.c.position > last)).mappings().all()
        if not rows:
            return
        last = rows[-1]["position"]
        yield list(rows)


class _Walk:
    """How far the chain was followed, and what was met on the way."""

    def __init__(self, connection: Connection, heads: Mapping[int, str]) -> None:
        self.at = Head()
        self._connection = connection
        self._heads = heads
        self._met = 0
        self._gone = {source: Gone() for source in SOURCES}
        self._told: list[Told] = []

    def verdict(self, fault: Broken | None) -> Verdict:
        """What is known so far."""
        erased = sum(gone.count for gone in self._gone.values())
        words, is_here = None if fault is None else str(fault), isinstance(fault, BrokenHere)
        return Verdict(self.at, self.at.position, erased, self._met, words, is_here)

    def follow(self, links: list[RowMapping]) -> None:
        """Check the next links and their rows."""
        rows = {source: self._rows_of(source, links) for source in SOURCES}
        for link in links:
            self._check_link(link)
            row = rows[link["source"]].get(link["row_id"])
            self._check_row(link, row)
            self.at = Head(link["position"], link["link"])
            self._compare(self.at)

    def _rows_of(self, source: str, links: list[RowMapping]) -> dict[int, RowMapping]:
        ids = [link["row_id"] for link in links if link["source"] == source]
        try:
            return self._read(source, ids)
        except _UNREADABLE:
            for row_id in ids:
                self._read_alone(source, row_id)
            raise

    def _read(self, source: str, ids: list[int]) -> dict[int, RowMapping]:
        table = SOURCES[source]
        found = self._connection.execute(select(table).where(table.c.id.in_(ids))).mappings()
        return {row["id"]: row for row in found}

    def _read_alone(self, source: str, row_id: int) -> None:
        """Find out which row it is: SQLite lets a column hold what is none of its kind."""
        try:
            self._read(source, [row_id])
        except _UNREADABLE:
            raise BrokenHere(
                f"{_named(source, row_id)} cannot be read any more: it was edited."
            ) from None

    def _check_link(self, link: RowMapping) -> None:
        expected, position = self.at.position + 1, link["position"]
        if position != expected:
            many = position - expected
            gap = f"link {expected} is" if many == 1 else f"links {expected} to {position - 1} are"
            raise BrokenHere(f"There is a gap: {gap} missing before link {position}.")
        source, row_id, digest = link["source"], link["row_id"], link["digest"]
        if source not in SOURCES or not digest.startswith(f"{FORM}:"):
            raise BrokenHere(f"Link {position} is of a kind that this version does not know.")
        if link["link"] != link_of(self.at.link, position, source, row_id, digest):
            raise BrokenHere(
                f"Link {position} ({_NAMES[source]} {row_id}) does not follow from the one before "
                "it: links were edited, or put in another order."
            )

    def _check_row(self, link: RowMapping, row: RowMapping | None) -> None:
        source, row_id = link["source"], link["row_id"]
        if row is None and link["erased_at"] is not None:
            self._gone[source].add(row_id)
        elif row is None:
            raise BrokenHere(
                f"{_named(source, row_id)} (link {link['position']}) is missing: it was removed."
            )
        elif digest_of(row) != link["digest"]:
            raise BrokenHere(
                f"{_named(source, row_id)} of {row['at']:%Y-%m-%d %H:%M} UTC, about "
                f"{_subject(row)} (link {link['position']}), was edited after it was written."
            )
        else:
            self._note(source, row)

    def _note(self, source: str, row: RowMapping) -> None:
        """Remember of a row that is whole what the end is judged by."""
        if source != AUDIT_SOURCE or row["entity"] not in KEPT:
            self._gone[source].stands(row["id"])
        elif row["entity"] == RETENTION and row["detail"]:
            self._told.append(Told(row["detail"], row["at"]))

    def _compare(self, head: Head) -> None:
        exported = self._heads.get(head.position)
        if exported is None:
            return
        if exported != head.link:
            raise Broken(
                f"Link {head.position} is not the one that was exported: the chain was made anew, "
                "at this link or before it."
            )
        self._met += 1

    def arrive(self, end: Head) -> None:
        """Check what only the end can tell: that nothing is cut off, left out or unaccounted."""
        longest = max([end.position, *self._heads])
        if longest > self.at.position:
            raise Broken(
                f"The end is cut off: the chain has {self.at.position} links and had {longest}."
            )
        if end != self.at:
            raise Broken(
                f"The head says that the chain ends with link {end.position}, and otherwise than "
                f"with link {self.at.position}, which is its last: it was edited."
            )
        for source, table in SOURCES.items():
            self._check_unlinked(source, table)
            self._check_gone(source)

    def _check_unlinked(self, source: str, table: Any) -> None:
        linked = select(func.count()).where(CHAIN.c.source == source)
        stored = self._connection.execute(select(func.count()).select_from(table)).scalar_one()
        # A row whose link says that it was erased, and that is there all the same, has its link.
        live = self._connection.execute(linked).scalar_one() - self._gone[source].count
        if stored <= live:
            return
        row_id = self._connection.execute(
            select(table.c.id)
            .where(
                ~select(CHAIN.c.position)
                .where(CHAIN.c.source == source, CHAIN.c.row_id == table.c.id)
                .exists()
            )
            .order_by(table.c.id)
            .limit(1)
        ).scalar_one()
        raise Broken(
            f"{_named(source, row_id)} has no link: it was added by something that is not Duebell."
        )

    def _check_gone(self, source: str) -> None:
        told = [one for one in self._told if one.detail.get("source") == source]
        if fault := self._gone[source].unexplained(told):
            raise Broken(f"Of the {_NAMES[source]}s, {fault}.")


def _named(source: str, row_id: int) -> str:
    return f"{_NAMES[source].capitalize()} {row_id}"


def _subject(row: RowMapping) -> str:
    if "entity" in row:
        return f"{row['entity']} {row['entity_id']}"
    return f"{row['event']} of {row['object_id']}"
