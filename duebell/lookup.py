"""Looking records up for one batch: each record once, however many signals speak of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebell.domain.books import Business, Client, Invoice
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
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: Failures after which the question is worth asking again.
PASSING = (TryAgain, CredentialsRefused, ConnectionLost, AccountInactive)
#: Failures that look final, and from when on they are believed: a record that was announced a
#: moment ago may not be readable yet, and a refusal may be somebody's mistake that is mended.
BELIEVED_AFTER: dict[type[ProviderError], timedelta] = {
    RecordGone: timedelta(minutes=1),
    RequestRefused: timedelta(hours=1),
    FeatureAbsent: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Found:
    """An invoice with what belongs to it, and when it was read."""

    invoice: Invoice
    client: Client
    business: Business
    at: datetime


class Lookup:
    """The records of a batch. Asking twice for the same client costs one request."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._clients: dict[tuple[str, str], asyncio.Future[Client]] = {}
        self.found: dict[int, Found] = {}
        self.failed: dict[int, ProviderError] = {}

    async def fetch(self, signals: list[ClaimedSignal]) -> None:
        """Look up what is not found yet; what fails stands in ``failed`` afterwards."""
        missing = [claimed for claimed in signals if claimed.id not in self.found]
        await asyncio.gather(*(self._fetch_one(claimed) for claimed in missing))

    async def _fetch_one(self, claimed: ClaimedSignal) -> None:
        try:
            self.found[claimed.id] = await self.read(claimed.signal)
            self.failed.pop(claimed.id, None)
        except ProviderError as failure:
            self.failed[claimed.id] = failure
        except Exception as failure:
            # Whatever is wrong with this one must not hold up the others.
            log.exception("lookup_failed", extra={"signal": claimed.id})
            self.failed[claimed.id] = TryAgain(type(failure).__name__)

    async def read(self, signal: Signal) -> Found:
        """Read an invoice, its client and its business as they are now."""
        runtime, now = self._runtime, self._runtime.now()
        invoice = await runtime.books.invoice(signal.account_id, signal.object_id)
        client = await self._client(signal.account_id, invoice.client_id)
        return Found(invoice, client, await runtime.business(signal.account_id), now)

    async def _client(self, account_id: str, client_id: str) -> Client:
        key = (account_id, client_id)
        known = self._clients.get(key)
        if known is None or (known.done() and known.exception() is not None):
            known = asyncio.ensure_future(self._runtime.books.client(account_id, client_id))
            self._clients[key] = known
        return await known

    def passing_failures(self) -> list[ProviderError]:
        """The failures after which asking again is worth it."""
        return [failure for failure in self.failed.values() if isinstance(failure, PASSING)]

    def is_to_be_tried_again(self, claimed: ClaimedSignal) -> bool:
        """Whether a failed signal is put off rather than ended."""
        failure = self.failed.get(claimed.id)
        patience = None if failure is None else BELIEVED_AFTER.get(type(failure))
        if patience is not None:
            return self._runtime.now() - claimed.received_at < patience
        return isinstance(failure, PASSING)
