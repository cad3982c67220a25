"""Rows of the audit trail that retention removed, and whether its own records tell of them.

Retention takes rows away from the beginning of a table alone, and only old ones: so nobody can take
out a single row and say that retention did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

#: The entity of audit records that name what retention removed.
RETENTION = "retention"
#: What audit records of an erasure are about.
CLIENT, ADDRESS = "client", "address"

#: Audit records that are never removed, for something still goes by them: what was removed and
#: erased, that a text was heard, that a loss was told.
KEPT = (RETENTION, CLIENT, ADDRESS, "inbound", "connection")

#: How old a row is at least that is removed: the shortest that history can be set to.
_YOUNGEST = timedelta(days=1)


def removal(source: str, row_ids: Iterable[int], before: datetime) -> dict[str, object]:
    """What a record of retention says of the rows of a table that it removed, all from before."""
    ids = sorted(row_ids)
    span = {"first": ids[0], "last": ids[-1], "rows": len(ids)}
    return {"source": source, **span, "before": before.isoformat()}


@dataclass(frozen=True, slots=True)
class Told:
    """What a record of retention tells, and when it was written."""

    detail: Mapping[str, Any]
    at: datetime

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last row that it names."""
        return int(self.detail["first"]), int(self.detail["last"])

    @property
    def is_of_old_rows(self) -> bool:
        """Whether it says of when they were, and that is long enough ago."""
        before = self.detail.get("before")
        return before is not None and datetime.fromisoformat(before) <= self.at - _YOUNGEST


class Gone:
    """The rows of one table that are gone, as ranges of their numbers, and the first that stands.

    Rows that retention never removes are not counted as standing.
    """

    def __init__(self) -> None:
        self.count = 0
        self._spans: list[tuple[int, int]] = []
        self._first_standing: int | None = None

    def add(self, row_id: int) -> None:
        """Count a row that is gone; rows come in about the order of their numbers."""
        self.count += 1
        if self._spans and self._spans[-1][1] + 1 == row_id:
            self._spans[-1] = (self._spans[-1][0], row_id)
        else:
            self._spans.append((row_id, row_id))

    def stands(self, row_id: int) -> None:
        """Remember that a row is there."""
        if self._first_standing is None or row_id < self._first_standing:
            self._first_standing = row_id

    def unexplained(self, told: Iterable[Told]) -> str | None:
        """What the records of retention do not tell of these rows; None where they tell all."""
        removals = list(told)
        known = _merged([one.span for one in removals])
        for first, last in self._spans:
            if not any(low <= first and last <= high for low, high in known):
                return f"rows {first} to {last} are gone, and no record of retention tells of it"
        return self._out_of_order() or _too_young(removals) or self._miscounted(removals)

    def _out_of_order(self) -> str | None:
        standing = self._first_standing
        for _, last in self._spans:
            if standing is not None and standing < last:
                return (
                    f"row {last} is gone and row {standing} before it is not, and retention "
                    "removes from the beginning alone"
                )
        return None

    def _miscounted(self, removals: list[Told]) -> str | None:
        rows = sum(int(one.detail["rows"]) for one in removals)
        if rows == self.count:
            return None
        return f"{self.count} rows are gone, and the records of retention tell of {rows}"


def _too_young(removals: list[Told]) -> str | None:
    for one in removals:
        if not one.is_of_old_rows:
            first, last = one.span
            return f"rows {first} to {last} are gone, and were too young for retention"
    return None


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
