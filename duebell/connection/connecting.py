"""Connecting to FreshBooks: a code becomes a pair of tokens, and people choose what it is for.

The pair that a code brings exists nowhere else, and ends the one before it, so it is stored before
anybody is asked anything.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from duebell.connection.credentials import FreshBooksKeys
from duebell.domain.books import Business
from duebell.domain.connections import TokenPair
from duebell.domain.failures import (
    ConfigurationError,
    CredentialsRefused,
    LedgerUnavailable,
    ProviderError,
    RequestRefused,
)
from duebell.ledger.ledger import Ledger
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.freshbooks.consent import CODE_MINUTES
from duebell.providers.freshbooks.grants import Grants, Spent, Unanswered

#: How long FreshBooks may take to say whose businesses these are, before the pair is stored.
BUSINESSES_SECONDS = 15.0
STORE_PAUSES_SECONDS = (0.2, 1.0, 3.0, 10.0)


class CodeRefused(RequestRefused):
    """The code is used up; another consent brings another one."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What a consent brought; ``businesses`` is None where FreshBooks did not tell them."""

    pair: TokenPair
    businesses: tuple[Business, ...] | None


class _JustIssued:
    """The access token of a pair that is in nobody's store yet."""

    def __init__(self, pair: TokenPair) -> None:
        self._access = pair.access

    async def current(self) -> str:
        return self._access

    async def renew(self, refused: str) -> str:
        raise CredentialsRefused("FreshBooks refuses a token it has only just issued.")

    async def keep_fresh(self) -> str:
        return self._access


async def connect(
    http: httpx.AsyncClient,
    keys: FreshBooksKeys,
    code: str,
    ledger: Ledger,
    superseded: Sequence[str],
    *,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Connected:
    """Exchange a code and store what it brings, unless its user has no business.

    Raises:
        CodeRefused: the code is used or too old.
        ConfigurationError: the user who agreed has no business; nothing was stored.
        LedgerUnavailable: the ledger did not take the pair, which is lost now.
        ProviderError: FreshBooks refuses the application, or did not answer.
    """
    pair = await _exchange(http, keys, code, now)
    businesses = await _businesses(http, pair, jitter)
    if businesses == ():
        # Whoever was connected before stays connected: this was the wrong person.
        raise ConfigurationError(
            ["This FreshBooks user has no business: connect with the login of one who has."]
        )
    await _store(ledger, pair, superseded, sleep)
    return Connected(pair, businesses)


async def _exchange(
    http: httpx.AsyncClient, keys: FreshBooksKeys, code: str, now: Callable[[], datetime]
) -> TokenPair:
    grants = Grants(http, keys.client_id, keys.client_secret, keys.redirect_uri, now=now)
    try:
        return await grants.exchange_code(code)
    except (Spent, Unanswered) as failure:
        why = "FreshBooks' answer to it was lost"
        if isinstance(failure, Spent):
            why = f"it is used, or older than {CODE_MINUTES} minutes"
        raise CodeRefused(f"The code is no good any more: {why}.") from None


async def _businesses(
    http: httpx.AsyncClient, pair: TokenPair, jitter: Callable[[], float]
) -> tuple[Business, ...] | None:
    client = FreshBooksClient(http, _JustIssued(pair), jitter=jitter)
    try:
        async with asyncio.timeout(BUSINESSES_SECONDS):
            return tuple(await client.businesses())
    except (ProviderError, TimeoutError):
        return None


async def _store(
    ledger: Ledger,
    pair: TokenPair,
    superseded: Sequence[str],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    for pause in STORE_PAUSES_SECONDS:
        try:
            await ledger.connect(pair, superseded)
        except LedgerUnavailable:
            await sleep(pause)
        else:
            return
    await ledger.connect(pair, superseded)


def chosen_by_id(wanted: Sequence[str], businesses: Sequence[Business]) -> tuple[str, ...]:
    """The accounts that were named, which must be among the businesses.

    Raises:
        ConfigurationError: naming those that are not, and those there are.
    """
    known = [one.account_id for one in businesses]
    unknown = [account for account in wanted if account not in known]
    if unknown:
        fault = f"The connected user has no business with {', '.join(unknown)}: "
        raise ConfigurationError([f"{fault}there is {', '.join(map(in_words, businesses))}."])
    return tuple(dict.fromkeys(wanted))


def chosen_by_number(answer: str, businesses: Sequence[Business]) -> tuple[str, ...] | None:
    """The accounts of "1,3" or "all"; None where the answer is neither."""
    words = re.split(r"[\s,]+", answer.strip().lower().strip(","))
    if words == ["all"]:
        return tuple(one.account_id for one in businesses)
    places = [int(word) if word.isascii() and word.isdigit() else 0 for word in words]
    if not all(1 <= place <= len(businesses) for place in places):
        return None
    return tuple(dict.fromkeys(businesses[place - 1].account_id for place in places))


def in_words(business: Business) -> str:
    """A business as people are shown it."""
    return f"{business.name} ({business.account_id})"


def missing_scopes(needed: Sequence[str], granted: str) -> list[str]:
    """The scopes that are needed and were not granted; none where FreshBooks did not tell."""
    known = granted.split()
    return [scope for scope in needed if scope not in known] if known else []
