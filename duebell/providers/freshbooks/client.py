"""FreshBooks' REST API: what may be asked for, one method each.

https://www.freshbooks.com/api/start. The official SDK is not used: it blocks, retries 400s and
turns invoice numbers that look like dates into dates. How it is asked is in ``transport``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import httpx

from duebell.domain.books import (
    Bill,
    Business,
    Client,
    Expense,
    Invoice,
    Kind,
    Page,
    Payment,
    Vendor,
)
from duebell.domain.connections import Callback
from duebell.domain.failures import FeatureAbsent, RecordGone, RequestRefused
from duebell.providers.freshbooks import wire
from duebell.providers.freshbooks.lanes import Sleep
from duebell.providers.freshbooks.transport import IDENTITY, Tokens, Transport

log = logging.getLogger(__name__)

CALLBACKS_PER_PAGE = 100
MOST_PAGES = 100

_EVERYTHING: wire.Search = MappingProxyType({})


class FreshBooksClient:
    """One connection's view of the API. Every method raises :class:`ProviderError` kinds.

    ``http``'s base URL is the API's. ``jitter`` gives a number in [0, 1). At most ``concurrency``
    requests per account are in flight, and none while FreshBooks has told the account to wait.

    A record that was deleted is gone (:class:`RecordGone`) or comes back with ``is_active`` false,
    as FreshBooks likes.
    """

    def __init__(
        self,
        http: httpx.AsyncClient | Sequence[httpx.AsyncClient],
        tokens: Tokens,
        *,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float],
        concurrency: int = 5,
    ) -> None:
        self._transport = Transport(
            http, tokens, sleep=sleep, jitter=jitter, concurrency=concurrency
        )

    async def invoice(self, account_id: str, id: str, *, in_full: bool = False) -> Invoice:
        """Fetch an invoice as it is now; its lines and the people it goes to only in full."""
        includes = ("lines", "contacts") if in_full else ()
        payload = await self._one(account_id, Kind.INVOICE, id, includes)
        return wire.invoice_from(payload, account_id)

    async def payment(self, account_id: str, id: str) -> Payment:
        """Fetch a payment as it is now."""
        return wire.payment_from(await self._one(account_id, Kind.PAYMENT, id), account_id)

    async def client(self, account_id: str, id: str, *, with_reminders: bool = False) -> Client:
        """Fetch a client as it is now, with the further people there.

        Whether FreshBooks itself reminds the client is read only with ``with_reminders``.
        """
        includes = ("contacts", "late_reminders") if with_reminders else ("contacts",)
        payload = await self._one(account_id, Kind.CLIENT, id, includes)
        return wire.client_from(payload, account_id)

    async def bill(self, account_id: str, id: str) -> Bill:
        """Fetch a bill as it is now.

        Raises:
            FeatureAbsent: the plan or the scopes do not include bills.
        """
        return wire.bill_from(await self._one(account_id, Kind.BILL, id), account_id)

    async def vendor(self, account_id: str, id: str) -> Vendor:
        """Fetch a vendor of bills as it is now.

        Raises:
            FeatureAbsent: the plan or the scopes do not include vendors.
        """
        return wire.vendor_from(await self._one(account_id, Kind.VENDOR, id), account_id)

    async def expense(self, account_id: str, id: str) -> Expense:
        """Fetch an expense as it is now."""
        return wire.expense_from(await self._one(account_id, Kind.EXPENSE, id), account_id)

    async def share_link(self, account_id: str, invoice_id: str) -> str:
        """Fetch where the client sees and pays an invoice; empty where it was never sent."""
        path = f"{_record(account_id, Kind.INVOICE, invoice_id)}/share_link"
        try:
            payload = await self._transport.read(account_id, f"{path}?share_method=share_link")
            return wire.share_link_from(payload)
        except (RequestRefused, RecordGone, FeatureAbsent):
            return ""

    async def list_page(
        self,
        account_id: str,
        kind: Kind,
        page: int,
        search: wire.Search = _EVERYTHING,
        sort: str = "",
        includes: Sequence[str] = (),
    ) -> Page:
        """Fetch one page of a list, of a hundred records at most; pages count from 1.

        Deleted records come only where they are searched for. FreshBooks ignores filters that it
        does not know, and rows shift between pages while they are read: look at each row again.
        """
        query = wire.list_query(page, search, sort, includes)
        path = f"{_list(account_id, kind)}?{query}"
        is_gated = wire.PLACES[kind].is_gated
        payload = await self._transport.read(account_id, path, is_gated=is_gated)
        found, unread = wire.page_from(payload, account_id, kind)
        for row in unread:
            fields = {"account": account_id, "kind": kind.value, "object_id": row.id}
            log.warning("record_unreadable", extra={**fields, "reason": row.reason})
        return found

    async def businesses(self) -> list[Business]:
        """List the firms that this connection may act for."""
        return wire.businesses_from(await self._transport.read("", IDENTITY))

    async def callbacks(self, account_id: str) -> list[Callback]:
        """List all webhook subscriptions of an account; each once, though pages may shift."""
        found: dict[str, Callback] = {}
        page, pages = 1, 1
        while page <= min(pages, MOST_PAGES):
            path = f"{_callbacks(account_id)}?page={page}&per_page={CALLBACKS_PER_PAGE}"
            listed, pages = wire.callbacks_from(await self._transport.read(account_id, path))
            found.update((callback.id, callback) for callback in listed)
            page += 1
        return list(found.values())

    async def create_callback(self, account_id: str, event: str, uri: str) -> Callback:
        """Subscribe to an event. FreshBooks posts the verifier to ``uri``, maybe before we return.

        Raises:
            RequestRefused: FreshBooks does not know the event or cannot use the address.
        """
        body = {"callback": {"event": event, "uri": uri}}
        return wire.callback_from(await self._write("POST", account_id, "", body))

    async def verify_callback(self, account_id: str, callback_id: str, verifier: str) -> Callback:
        """Complete the handshake with the verifier that was posted to us."""
        body = {"callback": {"verifier": verifier}}
        return wire.callback_from(await self._write("PUT", account_id, callback_id, body))

    async def resend_verification(self, account_id: str, callback_id: str) -> None:
        """Ask for the handshake again; this also wakes a callback that FreshBooks disabled."""
        await self._write("PUT", account_id, callback_id, {"callback": {"resend": True}})

    async def delete_callback(self, account_id: str, callback_id: str) -> None:
        """End a subscription; one that is already gone is as good."""
        try:
            await self._write("DELETE", account_id, callback_id, None)
        except RecordGone:
            return

    async def keep_token_fresh(self) -> None:
        """Renew the access token well before it expires, and notice a lost connection.

        Raises:
            ConnectionLost: a person has to connect again.
        """
        await self._transport.keep_token_fresh()

    async def close(self) -> None:
        """Close the HTTP client; nothing can be asked afterwards."""
        await self._transport.close()

    async def _one(
        self, account_id: str, kind: Kind, id: str, includes: Sequence[str] = ()
    ) -> wire.Payload:
        """The answer to asking for one record."""
        path = _record(account_id, kind, id)
        if includes:
            path = f"{path}?{wire.include_query(includes)}"
        is_gated = wire.PLACES[kind].is_gated
        return await self._transport.read(account_id, path, is_gated=is_gated)

    async def _write(
        self, method: str, account_id: str, callback_id: str, body: Mapping[str, Any] | None
    ) -> wire.Payload:
        """Change a callback."""
        path = _callbacks(account_id)
        if callback_id:
            path = f"{path}/{_segment(callback_id)}"
        return await self._transport.write(method, account_id, path, body)


def _list(account_id: str, kind: Kind) -> str:
    return f"/accounting/account/{_segment(account_id)}/{wire.PLACES[kind].path}"


def _record(account_id: str, kind: Kind, id: str) -> str:
    return f"{_list(account_id, kind)}/{_segment(id)}"


def _callbacks(account_id: str) -> str:
    return f"/events/account/{_segment(account_id)}/events/callbacks"


def _segment(value: str) -> str:
    return quote(value, safe="")
