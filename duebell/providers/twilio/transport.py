"""The Twilio SDK's HTTP client on httpx, which remembers how far a request came.

The SDK's own async client has no timeout and, asked to retry, repeats POSTs after a 5xx; its
exceptions have no headers. This one bounds the time, repeats nothing and keeps the answer.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from contextvars import ContextVar

import httpx
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from duebell.providers.exchange import Answer, Exchange

_logger = logging.getLogger(__name__)

#: The answers of the calls that the current task makes; the SDK's exceptions drop the headers.
answers: ContextVar[list[Answer] | None] = ContextVar("answers", default=None)


class HttpxTransport(AsyncHttpClient):  # type: ignore[misc]
    """The SDK's transport over one or more httpx clients, used in rotation.

    ``total_seconds`` bounds a request as a whole, from its turn on.
    """

    def __init__(
        self, http: httpx.AsyncClient | Sequence[httpx.AsyncClient], *, total_seconds: float = 30.0
    ) -> None:
        super().__init__(_logger, True, total_seconds)
        self._exchange = Exchange(http, total_seconds=total_seconds)
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
        answer = await self._exchange.request(
            method, uri, headers=sent, params=params, data=data, seconds=timeout
        )
        if (kept := answers.get()) is not None:
            kept.append(answer)
        return Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    async def close(self) -> None:
        """Close the clients."""
        await self._exchange.close()

    def _basic(self, auth: tuple[str, str]) -> str:
        known = self._credentials.get(auth)
        if known is None:
            known = self._credentials[auth] = basic_authorization(*auth)
        return known


def basic_authorization(user: str, password: str) -> str:
    """The value of the header with which an API key or an account shows itself."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return f"Basic {token}"
