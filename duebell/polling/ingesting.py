"""Polling: what changed in the books of an account, kind by kind, becomes signals.

A webhook that never came costs minutes this way and not a message. A poll only finds records that
may have something to tell; whether they do, the run that works on the signals finds out. What was
read is written down only after all of it is on disk as signals, so that whatever breaks off is read
again: the same fact found twice is one occurrence.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from duebell.connection.trouble import report_inactive
from duebell.domain.books import Kind
from duebell.domain.events import callbacks_for, creation_of, update_of
from duebell.domain.failures import (
    AccountInactive,
    ConnectionLost,
    CredentialsRefused,
    FeatureAbsent,
    LedgerUnavailable,
    ProviderError,
    TryAgain,
)
from duebell.domain.finding import Watch, needs_history, polled_kinds
from duebell.ledger import businesses, watermarks
from duebell.ledger.watermarks import Watermark
from duebell.notifying.deciding import zone_of
from duebell.polling.change_reading import Changes, read_changes
from duebell.polling.history import read_drafts, read_history
from duebell.polling.list_passes import Reading
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: A plan that lacks a kind of record, or an account that is not paid for, is so for a while.
REFUSED_PAUSE = timedelta(hours=1)
#: A list that FreshBooks does not filter is read whole each time; a long one is read less often.
SECONDS_PER_UNFILTERED_PAGE = 20
_OUR_FAULT = "Duebell itself failed while it looked at it; the worker's log has more"


@dataclass(slots=True)
class KindFound:
    """What a poll found of one kind. ``fault`` says why it was not read, or not wholly.

    ``is_waiting`` says that it was left out this time; ``fault`` is then the one of last time.
    """

    kind: Kind
    pages: int = 0
    rows: int = 0
    unreadable: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    fault: str = ""
    is_waiting: bool = False


async def watch_chosen_only(runtime: Runtime) -> None:
    """Stop watching accounts that are not worked with any more.

    Once one is chosen again that begins anew: what happened meanwhile is history.
    """
    # To see no account at all is trouble of FreshBooks' rather than anybody's choice.
    if chosen := await runtime.accounts():
        ended = await runtime.ledger.write(lambda c: watermarks.end_others(c, chosen))
        if ended:
            log.info("accounts_not_watched_any_more", extra={"kinds": ended})


class AccountPoll:
    """One look at all kinds of one account. Run again, it looks at those that are left."""

    def __init__(self, runtime: Runtime, account_id: str) -> None:
        self._runtime = runtime
        self._account_id = account_id
        self._events = runtime.rulebook.events
        self.found: dict[Kind, KindFound] = {}

    async def run(self) -> None:
        """Look at every kind; trouble with one does not stop the others.

        Raises:
            TryAgain: where some could not be read now; the others were.
            CredentialsRefused: FreshBooks does not accept us, whatever is asked for.
            ConnectionLost: a person has to connect again.
        """
        business = await self._runtime.business(self._account_id)
        zone, kinds = zone_of(business), polled_kinds(self._events)
        await self._runtime.ledger.write(lambda c: businesses.remember(c, business))
        await self._runtime.ledger.write(
            lambda c: watermarks.end(c, self._account_id, kinds),
        )
        passing: TryAgain | None = None
        for kind in kinds:
            if kind in self.found:
                continue
            try:
                self.found[kind] = await self._poll(kind, zone)
            except TryAgain as failure:
                passing = failure
        if passing is not None:
            raise passing

    async def _poll(self, kind: Kind, zone: ZoneInfo) -> KindFound:
        now = self._runtime.now()
        mark = await self._begin(kind, now)
        if mark.next_poll_at is not None and now < mark.next_poll_at:
            return KindFound(kind, fault=mark.fault or "", is_waiting=True)
        try:
            return await self._read(mark, zone)
        except (TryAgain, CredentialsRefused, ConnectionLost, LedgerUnavailable):
            raise
        except ProviderError as failure:
            return await self._note_fault(mark, failure)
        except Exception as failure:
            # Whatever is wrong with this kind must not hold up the others.
            log.exception("poll_failed", extra={"account_id": mark.account_id, "kind": kind.value})
            return KindFound(kind, fault=f"{_OUR_FAULT} ({type(failure).__name__})")

    async def _begin(self, kind: Kind, now: datetime) -> Watermark:
        is_wanted = update_of(kind) in self._events
        return await self._runtime.ledger.write(
            lambda c: watermarks.watch_changes(
                c, watermarks.begin(c, self._account_id, kind, now), now, is_wanted=is_wanted
            )
        )

    async def _note_fault(self, mark: Watermark, failure: ProviderError) -> KindFound:
        """Remember why a kind cannot be read, and ask rarely where that does not pass soon."""
        if isinstance(failure, AccountInactive):
            await report_inactive(self._runtime, self._account_id)
        is_lasting = isinstance(failure, FeatureAbsent | AccountInactive)
        pause = self._runtime.now() + REFUSED_PAUSE if is_lasting else None
        fault = str(failure)
        await self._runtime.ledger.write(
            lambda c: watermarks.note(c, mark, fault=fault, next_poll_at=pause)
        )
        fields = {"account_id": mark.account_id, "kind": mark.kind.value}
        log.warning("kind_not_read", extra={**fields, "reason": fault})
        return KindFound(mark.kind, fault=fault)

    async def _read(self, mark: Watermark, zone: ZoneInfo) -> KindFound:
        begun = self._runtime.now()
        found = KindFound(mark.kind)
        knows_history = mark.baseline_done
        if history := await self._read_before(mark, zone):
            found.pages += history.pages
            if not history.is_complete:
                found.fault = "its history could not be read, because its rows moved all the time"
                return found
            knows_history = needs_history(mark.kind, self._events)
        watch = Watch(mark.since, callbacks_for(self._events), knows_history)
        changes = await read_changes(self._runtime, mark, watch)
        await self._note_read(mark, changes, begun)
        return _with(found, changes)

    async def _read_before(self, mark: Watermark, zone: ZoneInfo) -> Reading | None:
        """Get to know what was there before we watch; None where nothing of that is needed."""
        if needs_history(mark.kind, self._events):
            return None if mark.baseline_done else await read_history(self._runtime, mark, zone)
        is_told = mark.kind is Kind.INVOICE and creation_of(mark.kind) in self._events
        if is_told and mark.drafts_read_at is None:
            return await read_drafts(self._runtime, mark, zone)
        return None

    async def _note_read(self, mark: Watermark, changes: Changes, begun: datetime) -> None:
        now = self._runtime.now()
        next_poll_at = self._next_poll(changes, now)
        noted = {"polled_at": now, "next_poll_at": next_poll_at, "fault": None}
        if changes.reading.is_complete:
            noted["read_through"] = begun
        await self._runtime.ledger.write(lambda c: watermarks.note(c, mark, **noted))

    def _next_poll(self, changes: Changes, now: datetime) -> datetime | None:
        """None for the next round, which is when most lists are read."""
        seconds = changes.reading.pages * SECONDS_PER_UNFILTERED_PAGE
        if not changes.is_filter_ignored or seconds <= self._runtime.settings.poll_seconds:
            return None
        return now + min(timedelta(seconds=seconds), watermarks.LONGEST_PAUSE)


def _with(found: KindFound, changes: Changes) -> KindFound:
    reading = changes.reading
    found.pages += reading.pages
    found.rows, found.unreadable = reading.rows, reading.unreadable
    found.signals = changes.signals
    if not reading.is_complete:
        found.fault = "its rows moved all the time while they were read; it is read again"
    return found
