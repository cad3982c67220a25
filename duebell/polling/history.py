"""Reading once what was in the books before Duebell began to watch, so that it is told to nobody.

Where a record does not say when it was made, the new can be told from the old only by knowing the
old; and a change is found by comparing with the record as it was before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from duebell.domain.books import Page, Record
from duebell.domain.changes import Seen, fields_of, is_draft, marker_of
from duebell.domain.failures import RecordGone, RequestRefused
from duebell.domain.finding import is_history
from duebell.ledger import seen, watermarks
from duebell.ledger.seen import Baseline
from duebell.ledger.watermarks import Watermark
from duebell.polling.list_passes import BookList, Reading, read_list
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: Lists leave deleted records out unless they are asked for. Without them, one that somebody
#: brings back would be taken for a new one.
#: https://www.freshbooks.com/api/active_deleted
DELETED: Mapping[str, str] = {"vis_state": "1"}
DRAFTS: Mapping[str, str] = {"v3_status": "draft"}
EVERYTHING: Mapping[str, str] = {}


async def read_history(runtime: Runtime, mark: Watermark, zone: ZoneInfo) -> Reading:
    """Remember every record of a kind that is not new, and that this is done. Repeatable.

    Raises:
        ProviderError: where the list cannot be read.
    """
    history = _History(runtime, mark, zone)
    reading = await read_list(BookList(runtime.books, mark.account_id, mark.kind), history.look)
    if reading.is_complete:
        reading.pages += await history.read_deleted()
        await runtime.ledger.write(lambda c: watermarks.note(c, mark, baseline_done=True))
        fields = {"account_id": mark.account_id, "kind": mark.kind.value}
        log.info("history_read", extra={**fields, "pages": reading.pages, "rows": reading.rows})
    return reading


async def read_drafts(runtime: Runtime, mark: Watermark, zone: ZoneInfo) -> Reading:
    """Remember which invoices are drafts as watching begins: each is told when it is issued.

    Where FreshBooks refuses to list drafts all invoices are read; if it refuses that as well, there
    is nothing more to be had, and it is tried again next time.

    Raises:
        ProviderError: where the list cannot be read, and not because FreshBooks refuses it.
    """
    for search in (DRAFTS, EVERYTHING):
        history = _History(runtime, mark, zone)
        books = BookList(runtime.books, mark.account_id, mark.kind, search)
        try:
            reading = await read_list(books, history.look_for_drafts)
        except (RequestRefused, RecordGone) as failure:
            fields = {"account_id": mark.account_id, "reason": str(failure)}
            log.warning("drafts_not_listed", extra=fields)
            continue
        if reading.is_complete:
            await _note_drafts(runtime, mark)
        return reading
    return Reading(pages=2, is_complete=True)


async def _note_drafts(runtime: Runtime, mark: Watermark) -> None:
    now = runtime.now()
    await runtime.ledger.write(lambda c: watermarks.note(c, mark, drafts_read_at=now))


class _History:
    """What is to be remembered of one kind of an account."""

    def __init__(self, runtime: Runtime, mark: Watermark, zone: ZoneInfo) -> None:
        self._runtime = runtime
        self._mark = mark
        self._since_day = mark.since.astimezone(zone).date()
        #: A page shows its rows as they were at this moment or later.
        self._asked_at = runtime.now()

    async def read_deleted(self) -> int:
        """Remember deleted records as well, if FreshBooks lists them; gives the pages read."""
        runtime, mark = self._runtime, self._mark
        books = BookList(runtime.books, mark.account_id, mark.kind, DELETED)
        try:
            return (await read_list(books, self.look)).pages
        except (RequestRefused, RecordGone):
            return 1

    async def look(self, page: Page) -> None:
        """Remember the rows of a page that are not new, and what became of those known before."""
        await self._remember(page.records)

    async def look_for_drafts(self, page: Page) -> None:
        """Remember the drafts of a page that are not new."""
        await self._remember([row for row in page.records if is_draft(row)])

    async def _remember(self, records: Sequence[Record]) -> None:
        mark, at = self._mark, self._asked_at
        self._asked_at = now = self._runtime.now()
        rows = {(row.account_id, mark.kind, row.id): row for row in records}
        if not rows:
            return
        sights = {key: self._seen(row) for key, row in rows.items()}
        old = {key for key, row in rows.items() if self._is_old(row)}
        base = Baseline(mark.since, mark.changes_since or mark.since, now)
        await self._runtime.ledger.write(lambda c: seen.add_history(c, sights, old, at, base))

    def _is_old(self, record: Record) -> bool:
        return is_history(record, self._mark.since, self._since_day)

    def _seen(self, record: Record) -> Seen:
        digest = self._runtime.ledger.digest
        return Seen(
            digest(marker_of(record)),
            fields_of(record, digest),
            announced=not is_draft(record),
            is_draft=is_draft(record),
        )
