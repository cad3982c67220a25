"""Occurrences: the business facts derived from a record after it was fetched, each with its key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A fact of the books that may be told.

    ``occurrence`` tells apart facts which one record may rightly cause again (a change, the next
    rung of a ladder); what happens once only, like a creation, says ``once``.
    """

    account_id: str
    object_id: str
    event_type: str
    occurrence: str = "once"

    @property
    def key(self) -> str:
        """The four parts in one word; unique in the ledger."""
        return f"{self.account_id}:{self.object_id}:{self.event_type}:{self.occurrence}"
