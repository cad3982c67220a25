"""Occurrences: the business facts derived from a record after it was fetched, each with its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from duebell.domain.events import LADDERS
from duebell.domain.ladder import Rung

ONCE = "once"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A fact of the books that may be told.

    ``occurrence`` tells apart facts which one record may rightly cause again: a change (its number,
    a digest of the new state and the fields), a rung of a ladder (the days and the due date). What
    happens once only, like a creation, says ``once``.
    """

    account_id: str
    object_id: str
    event_type: str
    occurrence: str = ONCE

    @property
    def key(self) -> str:
        """The four parts in one word; unique in the ledger."""
        return f"{self.account_id}:{self.object_id}:{self.event_type}:{self.occurrence}"

    @property
    def rung(self) -> Rung | None:
        """The rung of the ladder; None where this is something else."""
        if self.event_type not in LADDERS:
            return None
        days, _, due_on = self.occurrence.partition("@")
        return Rung(int(days), date.fromisoformat(due_on))

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that changed; none where this is no change."""
        names = self.occurrence.split(":")[2:]
        return tuple(names[0].split("+")) if names else ()


def nth_change(number: int, digest: str, names: Sequence[str]) -> str:
    """What tells a change apart: two true changes are two, the same one seen twice is one."""
    return f"{number}:{digest}:{'+'.join(names)}"
