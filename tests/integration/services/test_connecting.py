"""From a code to a pair in the ledger: what is stored, and when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import respx
from cryptography.fernet import Fernet

from duebell.connection.connecting import CodeRefused, Connected, connect
from duebell.connection.credentials import FreshBooksKeys
from duebell.domain.connections import StoredPair, TokenPair
from duebell.domain.failures import (
    ConfigurationError,
    CredentialsRefused,
    LedgerUnavailable,
    TryAgain,
)
from duebell.ledger.ledger import Ledger, LedgerTokens
from duebell.ledger.sealing import Sealer
from duebell.providers.http import open_client
from tests.ledger_scenes import START

API = "https://api.freshbooks.com"
KEYS = FreshBooksKeys("client", "secret", "https://duebell.example/oauth", "", ())
PAIR = {
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "created_at": int(START.timestamp()),
    "expires_in": 43200,
    "scope": "user:profile:read",
}


class PatientLedger(Ledger):
    """A ledger that is shut for the first so many tries."""

    shut_for = 0

    async def connect(self, pair: TokenPair, superseded: object = ()) -> int:
        """Store the pair, unless it is shut."""
        if self.shut_for:
            self.shut_for -= 1
            raise LedgerUnavailable
        return await super().connect(pair)


@dataclass
class Desk:
    """FreshBooks as scripted, and a ledger."""

    router: respx.MockRouter
    ledger: PatientLedger
    sealer: Sealer
    slept: list[float] = field(default_factory=list)

    def answer(self, token: httpx.Response | Exception, *identity: httpx.Response) -> None:
        """Answer the code, and the question whose businesses these are."""
        self.router.post("/auth/oauth/token").mock(side_effect=[token])
        self.router.get("/auth/api/v1/users/me").mock(side_effect=list(identity))

    def connect(self) -> Connected:
        """Connect with a code."""

        async def story() -> Connected:
            async with open_client(API) as http:
                return await connect(
                    http,
                    KEYS,
                    "c0de",
                    self.ledger,
                    [],
                    now=lambda: START,
                    jitter=lambda: 0.0,
                    sleep=self.sleep,
                )

        return asyncio.run(story())

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def stored(self) -> StoredPair | None:
        """What the ledger has."""
        return asyncio.run(LedgerTokens(self.ledger, self.sealer, lambda: START).read())


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Nobody is connected yet."""
    sealer = Sealer(Fernet.generate_key().decode())
    ledger = PatientLedger(sqlite_url, sealer, now=lambda: START)
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield Desk(router, ledger, sealer)
    ledger.close()


def an_identity(*accounts: str | None) -> httpx.Response:
    """Somebody with businesses that have these accounts."""
    memberships = [
        {"role": "owner", "business": {"id": 1, "name": "A firm", "account_id": account}}
        for account in accounts
    ]
    return httpx.Response(200, json={"response": {"business_memberships": memberships}})


def test_a_code_becomes_a_stored_pair(desk: Desk) -> None:
    """The pair is in the ledger, with its businesses at hand for the choice."""
    desk.answer(httpx.Response(200, json=PAIR), an_identity("a1", None, "a2"))

    connected = desk.connect()

    stored = desk.stored()
    assert stored is not None
    assert ("access-1", "refresh-1", "user:profile:read") == (
        stored.access,
        stored.refresh,
        stored.scope,
    )
    assert connected.businesses is not None
    assert ["a1", "a2"] == [one.account_id for one in connected.businesses]


def test_a_user_without_a_business_replaces_nobody(desk: Desk) -> None:
    """Who logged in with the wrong name is told, and the connection before stays as it was."""
    asyncio.run(desk.ledger.connect(TokenPair("access-0", "refresh-0", START)))
    desk.answer(httpx.Response(200, json=PAIR), an_identity(None))

    with pytest.raises(ConfigurationError, match="no business"):
        desk.connect()

    stored = desk.stored()
    assert stored is not None
    assert "refresh-0" == stored.refresh


@pytest.mark.parametrize("answer", [httpx.Response(500, html="oops"), httpx.Response(401)])
def test_a_pair_is_kept_where_freshbooks_tells_no_businesses(
    desk: Desk, answer: httpx.Response
) -> None:
    """The pair exists nowhere else, so it is stored although nothing else is known."""
    desk.answer(httpx.Response(200, json=PAIR), answer, answer, answer)

    connected = desk.connect()

    assert (None, True) == (connected.businesses, desk.stored() is not None)


def test_a_ledger_that_is_shut_for_a_moment_is_tried_again(desk: Desk) -> None:
    """A pair is worth some patience."""
    desk.answer(httpx.Response(200, json=PAIR), an_identity("a1"))
    desk.ledger.shut_for = 3

    desk.connect()

    assert (True, 3) == (desk.stored() is not None, len(desk.slept))


def test_a_ledger_that_stays_shut_is_told(desk: Desk) -> None:
    """After some tries it is told, because a new consent is the only mend."""
    desk.answer(httpx.Response(200, json=PAIR), an_identity("a1"))
    desk.ledger.shut_for = 100

    with pytest.raises(LedgerUnavailable):
        desk.connect()

    assert None is desk.stored()


@pytest.mark.parametrize(
    ("answer", "raised", "words"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), CodeRefused, "older than 5 minutes"),
        (httpx.ReadTimeout(""), CodeRefused, "was lost"),
        (httpx.Response(401, json={"error": "invalid_client"}), CredentialsRefused, "secret"),
        (httpx.Response(429), TryAgain, "429"),
    ],
)
def test_a_code_that_brings_nothing(
    desk: Desk, answer: httpx.Response | Exception, raised: type[Exception], words: str
) -> None:
    """A used code, a lost answer and a wrong secret are told apart; nothing is stored."""
    desk.answer(answer)

    with pytest.raises(raised, match=words):
        desk.connect()

    assert None is desk.stored()
