"""How far a backfill came: a cursor that survives whatever interrupts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duebell.domain.books import Page

#: The rows of a page; FreshBooks has no larger ones.
PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One list to work through."""

    account_id: str
    event: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far a list was read: the page to read next, and what the list said of itself before."""

    page: int = 1
    pages: int = 0
    total: int = 0

    def after(self, page: Page) -> Position | None:
        """Where to go on after this page; None where it was the last.

        When rows leave the list, all rows behind them move forward, and the first of them to a
        page that was read already. So the pages that they may have moved to are read once more.
        """
        gone = self.total - page.total
        if gone > 0 and self.page > 1:
            back = min(self.page, max(page.pages, 2)) - -(-gone // PER_PAGE)
            return Position(max(1, back), page.pages, page.total)
        if self.page >= page.pages:
            return None
        return Position(self.page + 1, page.pages, page.total)

    def once_more(self) -> Position:
        """Where to go on after an interruption, during which rows may have moved."""
        return Position(max(1, self.page - 1), self.pages, self.total)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a backfill came: the lists that it reads, and where it is among and in them."""

    steps: tuple[Step, ...]
    step: int = 0
    position: Position = Position()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to read."""
        return self.step >= len(self.steps)

    def share(self, within: float = 0.0) -> float:
        """How much of it is read, from 0 to 1, counting every list alike.

        ``within`` is how much of the page at hand is dealt with.
        """
        if self.is_done:
            return 1.0
        pages = self.position.pages
        read = (self.position.page - 1 + within) / pages if pages else 0.0
        return (self.step + min(read, 1.0)) / len(self.steps)

    def moved(self, position: Position | None) -> Cursor:
        """The cursor at another place in this list, or at the next list."""
        if position is None:
            return Cursor(self.steps, self.step + 1)
        return Cursor(self.steps, self.step, position)

    def as_json(self) -> dict[str, object]:
        """As the ledger keeps it."""
        return {
            "steps": [[step.account_id, step.event] for step in self.steps],
            "step": self.step,
            "position": [self.position.page, self.position.pages, self.position.total],
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Cursor:
        """As it was kept."""
        steps = tuple(Step(*pair) for pair in stored["steps"])
        return Cursor(steps, stored["step"], Position(*stored["position"]))
