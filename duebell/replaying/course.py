"""New rungs that a replay has found, until their time comes: facts are told in order of time."""

from __future__ import annotations

import heapq
from datetime import datetime

from duebell.domain.occurrences import Occurrence
from duebell.replaying.messages import Fact


class Course:
    """New rungs that are still to come; each comes once, however often it is found."""

    def __init__(self) -> None:
        self._coming: list[tuple[datetime, str, Fact]] = []
        self._known: set[str] = set()

    def __len__(self) -> int:
        """How many are still to come."""
        return len(self._coming)

    def is_new(self, occurrence: Occurrence) -> bool:
        """Whether a rung was not found before; from now on it is known."""
        is_new = occurrence.key not in self._known
        self._known.add(occurrence.key)
        return is_new

    def add(self, fact: Fact) -> None:
        """A fact that is still to come."""
        heapq.heappush(self._coming, (fact.at, fact.occurrence.key, fact))

    def due(self, until: datetime | None, most: int) -> list[Fact]:
        """The facts up to a moment (all, if None), at most so many; they are handed out once."""
        found: list[Fact] = []
        while self._coming and len(found) < most and (until is None or self._coming[0][0] <= until):
            found.append(heapq.heappop(self._coming)[2])
        return found
