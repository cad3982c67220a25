"""The gate before FreshBooks' calls: who is calling, how often, with which scopes, and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from duebell.sandbox.exchange import Answer, Call, Header, Refusal, html_answer, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.freshbooks_errors import BooksError, Family, forbidden, unauthenticated
from duebell.sandbox.scenarios import FRESHBOOKS
from duebell.sandbox.state import State

#: What is said of the rate while the sandbox has no limit; the numbers were seen in real answers.
_LIMIT, _REMAINING, _WINDOW_SECONDS = 600, 596, 60

_FAULTS = frozenset({"401-once", "429", "429-bare", "500", "502", "503", "slow"})
#: Those that only the accounting family has.
_BOOKS_FAULTS = _FAULTS | {"200-error"}
_INACTIVE = frozenset({"account-inactive"})
_PAGES = {
    "500": "500 Internal Server Error",
    "502": "502 Bad Gateway",
    "503": "503 Service Temporarily Unavailable",
}


class Gate:
    """Lets calls with a good access token pass."""

    def __init__(self, state: State, faults: Faults, now: Callable[[], datetime]) -> None:
        self._state = state
        self._faults = faults
        self._now = now
        #: Account -> the minute that is counted, and the calls in it.
        self._calls: dict[str, tuple[int, int]] = {}

    async def admit(self, call: Call, family: Family, account: str | None = None) -> str:
        """Let a call pass; gives the scopes of its token.

        Raises:
            Refusal: with FreshBooks' answer to a bad token, or that of an active scenario.
            BooksError: the same, where the accounting family has a shape of its own.
        """
        token = self._token(call, family)
        self._count_call(account)
        faults = _BOOKS_FAULTS if family == "accounting" else _FAULTS
        await self._strike(self._faults.take(FRESHBOOKS, faults, account), family)
        if account and self._faults.take(FRESHBOOKS, _INACTIVE, account):
            raise forbidden(family, "This account is inactive.", errno=1042)
        return self._state.tokens.access_scopes.get(token, "")

    def with_rate(self, answer: Answer, account: str | None = None) -> Answer:
        """An answer with the headers about the rate. Good answers have them too."""
        return answer._replace(headers=(*answer.headers, *self._rate_headers(account)))

    def forget_calls(self) -> None:
        """Begin to count anew."""
        self._calls.clear()

    def _token(self, call: Call, family: Family) -> str:
        scheme, _, token = call.header(b"authorization").partition(" ")
        ends_at = self._state.tokens.access.get(token, 0)
        if scheme != "Bearer" or ends_at <= self._now().timestamp():
            self._state.count("freshbooks.refused_access_tokens")
            raise unauthenticated(family)
        return token

    async def _strike(self, fault: str, family: Family) -> None:
        if fault == "401-once":
            raise unauthenticated(family)
        if fault in ("429", "429-bare"):
            raise Refusal(_too_many("1" if fault == "429" else ""))
        if fault in _PAGES:
            raise Refusal(html_answer(int(fault), _PAGES[fault]))
        if fault == "200-error":
            error = BooksError(200, 1004, "This is an error, whatever the status says.")
            raise Refusal(error.answer())
        if fault == "slow":
            await asyncio.sleep(self._state.tunables.slow_seconds)

    def _count_call(self, account: str | None) -> None:
        limit = self._state.tunables.rate_limit_per_minute
        if not limit or account is None:
            return
        at = int(self._now().timestamp())
        began, calls = self._window(account, at)
        if calls >= limit:
            self._state.count("freshbooks.429s")
            raise Refusal(_too_many(str(began + _WINDOW_SECONDS - at)))
        self._calls[account] = (began, calls + 1)

    def _window(self, account: str, at: int) -> tuple[int, int]:
        began, calls = self._calls.get(account, (at, 0))
        return (began, calls) if at < began + _WINDOW_SECONDS else (at, 0)

    def _rate_headers(self, account: str | None) -> tuple[Header, ...]:
        at, limit = int(self._now().timestamp()), self._state.tunables.rate_limit_per_minute
        began, remaining = at, _REMAINING
        if limit and account is not None:
            began, calls = self._window(account, at)
            remaining = limit - calls
        wait = began + _WINDOW_SECONDS - at
        values: dict[str, Any] = {
            "x-ratelimit-limit": limit or _LIMIT,
            "x-ratelimit-remaining": remaining,
            "x-ratelimit-reset": began + _WINDOW_SECONDS,
            "retry-after": wait,
        }
        return tuple((name.encode(), str(value).encode()) for name, value in values.items())


def _too_many(retry_after: str) -> Answer:
    headers = ((b"retry-after", retry_after.encode()),) if retry_after else ()
    return json_answer(429, {"message": "Rate limit exceeded."}, *headers)
