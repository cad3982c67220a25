"""What the ledger knows before a decision: one question for a whole batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from duebell.domain.books import Kind
from duebell.domain.changes import Seen
from duebell.domain.events import LADDERS
from duebell.domain.occurrences import Occurrence
from duebell.ledger import occurrences, seen, watermarks
from duebell.ledger.seen import RecordKey
from duebell.ledger.watermarks import Watermark


@dataclass(frozen=True, slots=True)
class LookBack:
    """What was last seen of records, since when we watch, and what signals led to before.

    ``told`` are the rungs of these records that were decided about.
    """

    seen: Mapping[RecordKey, Seen]
    marks: Mapping[tuple[str, Kind], Watermark]
    earlier: Mapping[int, tuple[Occurrence, ...]]
    told: frozenset[Occurrence]


def look_back(
    connection: Connection,
    keys: Collection[RecordKey],
    signal_ids: Collection[int],
    *,
    with_rungs: bool = True,
) -> LookBack:
    """Look back for these records, and for signals that were worked on before."""
    return LookBack(
        seen=seen.read(connection, keys),
        marks=watermarks.read_all(connection),
        earlier=occurrences.recorded(connection, list(signal_ids)) if signal_ids else {},
        told=_told(connection, keys) if with_rungs else frozenset(),
    )


def _told(connection: Connection, keys: Collection[RecordKey]) -> frozenset[Occurrence]:
    ids: dict[str, list[str]] = {}
    for account_id, kind, object_id in keys:
        if kind is Kind.INVOICE:
            ids.setdefault(account_id, []).append(object_id)
    found = (
        occurrences.told_rungs(connection, account_id, object_ids, sorted(LADDERS))
        for account_id, object_ids in ids.items()
    )
    return frozenset().union(*found)
