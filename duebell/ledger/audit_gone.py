"""Rows of the audit trail that retention removed, and whether its own records tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: The entity of audit records that name what retention removed. They are never removed themselves.
RETENTION = "retention"


def removal(source: str, row_ids: Iterable[int]) -> dict[str, object]:
    """What a record of retention says of the rows of a table that it removed."""
    ids = sorted(row_ids)
    return {"source": source, "first": ids[0], "last": ids[-1], "rows": len(ids)}


class Gone:
    """The rows of one table that are gone, as ranges of their numbers."""

    def __init__(self) -> None:
        self.count = 0
        self._spans: list[tuple[int, int]] = []

    def add(self, row_id: int) -> None:
        """Count a row that is gone; rows come in about the order of their numbers."""
        self.count += 1
        if self._spans and self._spans[-1][1] + 1 == row_id:
            self._spans[-1] = (self._spans[-1][0], row_id)
        else:
            self._spans.append((row_id, row_id))

    def unexplained(self, told: Iterable[Mapping[str, Any]]) -> str | None:
        """What the records of retention do not tell of these rows; None where they tell all."""
        removals = list(told)
        known = _merged([(int(one["first"]), int(one["last"])) for one in removals])
        for first, last in self._spans:
            if not any(low <= first and last <= high for low, high in known):
                return f"rows {first} to {last} are gone, and no record of retention tells of it"
        rows = sum(int(one["rows"]) for one in removals)
        if rows == self.count:
            return None
        return f"{self.count} rows are gone, and the records of retention tell of {rows}"


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
