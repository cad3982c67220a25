"""Looking through all unpaid invoices once a day for rungs of the ladder that are reached.

FreshBooks never announces that an invoice falls due. What moves a due date or takes a payment back
is a change, which polls and webhooks find at once; this finds what only the calendar does.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from duebell.domain.books import Invoice, Kind, Page
from duebell.domain.deriving import LadderTerms, rungs_to_tell
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS
from duebell.domain.failures import (
    AccountInactive,
    FeatureAbsent,
    ProviderError,
    RecordGone,
    RequestRefused,
)
from duebell.domain.occurrences import Occurrence
from duebell.domain.reasons import reason_not_to_tell
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import occurrences, watermarks
from duebell.notifying.deciding import terms_for
from duebell.polling.list_passes import BookList, Reading, read_list
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: FreshBooks' words for invoices that money may be missing on, in the order in which an invoice
#: goes through them: one that moves on while they are read is found under a later word.
#: https://www.freshbooks.com/api/invoices
OPEN_WORDS = (
    *("created", "sent", "viewed", "deposit-partial", "deposit-paid", "resolved"),
    *("pending", "retry", "failed", "declined", "partial", "overdue"),
)


@dataclass(slots=True)
class LadderFound:
    """What a look through the ladder came to. ``day`` is None where none was due."""

    day: date | None = None
    pages: int = 0
    rows: int = 0
    unreadable: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    fault: str = ""


async def scan_ladder(runtime: Runtime, account_id: str, *, again: bool = False) -> LadderFound:
    """Record a signal for every rung that is reached and not told, once for each day.

    With ``again`` also where that was done today already: the rulebook may have changed.

    Raises:
        TryAgain: where the lists cannot be read now; the next run looks through them again.
        CredentialsRefused: FreshBooks does not accept us, whatever is asked for.
        ConnectionLost: a person has to connect again.
    """
    found = LadderFound()
    if LADDERS.isdisjoint(runtime.rulebook.events):
        return found
    terms = terms_for(runtime, await runtime.business(account_id))
    now = runtime.now()
    mark = await runtime.ledger.write(
        lambda c: watermarks.begin(c, account_id, Kind.INVOICE, now),
    )
    is_refused = (
        mark.fault is not None and mark.next_poll_at is not None and now < mark.next_poll_at
    )
    if terms.day is None or is_refused or (mark.scanned_on == terms.day and not again):
        return found
    found.day = terms.day
    try:
        is_complete = await _Scan(runtime, account_id, terms, found).run()
    except (FeatureAbsent, AccountInactive, RequestRefused, RecordGone) as failure:
        found.fault = str(failure)
        return found
    if is_complete:
        await runtime.ledger.write(lambda c: watermarks.note(c, mark, scanned_on=terms.day))
    else:
        found.fault = "unpaid invoices moved all the time while they were read; again next time"
    return found


class _Scan:
    """One look through the unpaid invoices of an account, a page at a time."""

    def __init__(
        self, runtime: Runtime, account_id: str, terms: LadderTerms, found: LadderFound
    ) -> None:
        self._runtime = runtime
        self._account_id = account_id
        self._terms = terms
        self._found = found
        self._told: set[tuple[str, str]] = set()
        self._strays = 0

    async def run(self) -> bool:
        """Look at every invoice that may be unpaid; tells whether none can have been missed.

        Where FreshBooks refuses one of the words all invoices are read in the end.
        """
        is_complete = True
        for word in OPEN_WORDS:
            try:
                reading = await self._read({"v3_status": word})
            except (RequestRefused, RecordGone) as failure:
                self._note_refusal(word, failure)
                continue
            is_complete = is_complete and reading.is_complete
            if self._strays and await self._is_everything(reading):
                log.info("filter_ignored", extra={"account_id": self._account_id, "word": word})
                return is_complete
        if self._found.fault:
            return (await self._read({})).is_complete
        return is_complete

    def _note_refusal(self, word: str, failure: ProviderError) -> None:
        fields = {"account_id": self._account_id, "word": word, "reason": str(failure)}
        log.warning("word_refused", extra=fields)
        self._found.fault = (
            f"FreshBooks refused to list {word} invoices, so all were read: {failure}"
        )

    async def _read(self, search: Mapping[str, str]) -> Reading:
        self._strays, word = 0, search.get("v3_status")

        async def look(page: Page) -> None:
            invoices = [row for row in page.records if isinstance(row, Invoice)]
            self._strays += sum(invoice.status != word for invoice in invoices)
            await self._look(invoices)

        books = BookList(self._runtime.books, self._account_id, Kind.INVOICE, search)
        reading = await read_list(books, look)
        self._found.pages += reading.pages
        self._found.rows += reading.rows
        self._found.unreadable += reading.unreadable
        return reading

    async def _is_everything(self, reading: Reading) -> bool:
        """Whether FreshBooks ignored the word, and this list was that of all invoices.

        That a row says another word is not enough: what an invoice says of itself may differ from
        what it is filed under.
        """
        books = BookList(self._runtime.books, self._account_id, Kind.INVOICE)
        self._found.pages += 1
        return (await books.page(1)).total <= reading.rows

    async def _look(self, invoices: list[Invoice]) -> None:
        """Record the signals of a page."""
        reached = {invoice.id: self._reached(invoice) for invoice in invoices}
        reached = {id_: rungs for id_, rungs in reached.items() if rungs}
        if not reached:
            return
        ids, events = list(reached), sorted(LADDERS)
        told = await self._runtime.ledger.read(
            lambda c: occurrences.told_rungs(c, self._account_id, ids, events)
        )
        left = {
            (rung.object_id, rung.event_type) for one in reached.values() for rung in one - told
        }
        new = sorted(left - self._told)
        await self._runtime.ledger.record_signals(
            [Signal(self._account_id, event, id_, SignalSource.POLL) for id_, event in new]
        )
        self._told.update(new)
        self._found.signals.update(event for _, event in new)

    def _reached(self, invoice: Invoice) -> frozenset[Occurrence]:
        rungs = rungs_to_tell(invoice, self._runtime.rulebook, self._terms)
        if not rungs:
            return frozenset()
        dossier = Dossier(self._runtime.now(), record=invoice, invoice=invoice)
        return frozenset(rung for rung in rungs if reason_not_to_tell(rung, dossier) is None)
