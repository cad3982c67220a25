"""Rungs that only the new rulebook has: they were never recorded, but due dates tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from duebell.domain.backfill import rung_days
from duebell.domain.books import Invoice
from duebell.domain.events import LADDERS
from duebell.domain.ladder import Rung
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Rulebook
from duebell.replaying.period import Period

#: Ladder event → days.
RungDays = Mapping[str, frozenset[int]]


def only_in(new: Rulebook, old: Rulebook) -> RungDays:
    """The rungs that the one rulebook tells and the other does not."""
    days = {event: rung_days(new, event) - rung_days(old, event) for event in sorted(LADDERS)}
    return {event: found for event, found in days.items() if found}


def rungs_of(invoice: Invoice, days: RungDays, period: Period) -> Iterator[Occurrence]:
    """The rungs of an invoice whose day is in the period; none from before it was issued."""
    if invoice.due_on is None:
        return
    # Days are counted, for a rung of a due date in the year 9999 may be on no day there is.
    first, last = (period.since - invoice.due_on).days, (period.until - invoice.due_on).days
    issued = (invoice.issued_on - invoice.due_on).days
    for event, numbers in days.items():
        for number in sorted(numbers):
            if first <= number <= last and number > issued:
                rung = Rung(number, invoice.due_on)
                yield Occurrence(invoice.account_id, invoice.id, event, rung.occurrence)


def told_at(rung: Rung, opening: time, zone: ZoneInfo) -> datetime:
    """When a rung is told on its day, as aware UTC."""
    return datetime.combine(rung.on, opening, zone).astimezone(UTC)
