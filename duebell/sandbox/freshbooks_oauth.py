"""FreshBooks' token endpoint: codes and refresh tokens that work once, and revocation.

https://www.freshbooks.com/api/authentication
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Call, DropConnection, html_answer, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.saving import Saver
from duebell.sandbox.scenarios import FRESHBOOKS
from duebell.sandbox.state import DEFAULT_SCOPE, Code, State

CODE_SECONDS = 300

_LOST, _UNAVAILABLE = frozenset({"token-answer-lost"}), frozenset({"token-502"})


def _oauth_error(status: int, error: str, description: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description})


def _sent(call: Call) -> dict[str, Any]:
    is_json = call.header(b"content-type").startswith("application/json")
    return call.json() if is_json else dict(call.form())


class FreshBooksOAuth:
    """Gives out tokens: ``/auth/oauth/token`` and ``/auth/oauth/revoke``."""

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

    def create_code(self, scope: str = DEFAULT_SCOPE, redirect_uri: str = "") -> str:
        """A code as the browser would bring it back after a person agreed."""
        code = self._new_token()
        ends_at = self._now().timestamp() + CODE_SECONDS
        self._state.tokens.codes[code] = Code(ends_at, scope, redirect_uri)
        self._saver.note_change()
        return code

    def grant(self, call: Call) -> Answer:
        """Answer a request for a token pair."""
        if self._faults.take(FRESHBOOKS, _UNAVAILABLE):
            return html_answer(502, "502 Bad Gateway")
        sent = _sent(call)
        if "grant_type" not in sent:
            return _oauth_error(400, "invalid_request", "Missing required parameter: grant_type.")
        ours = (credentials.CLIENT_ID, credentials.CLIENT_SECRET)
        if (sent.get("client_id"), sent.get("client_secret")) != ours:
            return _oauth_error(401, "invalid_client", "Client authentication failed.")
        if sent["grant_type"] == "refresh_token":
            return self._refresh(sent)
        if sent["grant_type"] == "authorization_code":
            return self._redeem(sent)
        return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")

    def revoke(self, call: Call) -> Answer:
        """Make an access token or the refresh token void."""
        token = str(_sent(call).get("token"))
        tokens = self._state.tokens
        tokens.access.pop(token, None)
        if token == tokens.refresh:
            tokens.spent.append(token)
            tokens.refresh = ""
        self._saver.save_now()
        return json_answer(200, {})

    def _refresh(self, sent: dict[str, Any]) -> Answer:
        tokens, token = self._state.tokens, str(sent.get("refresh_token"))
        if self._state.tunables.refresh_needs_redirect_uri and not sent.get("redirect_uri"):
            message = "Missing required parameter: redirect_uri."
            return _oauth_error(400, "invalid_request", message)
        if not tokens.refresh or token != tokens.refresh:
            word = "spent" if token in tokens.spent else "unknown"
            self._state.count(f"freshbooks.refused_{word}_refresh_tokens")
            return _oauth_error(400, "invalid_grant", "The provided refresh token is invalid.")
        self._state.count("freshbooks.refreshes")
        return self._issue(tokens.scope)

    def _redeem(self, sent: dict[str, Any]) -> Answer:
        # Whatever becomes of the request, the code is spent.
        code = self._state.tokens.codes.pop(str(sent.get("code")), None)
        self._saver.note_change()
        if code is None or code.ends_at <= self._now().timestamp():
            return _oauth_error(400, "invalid_grant", "The provided code is invalid or expired.")
        if code.redirect_uri and sent.get("redirect_uri") != code.redirect_uri:
            message = "The redirect URI does not match that of the authorization request."
            return _oauth_error(400, "invalid_grant", message)
        self._state.count("freshbooks.codes_redeemed")
        return self._issue(code.scope)

    def _issue(self, scope: str) -> Answer:
        # Any new pair kills the refresh token before it: one is alive per person and application.
        tokens, created_at = self._state.tokens, int(self._now().timestamp())
        lasts = self._state.tunables.expires_in
        tokens.spent.append(tokens.refresh)
        tokens.refresh, access = self._new_token(), f"sandbox.{self._new_token()}"
        tokens.scope = scope
        tokens.access = {key: end for key, end in tokens.access.items() if end > created_at}
        tokens.access[access] = created_at + lasts
        tokens.access_scopes = {key: tokens.access_scopes.get(key, scope) for key in tokens.access}
        self._saver.save_now()
        if self._faults.take(FRESHBOOKS, _LOST):
            raise DropConnection
        return json_answer(200, self._pair(access, lasts, created_at))

    def _pair(self, access: str, lasts: int, created_at: int) -> dict[str, Any]:
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": lasts,
            "created_at": created_at,
            "refresh_token": self._state.tokens.refresh,
            "scope": self._state.tokens.scope,
            "direct_buy_tokens": {},
        }

    def _new_token(self) -> str:
        return f"{self._rng.getrandbits(256):064x}"
