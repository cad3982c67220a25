"""How far a backfill is and what became of it, for whoever watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from duebell.domain.failures import DuebellError
from duebell.ledger.backfills import DONE, HELD

#: What stands for a run that never began.
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill is: what was read (``share`` from 0 to 1), and what came of it so far."""

    share: float
    pages: int
    records: int
    signals: int
    planned: int = 0
    open: int = 0

    def __str__(self) -> str:
        found = f"{self.records} records read, {self.signals} of the period"
        return f"{found}, {self.planned} messages, {self.open} open"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: its row's status and why; what was read; what was decided in it.

    ``decisions`` are verdict, reason and how often; ``open`` signals are still to be worked off;
    ``error`` is what it broke off for. A dry run has no id: it cannot be gone on with.
    """

    id: str
    status: str
    reason: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    decisions: tuple[tuple[str, str, int], ...] = ()
    faults: tuple[str, ...] = ()
    open: int = 0
    error: DuebellError | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left, and nothing was left out."""
        return self.status == DONE and not self.faults

    @property
    def verdicts(self) -> dict[str, int]:
        """How often each verdict was given."""
        found: Counter[str] = Counter()
        for verdict, _, count in self.decisions:
            found[verdict] += count
        return dict(found)

    @property
    def in_numbers(self) -> str:
        """What was read and decided."""
        signals, records = self.counts.get("signals", 0), self.counts.get("records", 0)
        parts = [f"{records} records read", f"{signals} of the period"]
        parts += [f"{count} {verdict}" for verdict, count in sorted(self.verdicts.items())]
        if self.open:
            parts.append(f"{self.open} still being worked on")
        return ", ".join(parts)

    def __str__(self) -> str:
        """In a sentence or two; nobody's name is in it."""
        return "; ".join([self.in_numbers, *([self.reason] if self.reason else []), *self.faults])

    @property
    def how_to_go_on(self) -> str:
        """What to do where it is not at its end."""
        if not self.id or self.status in (DONE, REFUSED):
            return ""
        raising = ", or raise the setting first" if self.status == HELD else ""
        return f"`duebell backfill --resume {self.id}` goes on{raising}."


Tell = Callable[[Progress], Awaitable[None]]


def tally(verdicts: Iterable[tuple[tuple[str, str], int]]) -> tuple[tuple[str, str, int], ...]:
    """Counts by verdict and reason as an outcome has them, most frequent first."""
    counted = [(verdict, reason, count) for (verdict, reason), count in verdicts]
    return tuple(sorted(counted, key=lambda one: (-one[2], one[0], one[1])))
