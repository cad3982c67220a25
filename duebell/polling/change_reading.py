"""Reading what changed in the records of one kind since they were last read.

FreshBooks filters by calendar days, by some fields, for some kinds, and ignores without a word what
it does not know. So it is asked for a day more than is needed, and every row is looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from duebell.domain.books import Page, Record
from duebell.domain.changes import marker_of
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.finding import Watch, event_of
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import seen
from duebell.ledger.watermarks import Watermark
from duebell.polling.list_passes import BookList, Reading, read_list
from duebell.runtime import Runtime

MARGIN = timedelta(days=1)
#: What was read before is looked at again so far back: clocks differ, a list may lag behind, rows
#: move between pages, vendors' times may be five hours off, and November has an hour twice.
OVERLAP = timedelta(hours=6)
#: Zones differ by a day at most in what they call a moment.
_ZONES_DIFFER = timedelta(days=1)


@dataclass(slots=True)
class Changes:
    """What reading came to: events recorded, and whether FreshBooks ignored the filter."""

    reading: Reading
    signals: Counter[str] = field(default_factory=Counter)
    is_filter_ignored: bool = False


async def read_changes(runtime: Runtime, mark: Watermark, watch: Watch) -> Changes:
    """Record a signal for every record that changed since the watermark; moves nothing by itself.

    Raises:
        ProviderError: where the list cannot be read. What was found until then is recorded.
    """
    seeker = _Seeker(runtime, mark, watch)
    books = BookList(runtime.books, mark.account_id, mark.kind, seeker.search)
    reading = await read_list(books, seeker.look)
    return Changes(reading, seeker.signals, seeker.is_filter_ignored)


def day_to_ask_for(read_through: datetime) -> date:
    """The day, as FreshBooks counts days, from which on changes are asked for."""
    return (read_through - MARGIN).astimezone(FRESHBOOKS_ZONE).date()


class _Seeker:
    """Looks at rows, page by page; remembers only those that led to a signal."""

    def __init__(self, runtime: Runtime, mark: Watermark, watch: Watch) -> None:
        self._runtime = runtime
        self._mark = mark
        self._watch = watch
        self._floor = mark.read_through - OVERLAP
        self._day = day_to_ask_for(mark.read_through)
        self._told: set[str] = set()
        self._rows = self._stale = 0
        self.signals: Counter[str] = Counter()

    @property
    def search(self) -> Mapping[str, str]:
        """What FreshBooks is asked for."""
        return {"updated_min": self._day.isoformat()}

    @property
    def is_filter_ignored(self) -> bool:
        """Whether most rows are older than what was asked for."""
        return self._stale * 2 > self._rows

    async def look(self, page: Page) -> None:
        """Record the signals of a page."""
        self._rows += len(page.records)
        self._stale += sum(map(self._is_stale, page.records))
        rows = [row for row in page.records if self._is_recent(row) and row.id not in self._told]
        signals = await self._find(rows) if rows else []
        await self._runtime.ledger.record_signals(signals)
        self._told.update(signal.object_id for signal in signals)
        self.signals.update(signal.event for signal in signals)

    def _is_recent(self, record: Record) -> bool:
        return record.updated_at is None or record.updated_at >= self._floor

    def _is_stale(self, record: Record) -> bool:
        asked = datetime.combine(self._day, datetime.min.time(), UTC) - _ZONES_DIFFER
        return record.updated_at is not None and record.updated_at < asked

    async def _find(self, rows: Sequence[Record]) -> list[Signal]:
        kind, ledger = self._mark.kind, self._runtime.ledger
        keys = {(row.account_id, kind, row.id): row for row in rows}
        known = await ledger.read(lambda c: seen.read(c, keys.keys()))
        found = []
        for key, row in keys.items():
            marker = ledger.digest(marker_of(row))
            if (event := event_of(row, known.get(key), marker, self._watch)) is not None:
                found.append(Signal(row.account_id, event, row.id, SignalSource.POLL))
        return found
