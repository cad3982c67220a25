"""Reading once what was in the books before Duebell began to watch, so that it is told to nobody.

Where a record does not say when it was made, the new can be told from the old only by knowing the
old; and a change is found by comparing with the record as it was before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from duebell.domain.books import Page, Record
from duebell.domain.changes import Seen, fields_of, is_draft, marker_of
from duebell.domain.failures import RecordGone, RequestRefused
from duebell.domain.finding import is_history
from duebell.ledger import seen, watermarks
from duebell.ledger.watermarks import Watermark
from duebell.list_passes import BookList, Reading, read_list
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: Lists leave deleted records out unless they are asked for. Without them, one that somebody
#: brings back would be taken for a new one.
#: https://www.freshbooks.com/api/active_deleted
DELETED: Mapping[str, str] = {"vis_state": "1"}
DRAFTS: Mapping[str, str] = {"v3_status": "draft"}


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

    Raises:
        ProviderError: where the list cannot be read.
    """
    history = _History(runtime, mark, zone)
    books = BookList(runtime.books, mark.account_id, mark.kind, DRAFTS)
    return await read_list(books, history.look)


class _History:
    """What is to be remembered of one kind of an account."""

    def __init__(self, runtime: Runtime, mark: Watermark, zone: ZoneInfo) -> None:
        self._runtime = runtime
        self._mark = mark
        self._since_day = mark.since.astimezone(zone).date()

    async def read_deleted(self) -> int:
        """Remember deleted records as well, if FreshBooks lists them; gives the pages read."""
        runtime, mark = self._runtime, self._mark
        books = BookList(runtime.books, mark.account_id, mark.kind, DELETED)
        try:
            return (await read_list(books, self.look)).pages
        except (RequestRefused, RecordGone):
            return 1

    async def look(self, page: Page) -> None:
        """Remember the rows of a page that are not new; what is known already stays as it is."""
        at, kind = self._runtime.now(), self._mark.kind
        old = {row.id: row for row in page.records if self._is_old(row)}
        sights = [((row.account_id, kind, row.id), self._seen(row)) for row in old.values()]
        if sights:
            await self._runtime.ledger.write(lambda c: seen.add_history(c, sights, at))

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
