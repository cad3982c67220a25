"""Single calls to FreshBooks' token endpoint, with what each answer proves about the token sent.

https://www.freshbooks.com/api/authentication. Nothing is repeated here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from duebell.domain.connections import TokenPair
from duebell.domain.failures import CredentialsRefused, ProviderError, RequestRefused, TryAgain
from duebell.providers.freshbooks import wire
from duebell.providers.unreached import why_unreached

ENDPOINT = "/auth/oauth/token"


#: Shorter than the time for which one process may be busy refreshing.
ANSWER_SECONDS = 30.0


class Spent(ProviderError):
    """FreshBooks does not accept this code or refresh token: used, replaced or revoked."""


class Unanswered(TryAgain):
    """FreshBooks may or may not have taken the token; its answer did not come."""


class Grants:
    """Exchanges codes and refresh tokens for pairs. ``http``'s base URL is the API's."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._application = {
            "client_id": client_id,
            "client_secret": client_secret,
            "redirect_uri": redirect_uri,
        }
        self._now = now

    async def refresh(self, token: str) -> TokenPair:
        """Spend a refresh token.

        Raises:
            Spent: it was spent or replaced before.
            Unanswered: nobody can tell whether it is spent now.
            CredentialsRefused: FreshBooks does not know this application or its secret.
            ProviderError: anything else that FreshBooks says, which leaves the token as it was.
        """
        return await self._ask({"grant_type": "refresh_token", "refresh_token": token})

    async def exchange_code(self, code: str) -> TokenPair:
        """Turn the code that the browser brought back into the first pair; raises as above."""
        return await self._ask({"grant_type": "authorization_code", "code": code})

    async def _ask(self, grant: Mapping[str, str]) -> TokenPair:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._http.post(ENDPOINT, json={**grant, **self._application})
        except (httpx.RequestError, TimeoutError) as error:
            why = why_unreached(error)
            raise Unanswered(f"FreshBooks' answer to a token request is lost: {why}.") from None
        if response.status_code == 200:
            return self._pair(response.content)
        raise _failure(response)

    def _pair(self, body: bytes) -> TokenPair:
        payload = wire.read_json(body)
        try:
            return wire.token_pair_from(
                payload if isinstance(payload, Mapping) else {}, self._now()
            )
        except RequestRefused as unreadable:
            raise Unanswered(str(unreadable)) from None


def _failure(response: httpx.Response) -> ProviderError:
    status, body = response.status_code, response.content
    word = wire.oauth_error(body)
    if word == "invalid_grant":
        return Spent()
    if word in ("invalid_client", "unauthorized_client"):
        return CredentialsRefused(
            "FreshBooks does not accept the application's client id and secret."
        )
    failure = wire.failure_from(status, response.headers, body)
    if status >= 500:
        return Unanswered(str(failure))
    return failure
