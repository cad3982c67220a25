"""FreshBooks' REST API: reads that repeat themselves with care, writes that never do.

https://www.freshbooks.com/api/start. The official SDK is not used: it blocks, retries 400s and
turns invoice numbers that look like dates into dates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from duebell.domain.books import Business, Client, Invoice
from duebell.domain.connections import Callback
from duebell.domain.failures import ProviderError, RecordGone, Throttled, TryAgain
from duebell.providers.freshbooks import wire

TRIES = 3
CALLBACKS_PER_PAGE = 100
MOST_PAGES = 100

#: Worth asking again soon; a plain 500 rarely is.
_REPEATABLE = frozenset({429, 502, 503, 504})
_FIRST_PAUSE_SECONDS = 0.5

Sleep = Callable[[float], Awaitable[None]]


class Tokens(Protocol):
    """Where access tokens come from; see :class:`~duebell.providers.freshbooks.oauth`."""

    async def current(self) -> str:
        """An access token that should be good."""
        ...

    async def renew(self, refused: str) -> str:
        """Another access token than the one that was refused."""
        ...


class FreshBooksClient:
    """One connection's view of the API. Every method raises :class:`ProviderError` kinds.

    ``http``'s base URL is the API's. ``jitter`` gives a number in [0, 1). At most ``concurrency``
    requests per account are in flight.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: Tokens,
        *,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float],
        concurrency: int = 5,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._sleep = sleep
        self._jitter = jitter
        self._concurrency = concurrency
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def invoice(self, account_id: str, id: str) -> Invoice:
        """Fetch an invoice as it is now. A soft-deleted one may come back with is_active false.

        Raises:
            RecordGone: deleted or never there.
        """
        path = f"{_accounting(account_id)}/invoices/invoices/{_segment(id)}"
        return wire.invoice_from(await self._read(account_id, path), account_id)

    async def client(self, account_id: str, id: str) -> Client:
        """Fetch a client as it is now.

        Raises:
            RecordGone: deleted or never there.
        """
        path = f"{_accounting(account_id)}/users/clients/{_segment(id)}"
        return wire.client_from(await self._read(account_id, path), account_id)

    async def businesses(self) -> list[Business]:
        """List the firms that this connection may act for."""
        return wire.businesses_from(await self._read("", "/auth/api/v1/users/me"))

    async def callbacks(self, account_id: str) -> list[Callback]:
        """List all webhook subscriptions of an account; each once, though pages may shift."""
        found: dict[str, Callback] = {}
        page, pages = 1, 1
        while page <= min(pages, MOST_PAGES):
            path = f"{_callbacks(account_id)}?page={page}&per_page={CALLBACKS_PER_PAGE}"
            listed, pages = wire.callbacks_from(await self._read(account_id, path))
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
        """Renew the access token where it is about to expire, and notice a lost connection.

        Raises:
            ConnectionLost: a person has to connect again.
        """
        await self._tokens.current()

    async def close(self) -> None:
        """Close the HTTP client; nothing can be asked afterwards."""
        await self._http.aclose()

    async def _read(self, account_id: str, path: str) -> Mapping[str, Any]:
        """GET with a few tries. Reads alone may be repeated without a thought."""
        for attempt in range(1, TRIES + 1):
            try:
                response = await self._authorised("GET", account_id, path, None)
                return _payload(response)
            except TryAgain as failure:
                if attempt == TRIES or not _may_repeat(failure):
                    raise
                pause = _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + self._jitter())
                await self._sleep(max(pause, failure.retry_after or 0.0))
        raise AssertionError("the last try returns or raises")

    async def _write(
        self, method: str, account_id: str, callback_id: str, body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        """Change a callback, with one try: a lost answer does not say that nothing was done."""
        path = _callbacks(account_id)
        if callback_id:
            path = f"{path}/{_segment(callback_id)}"
        return _payload(await self._authorised(method, account_id, path, body))

    async def _authorised(
        self, method: str, account_id: str, path: str, body: Mapping[str, Any] | None
    ) -> httpx.Response:
        """Ask with the current token and, once, with another where that one is refused.

        A 401 is answered before anything is done, so that this is safe for writes too.
        """
        token = await self._tokens.current()
        response = await self._ask(method, account_id, path, body, token)
        if response.status_code != 401:
            return response
        token = await self._tokens.renew(token)
        return await self._ask(method, account_id, path, body, token)

    async def _ask(
        self, method: str, account_id: str, path: str, body: Mapping[str, Any] | None, token: str
    ) -> httpx.Response:
        turns = self._turns.get(account_id)
        if turns is None:
            turns = self._turns[account_id] = asyncio.Semaphore(self._concurrency)
        async with turns:
            try:
                return await self._http.request(
                    method, path, json=body, headers={"Authorization": f"Bearer {token}"}
                )
            except httpx.RequestError as error:
                raise _Passing(f"FreshBooks was not reached: {type(error).__name__}.") from None


class _Passing(TryAgain):
    """FreshBooks is out of reach or out of order for the moment; soon it may not be."""


def _payload(response: httpx.Response) -> Mapping[str, Any]:
    """The answer's JSON object; nothing at all for an empty success.

    Raises:
        ProviderError: of the kind that the answer means.
    """
    status, body = response.status_code, response.content
    if status == 204 or (status == 200 and not body):
        return {}
    payload = wire.read_json(body)
    if isinstance(payload, Mapping) and not wire.is_failure(status, payload):
        return payload
    failure = wire.failure_from(status, response.headers, body)
    raise _marked(failure, status)


def _marked(failure: ProviderError, status: int) -> ProviderError:
    """Tell a passing fault of the edge from other failures of the same kind."""
    if type(failure) is TryAgain and status in _REPEATABLE:
        return _Passing(str(failure))
    return failure


def _may_repeat(failure: TryAgain) -> bool:
    return isinstance(failure, _Passing | Throttled)


def _accounting(account_id: str) -> str:
    return f"/accounting/account/{_segment(account_id)}"


def _callbacks(account_id: str) -> str:
    return f"/events/account/{_segment(account_id)}/events/callbacks"


def _segment(value: str) -> str:
    return quote(value, safe="")
