"""FreshBooks' OAuth: tokens that rotate, who is calling, and what a bad token is told.

https://www.freshbooks.com/api/authentication
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import (
    Answer,
    Call,
    DropConnection,
    Header,
    Refusal,
    html_answer,
    json_answer,
)
from duebell.sandbox.faults import FRESHBOOKS, Faults
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State

CODE_SECONDS = 300
SCOPES = (
    "user:profile:read user:invoices:read user:payments:read user:clients:read user:bills:read "
    "user:bill_vendors:read user:expenses:read"
)

#: FreshBooks sends these with good answers too, so their presence means nothing.
RATE_HEADERS: tuple[Header, ...] = (
    (b"x-ratelimit-limit", b"600"),
    (b"x-ratelimit-remaining", b"596"),
    (b"retry-after", b"60"),
)

_FAULTS = frozenset({"401-once", "429", "500", "slow"})
_TOKEN_FAULTS = frozenset({"token-answer-lost"})


def unauthenticated(is_events: bool) -> Answer:
    """What a missing, unknown or expired access token gets; the events family has its own shape."""
    if is_events:
        message = "invalid_token: The request token failed to authenticate or validate."
        return json_answer(401, {"errno": 401, "message": message})
    message = "This action requires authentication to continue."
    return json_answer(401, {"error": "unauthenticated", "error_description": message})


def _oauth_error(status: int, error: str, description: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description})


class FreshBooksOAuth:
    """The token endpoint and the gate before every other call."""

    def __init__(
        self,
        state: State,
        faults: Faults,
        saver: Saver,
        now: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._state = state
        self._faults = faults
        self._saver = saver
        self._now = now
        self._rng = rng

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/auth``."""
        where = (call.method, "/".join(call.parts[1:]))
        if where == ("POST", "oauth/token"):
            return self._grant(call)
        if where == ("POST", "oauth/revoke"):
            return self._revoke(call)
        if where == ("GET", "api/v1/users/me"):
            await self.admit(call)
            return json_answer(200, {"response": self._identity()}, *RATE_HEADERS)
        return json_answer(404, {"message": "The requested resource was not found."})

    def create_code(self) -> str:
        """A code as the browser would bring it back after a person agreed."""
        code = self._new_token()
        self._state.tokens.codes[code] = self._now().timestamp() + CODE_SECONDS
        self._saver.note_change()
        return code

    async def admit(self, call: Call, is_events: bool = False) -> None:
        """Let a call with a good access token pass.

        Raises:
            Refusal: with FreshBooks' answer to a bad token, or that of an active scenario.
        """
        scheme, _, token = call.header(b"authorization").partition(" ")
        ends_at = self._state.tokens.access.get(token, 0)
        if scheme != "Bearer" or ends_at <= self._now().timestamp():
            self._state.count("freshbooks.refused_access_tokens")
            raise Refusal(unauthenticated(is_events))
        fault = self._faults.take(FRESHBOOKS, _FAULTS)
        if fault == "401-once":
            raise Refusal(unauthenticated(is_events))
        if fault == "429":
            body = {"message": "Rate limit exceeded."}
            raise Refusal(json_answer(429, body, (b"retry-after", b"1")))
        if fault == "500":
            raise Refusal(html_answer(500, "500 Internal Server Error"))
        if fault == "slow":
            await asyncio.sleep(self._state.tunables.slow_seconds)

    def _grant(self, call: Call) -> Answer:
        is_json = call.header(b"content-type").startswith("application/json")
        sent: dict[str, Any] = call.json() if is_json else call.form()
        if "grant_type" not in sent:
            return _oauth_error(400, "invalid_request", "Missing required parameter: grant_type.")
        ours = (credentials.CLIENT_ID, credentials.CLIENT_SECRET)
        if (sent.get("client_id"), sent.get("client_secret")) != ours:
            return _oauth_error(401, "invalid_client", "Client authentication failed.")
        if sent["grant_type"] == "refresh_token":
            return self._refresh(str(sent.get("refresh_token")))
        if sent["grant_type"] == "authorization_code":
            return self._redeem(str(sent.get("code")))
        return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")

    def _refresh(self, token: str) -> Answer:
        tokens = self._state.tokens
        if token != tokens.refresh:
            word = "spent" if token in tokens.spent else "unknown"
            self._state.count(f"freshbooks.refused_{word}_refresh_tokens")
            return _oauth_error(400, "invalid_grant", "The provided refresh token is invalid.")
        self._state.count("freshbooks.refreshes")
        return self._issue()

    def _redeem(self, code: str) -> Answer:
        if self._state.tokens.codes.pop(code, 0) <= self._now().timestamp():
            return _oauth_error(400, "invalid_grant", "The provided code is invalid or expired.")
        self._state.count("freshbooks.codes_redeemed")
        return self._issue()

    def _issue(self) -> Answer:
        # Any new pair kills the refresh token before it: one is alive per person and application.
        tokens, created_at = self._state.tokens, int(self._now().timestamp())
        lasts = self._state.tunables.expires_in
        tokens.spent.append(tokens.refresh)
        tokens.refresh, access = self._new_token(), f"sandbox.{self._new_token()}"
        tokens.access = {key: end for key, end in tokens.access.items() if end > created_at}
        tokens.access[access] = created_at + lasts
        self._saver.save_now()
        if self._faults.take(FRESHBOOKS, _TOKEN_FAULTS):
            raise DropConnection
        pair = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": lasts,
            "created_at": created_at,
            "refresh_token": tokens.refresh,
            "scope": SCOPES,
            "direct_buy_tokens": {},
        }
        return json_answer(200, pair)

    def _revoke(self, call: Call) -> Answer:
        is_json = call.header(b"content-type").startswith("application/json")
        token = str((call.json() if is_json else call.form()).get("token"))
        tokens = self._state.tokens
        tokens.access.pop(token, None)
        if token == tokens.refresh:
            tokens.spent.append(token)
            tokens.refresh = ""
        self._saver.save_now()
        return json_answer(200, {})

    def _new_token(self) -> str:
        return f"{self._rng.getrandbits(256):064x}"

    def _identity(self) -> dict[str, Any]:
        account, business = credentials.ACCOUNT_ID, credentials.BUSINESS_ID
        return {
            "id": 1234,
            "identity_id": 1234,
            "identity_uuid": "5a4db0c5-0000-4000-8000-000000001234",
            "first_name": "Dana",
            "last_name": "Harbor",
            "email": "dana@harborlane.example",
            "language": "en",
            "permissions": {account: {}},
            "subscription_statuses": {account: "active"},
            "business_memberships": [
                {"id": 140130, "role": "owner", "business": _business(business, account)},
                # A person may belong to a business of which they are merely a client.
                {"id": 140131, "role": "client", "business": _business(business + 1, None)},
            ],
            "roles": [{"id": 1968208, "role": "admin", "userid": 1, "accountid": account}],
        }


def _business(number: int, account: str | None) -> dict[str, Any]:
    return {
        "id": number,
        "business_uuid": f"5a4db0c5-0000-4000-8000-{number:012d}",
        "name": credentials.BUSINESS_NAME if account else "A supplier",
        "account_id": account,
        "timezone": credentials.TIME_ZONE,
        "date_format": "mm/dd/yyyy",
        "address": {"id": 76433, "city": "Chicago", "country": "United States"},
        "phone_number": {"id": 666111, "phone_number": "312-555-0199"},
        "business_clients": [],
    }
