"""How FreshBooks is asked: with a token that is good, in turn, and again where that is safe.

What is asked is in ``client``; what the answers mean is in ``wire``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import httpx

from duebell.domain.failures import AccountInactive, ProviderError, Throttled, TryAgain
from duebell.providers.clients import Clients
from duebell.providers.freshbooks import wire
from duebell.providers.freshbooks.lanes import Lane, Sleep
from duebell.providers.unreached import why_unreached

TRIES = 3

#: Requests of all accounts at the same time, about.
CONNECTIONS = 8

#: Every token may read this, whatever its scopes and whatever the plan.
IDENTITY = "/auth/api/v1/users/me"

#: Worth asking again soon; a plain 500 rarely is.
_REPEATABLE = frozenset({502, 503, 504})
_FIRST_PAUSE_SECONDS = 0.5

Body = Mapping[str, Any] | None


class Tokens(Protocol):
    """Where access tokens come from; see :class:`~duebell.providers.freshbooks.oauth`."""

    async def current(self) -> str:
        """An access token that should be good."""
        ...

    async def renew(self, refused: str) -> str:
        """Another access token than the one that was refused."""
        ...

    async def keep_fresh(self) -> str:
        """An access token that is good for a good while."""
        ...


class Transport:
    """Requests of one connection. Every method raises :class:`ProviderError` kinds.

    The base URL of ``http`` is the API's; several clients are used as one. ``jitter`` gives a
    number in [0, 1). At most ``concurrency`` requests per account are in flight.
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
        self._clients = Clients(http)
        self._tokens = tokens
        self._sleep = sleep
        self._jitter = jitter
        self._concurrency = concurrency
        self._lanes: dict[str, Lane] = {}

    async def read(self, account_id: str, path: str, *, is_gated: bool = False) -> wire.Payload:
        """GET with a few tries. Reads alone may be repeated without a thought.

        ``is_gated`` says that a plan may lack what is asked for.
        """
        for attempt in range(1, TRIES + 1):
            pause = _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + self._jitter())
            try:
                response = await self._authorised("GET", account_id, path, None, is_gated)
                return _payload(response, is_gated)
            except Throttled as failure:
                # The pause is the account's and not only ours: the next try waits for it.
                self._lane(account_id).rest(max(pause, failure.retry_after or 0.0))
                if attempt == TRIES:
                    raise
            except _Passing:
                if attempt == TRIES:
                    raise
                await self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def write(self, method: str, account_id: str, path: str, body: Body) -> wire.Payload:
        """Change something, with one try: a lost answer does not say that nothing was done."""
        try:
            return _payload(await self._authorised(method, account_id, path, body))
        except Throttled as failure:
            self._lane(account_id).rest(failure.retry_after or _FIRST_PAUSE_SECONDS)
            raise

    async def keep_token_fresh(self) -> None:
        """Renew the access token well before it expires.

        Raises:
            ConnectionLost: a person has to connect again.
        """
        await self._tokens.keep_fresh()

    async def close(self) -> None:
        """Close the HTTP client; nothing can be asked afterwards."""
        for lane in self._lanes.values():
            lane.close()
        await self._clients.close()

    async def _authorised(
        self, method: str, account_id: str, path: str, body: Body, is_gated: bool = False
    ) -> httpx.Response:
        """Ask with the current token and, once, with another where that one is refused.

        A 401 is answered before anything is done, so that this is safe for writes too. Where the
        401 is not about the token, another one is not asked for: each ends the one before.
        """
        token = await self._tokens.current()
        response = await self._ask(method, account_id, path, body, token)
        if response.status_code != 401 or isinstance(_said(response), AccountInactive):
            return response
        if is_gated and await self._is_accepted(token):
            return response
        token = await self._tokens.renew(token)
        return await self._ask(method, account_id, path, body, token)

    async def _is_accepted(self, token: str) -> bool:
        """Whether FreshBooks takes this token elsewhere.

        Raises:
            TryAgain: it cannot be told now.
        """
        response = await self._ask("GET", "", IDENTITY, None, token)
        if response.status_code == 401:
            return False
        if isinstance(said := _said(response), TryAgain):
            raise said
        return True

    async def _ask(
        self, method: str, account_id: str, path: str, body: Body, token: str
    ) -> httpx.Response:
        async with self._lane(account_id).turn():
            try:
                with self._clients.least_busy() as http:
                    return await http.request(
                        method, path, json=body, headers={"Authorization": f"Bearer {token}"}
                    )
            except httpx.RequestError as error:
                raise _Passing(f"FreshBooks was not reached: {why_unreached(error)}.") from None

    def _lane(self, account_id: str) -> Lane:
        lane = self._lanes.get(account_id)
        if lane is None:
            lane = self._lanes[account_id] = Lane(self._concurrency, self._sleep)
        return lane


class _Passing(TryAgain):
    """FreshBooks is out of reach or out of order for the moment; soon it may not be."""


def _payload(response: httpx.Response, is_gated: bool = False) -> wire.Payload:
    """The answer's JSON object; nothing at all for an empty success.

    Raises:
        ProviderError: of the kind that the answer means.
    """
    said = _said(response, is_gated)
    if isinstance(said, ProviderError):
        raise said
    return said


def _said(response: httpx.Response, is_gated: bool = False) -> wire.Payload | ProviderError:
    """What an answer says: what was asked for, or the exception that its "no" means."""
    status, body = response.status_code, response.content
    # FreshBooks answers a deletion with nothing at all.
    if status == 204 or (status == 200 and not body):
        return {}
    payload = wire.read_json(body)
    if isinstance(payload, Mapping) and not wire.is_failure(status, payload):
        return payload
    failure = wire.failure_from(status, response.headers, body, is_gated=is_gated)
    if type(failure) is TryAgain and status in _REPEATABLE:
        return _Passing(str(failure))
    return failure
