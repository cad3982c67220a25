"""The Twilio SDK's HTTP client on httpx, which remembers how far a request came.

The SDK's own async client has no timeout and, asked to retry, repeats POSTs after a 5xx; its
exceptions have no headers. This one bounds the time, repeats nothing and keeps the answer.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import cycle

import httpx
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from duebell.providers.http import CONNECTIONS_PER_CLIENT
from duebell.providers.unreached import why_unreached

_logger = logging.getLogger(__name__)

#: Raised before a byte of the request was written. A proxy's refusal is one: TLS goes through it
#: in a tunnel that then was never opened.
_BEFORE_WRITING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class RequestFailed(Exception):
    """No answer. ``is_unwritten`` says that nothing of the request can have reached Twilio."""

    def __init__(self, why: str, *, is_unwritten: bool) -> None:
        super().__init__(why)
        self.why = why
        self.is_unwritten = is_unwritten


#: The answers of the calls that the current task makes; the SDK's exceptions drop the headers.
answers: ContextVar[list[Answer] | None] = ContextVar("answers", default=None)


class _Lane:
    """A client and the turns on it: no request ever waits inside httpx."""

    __slots__ = ("client", "turns")

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.turns = asyncio.Semaphore(CONNECTIONS_PER_CLIENT)


class HttpxTransport(AsyncHttpClient):  # type: ignore[misc]
    """The SDK's transport over one or more httpx clients, used in rotation.

    ``total_seconds`` bounds a request as a whole, from its turn on.
    """

    def __init__(
        self, http: httpx.AsyncClient | Sequence[httpx.AsyncClient], *, total_seconds: float = 30.0
    ) -> None:
        super().__init__(_logger, True, total_seconds)
        clients = (http,) if isinstance(http, httpx.AsyncClient) else tuple(http)
        self._clients = clients
        self._lanes = cycle([_Lane(client) for client in clients])
        self._total_seconds = total_seconds
        self._credentials: dict[tuple[str, str], str] = {}

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request, once, and return the answer in the SDK's form.

        Raises:
            RequestFailed: no answer came.
        """
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = self._basic(auth)
        answer = await self._exchange(
            method, uri, params, data, sent, timeout or self._total_seconds
        )
        if (kept := answers.get()) is not None:
            kept.append(answer)
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    async def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            await client.aclose()

    async def _exchange(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None,
        data: Mapping[str, object] | None,
        headers: dict[str, str],
        seconds: float,
    ) -> Answer:
        lane = next(self._lanes)
        async with lane.turns:
            try:
                async with asyncio.timeout(seconds):
                    response = await lane.client.request(
                        method,
                        url,
                        params=params or None,  # type: ignore[arg-type]
                        data=data or None,
                        headers=headers,
                    )
            except _BEFORE_WRITING as error:
                raise RequestFailed(why_unreached(error), is_unwritten=True) from None
            except (httpx.HTTPError, OSError) as error:  # TimeoutError is an OSError
                raise RequestFailed(why_unreached(error), is_unwritten=False) from None
        return Answer(response.status_code, response.headers, response.content)

    def _basic(self, auth: tuple[str, str]) -> str:
        known = self._credentials.get(auth)
        if known is None:
            token = base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode("ascii")
            known = self._credentials[auth] = f"Basic {token}"
        return known
