"""Looking records up for one batch: each record once, however many signals speak of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from duebell.domain.books import Client, Invoice, Kind, Record, kind_of
from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.events import INVOICE_DELETED, kind_of_event
from duebell.domain.failures import (
    AccountInactive,
    ConnectionLost,
    CredentialsRefused,
    FeatureAbsent,
    ProviderError,
    RecordGone,
    RequestRefused,
    TryAgain,
)
from duebell.domain.reminding import asks_for_reminders
from duebell.domain.rules import CONTACTS
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.ledger import failures
from duebell.notifying.own_events import read_own
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

RecordT = TypeVar("RecordT", bound=Record)

#: Failures after which the question is worth asking again.
PASSING = (TryAgain, CredentialsRefused, ConnectionLost, AccountInactive)
#: Failures that look final, and from when on they are believed: a record that was announced a
#: moment ago may not be readable yet, and a refusal may be somebody's mistake that is mended.
BELIEVED_AFTER: dict[type[ProviderError], timedelta] = {
    RecordGone: timedelta(minutes=1),
    RequestRefused: timedelta(hours=1),
    FeatureAbsent: timedelta(hours=1),
}

#: Whose records many others name, and how many of them are kept from batch to batch.
_PEOPLE = (Kind.CLIENT, Kind.VENDOR)
MOST_PEOPLE = 1_000


class Lookup:
    """The records of a batch. Asking twice for the same record costs one request."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._records: dict[tuple[Kind, str, str], asyncio.Future[Record]] = {}
        self._read_at: dict[tuple[Kind, str, str], datetime] = {}
        self._share_links: dict[tuple[str, str], asyncio.Future[str]] = {}
        self.found: dict[int, Dossier] = {}
        self.failed: dict[int, ProviderError] = {}

    async def fetch(self, signals: list[ClaimedSignal]) -> None:
        """Look up what is not found yet; what fails stands in ``failed`` afterwards."""
        missing = [claimed for claimed in signals if claimed.id not in self.found]
        await asyncio.gather(*(self._fetch_one(claimed) for claimed in missing))

    async def _fetch_one(self, claimed: ClaimedSignal) -> None:
        try:
            dossier = await self.read(claimed.signal)
            if dossier.is_partial:
                # What was made together may not be readable at once together.
                self.failed[claimed.id] = RecordGone("What belongs to the record is not there.")
                if self.is_to_be_tried_again(claimed):
                    return
            self.found[claimed.id] = dossier
            self.failed.pop(claimed.id, None)
        except ProviderError as failure:
            self.failed[claimed.id] = failure
        except Exception as failure:
            # Whatever is wrong with this one must not hold up the others.
            log.exception("lookup_failed", extra={"signal": claimed.id})
            self.failed[claimed.id] = TryAgain(type(failure).__name__)

    async def read(self, signal: Signal) -> Dossier:
        """Read what a signal is about and what belongs to it, as it is now.

        What belongs to it and is gone (a payment's invoice was deleted) is left out.

        Raises:
            ProviderError: if it cannot be read.
        """
        now = self._runtime.now()
        kind = kind_of_event(signal.event)
        if signal.event == failures.FAILED:
            return await self._failed(signal)
        if kind is None:
            return await read_own(self._runtime, signal)
        dossier = await _READERS[kind](self, Dossier(now), signal.account_id, signal.object_id)
        business = await self._runtime.business(signal.account_id)
        return replace(dossier, at=self._oldest(dossier), business=business)

    async def _failed(self, signal: Signal) -> Dossier:
        """The failures that are told together, as the ledger has them now; no book is needed."""
        runtime, at = self._runtime, datetime.fromisoformat(Notice.of(signal).detail)
        failed = await runtime.ledger.read(lambda c: failures.digest(c, signal.account_id, at))
        if failed is None:
            raise RecordGone("everything that failed has been seen to meanwhile")
        business = None
        # Staff hears of it without FreshBooks too.
        with contextlib.suppress(ProviderError):
            business = await runtime.business(signal.account_id)
        return Dossier(runtime.now(), business=business, failed=failed)

    def _oldest(self, dossier: Dossier) -> datetime:
        # A batch that is tried again finds what its earlier tries read.
        records = (dossier.record, dossier.invoice, dossier.client, dossier.vendor)
        keys = [(kind_of(one), one.account_id, one.id) for one in records if one is not None]
        return min(self._read_at.get(key, dossier.at) for key in keys)

    async def _invoice(self, dossier: Dossier, account_id: str, id_: str) -> Dossier:
        invoice = await self._one(Kind.INVOICE, account_id, id_, self._ask_invoice)
        if self._runtime.renderer_mentions("share_link"):
            invoice = replace(invoice, share_link=await self._share_link(account_id, id_))
        dossier = replace(dossier, record=invoice, invoice=invoice)
        return await self._of_client(dossier, account_id, invoice.client_id)

    async def _ask_invoice(self, account_id: str, id_: str) -> Invoice:
        # A word may stand in a template for other records alone; this costs no further request.
        mentions = self._runtime.renderer_mentions
        told = CONTACTS in self._runtime.rulebook.audiences
        in_full = told or mentions("lines") or mentions("invoice.contacts")
        return await self._runtime.books.invoice(account_id, id_, in_full=in_full)

    async def _share_link(self, account_id: str, id_: str) -> str:
        key = (account_id, id_)
        known = self._share_links.get(key)
        if known is None or _has_failed(known):
            known = asyncio.ensure_future(self._runtime.books.share_link(account_id, id_))
            self._share_links[key] = known
        return await known

    async def _payment(self, dossier: Dossier, account_id: str, id_: str) -> Dossier:
        payment = await self._one(Kind.PAYMENT, account_id, id_, self._runtime.books.payment)
        if payment.invoice_id:
            try:
                dossier = await self._invoice(dossier, account_id, payment.invoice_id)
            except RecordGone:
                dossier = replace(dossier, is_partial=True)
        if dossier.invoice is None and payment.client_id:
            dossier = await self._of_client(dossier, account_id, payment.client_id)
        return replace(dossier, record=payment, payment=payment)

    async def _of_client(self, dossier: Dossier, account_id: str, client_id: str) -> Dossier:
        try:
            return replace(dossier, client=await self._client(account_id, client_id))
        except RecordGone:
            return replace(dossier, is_partial=True)

    async def _client_dossier(self, dossier: Dossier, account_id: str, id_: str) -> Dossier:
        client = await self._client(account_id, id_)
        return replace(dossier, record=client, client=client)

    async def _bill(self, dossier: Dossier, account_id: str, id_: str) -> Dossier:
        bill = await self._one(Kind.BILL, account_id, id_, self._runtime.books.bill)
        try:
            dossier = await self._vendor(dossier, account_id, bill.vendor_id)
        except RecordGone:
            dossier = replace(dossier, is_partial=True)
        return replace(dossier, record=bill, bill=bill)

    async def _vendor(self, dossier: Dossier, account_id: str, id_: str) -> Dossier:
        vendor = await self._one(Kind.VENDOR, account_id, id_, self._runtime.books.vendor)
        return replace(dossier, record=vendor, vendor=vendor)

    async def _expense(self, dossier: Dossier, account_id: str, id_: str) -> Dossier:
        expense = await self._one(Kind.EXPENSE, account_id, id_, self._runtime.books.expense)
        if expense.client_id:
            dossier = await self._of_client(dossier, account_id, expense.client_id)
        return replace(dossier, record=expense, expense=expense)

    async def _client(self, account_id: str, id_: str) -> Client:
        return await self._one(Kind.CLIENT, account_id, id_, self._ask_client)

    async def _ask_client(self, account_id: str, id_: str) -> Client:
        with_reminders = asks_for_reminders(self._runtime.rulebook)
        return await self._runtime.books.client(account_id, id_, with_reminders=with_reminders)

    def forget_all_but_people(self) -> None:
        """Before the next of many batches that need no more than people as they were a moment ago.

        Of people, too, no more are kept than a memory that does not grow can hold.
        """
        people = [key for key in self._records if key[0] in _PEOPLE][-MOST_PEOPLE:]
        self._records = {key: self._records[key] for key in people}
        self._read_at, self._share_links, self.found, self.failed = {}, {}, {}, {}

    async def _one(
        self, kind: Kind, account_id: str, id_: str, ask: Callable[[str, str], Awaitable[RecordT]]
    ) -> RecordT:
        key = (kind, account_id, id_)
        known = self._records.get(key)
        if known is None or _has_failed(known):
            known = cast("asyncio.Future[Record]", asyncio.ensure_future(ask(account_id, id_)))
            self._records[key] = known
            self._read_at[key] = self._runtime.now()
        return cast(RecordT, await known)

    def _failing_since(self, claimed: ClaimedSignal) -> datetime:
        """Since when it fails: a signal may have waited for days, for the end of quiet hours."""
        if claimed.failing_since is not None:
            return claimed.failing_since
        return claimed.received_at if claimed.tries <= 1 else self._runtime.now()

    def passing_failures(self) -> list[ProviderError]:
        """The failures after which asking again is worth it."""
        return [failure for failure in self.failed.values() if isinstance(failure, PASSING)]

    def is_to_be_tried_again(self, claimed: ClaimedSignal) -> bool:
        """Whether a failed signal is put off rather than ended."""
        failure = self.failed.get(claimed.id)
        is_final = claimed.signal.event in (INVOICE_DELETED, failures.FAILED)
        if isinstance(failure, RecordGone) and is_final:
            return False  # that it is not there is what the signal says, or what the ledger knows
        patience = None if failure is None else BELIEVED_AFTER.get(type(failure))
        if patience is not None:
            return self._runtime.now() - self._failing_since(claimed) < patience
        return isinstance(failure, PASSING)


def _has_failed(answer: asyncio.Future[Any]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)


_Reader = Callable[[Lookup, Dossier, str, str], Awaitable[Dossier]]

_READERS: dict[Kind, _Reader] = {
    Kind.INVOICE: Lookup._invoice,
    Kind.PAYMENT: Lookup._payment,
    Kind.CLIENT: Lookup._client_dossier,
    Kind.BILL: Lookup._bill,
    Kind.VENDOR: Lookup._vendor,
    Kind.EXPENSE: Lookup._expense,
}
