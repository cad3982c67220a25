"""The connection to FreshBooks: kept by all processes together, and told when it is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from duebell.domain.failures import ConnectionLost, TryAgain
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import Sealer
from duebell.providers.freshbooks.oauth import AccessTokens
from duebell.providers.http import open_client
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.integration.services.desk import Desk
from tests.integration.services.refreshing_process import Order
from tests.ledger_scenes import column, rows, run
from tests.sandbox.program import ROOT

#: So short that a token is renewed for every call.
AT_ONCE = 60
#: Longer than a process that died may hold up the others.
LATER = 41.0
KEY = Fernet.generate_key().decode()

Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A ledger that several processes share, with the first refresh token."""
    ledger = Ledger(ledger_url, Sealer(KEY))
    run(ledger.seed_connection(credentials.REFRESH_TOKEN))
    yield ledger
    ledger.close()


@pytest.fixture
def begin(ledger: Ledger, ledger_url: str, sandbox: SandboxControl) -> Begin:
    """Starts a process that needs tokens."""

    def start(owner: str, **order: Any) -> subprocess.Popen[str]:
        wish = Order(ledger_url, KEY, sandbox.base_url, owner, **order)
        program = [sys.executable, "-m", "tests.integration.services.refreshing_process"]
        return subprocess.Popen(
            [*program, json.dumps(asdict(wish))], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )

    return start


def ended(*processes: subprocess.Popen[str]) -> list[tuple[str, int]]:
    """What processes said at their end, and their exit codes."""
    said = [process.communicate(timeout=60)[0].strip() for process in processes]
    return [(word, process.returncode) for word, process in zip(said, processes, strict=True)]


def own_signals(ledger: Ledger) -> list[tuple[str, str]]:
    """What people are told of."""
    found = rows(ledger, "select event, object_id from signals where source = 'own' order by id")
    return [(row[0], row[1]) for row in found]


def spent_tokens(sandbox: SandboxControl) -> int:
    """How often FreshBooks was sent a refresh token that had been used."""
    return sandbox.stats().get("freshbooks.refused_spent_refresh_tokens", 0)


def test_many_that_ask_are_one_rotation(begin: Begin, sandbox: SandboxControl) -> None:
    """Three processes with ten callers each, all without a token, spend one refresh token."""
    said = ended(*(begin(f"worker-{number}", callers=10) for number in range(3)))

    assert [("good", 0)] * 3 == said
    assert (1, 0) == (sandbox.stats()["freshbooks.refreshes"], spent_tokens(sandbox))


def test_two_processes_that_refresh_all_the_time(begin: Begin, sandbox: SandboxControl) -> None:
    """Two processes that each renew twelve times, at the same time, send no token twice."""
    sandbox.change_settings(expires_in=AT_ONCE)

    said = ended(*(begin(f"worker-{number}", rounds=12) for number in range(2)))

    assert [("good", 0)] * 2 == said
    assert (24, 0) == (sandbox.stats()["freshbooks.refreshes"], spent_tokens(sandbox))


def test_a_crash_between_answer_and_commit_is_told(
    begin: Begin, ledger: Ledger, sandbox: SandboxControl
) -> None:
    """The pair that died with its process cannot be saved: the next that asks has people told."""
    died = ended(begin("worker-1", dies=True))

    said = ended(begin("worker-2", ahead_seconds=LATER))

    assert ([("", -9)], [("lost", 0)]) == (died, said)
    assert [("connection.lost", "freshbooks:1")] == own_signals(ledger)
    assert "The connection to FreshBooks is lost" in run(ledger.readiness("http://x"))[0]
    assert 1 == spent_tokens(sandbox)


def test_after_a_crash_before_the_answer_all_is_well(
    begin: Begin, ledger: Ledger, sandbox: SandboxControl
) -> None:
    """A process that died holding the right to refresh holds up the others for a while only."""
    claimed = run(LedgerTokens(ledger, Sealer(KEY), utc_now).claim_refresh(1, "dead-worker"))

    said = ended(begin("worker-2", ahead_seconds=LATER))

    assert (True, [("good", 0)], []) == (claimed, said, own_signals(ledger))
    assert 0 == spent_tokens(sandbox)


# -- one process


def revoke(desk: Desk) -> None:
    """A connection that works; an hour later a person takes the consent back at FreshBooks."""
    desk.run(desk.runtime.books.businesses())
    desk.later(hours=1)
    pair = desk.run(LedgerTokens(desk.ledger, desk.place.sealer, desk.clock).read())
    assert pair is not None
    order = {"client_id": credentials.CLIENT_ID, "client_secret": credentials.CLIENT_SECRET}
    for token in (pair.access, pair.refresh):
        answer = httpx.post(
            f"{desk.sandbox.base_url}/auth/oauth/revoke", json={**order, "token": token}
        )
        answer.raise_for_status()


def asked(desk: Desk) -> dict[str, int]:
    """What FreshBooks was asked so far; the sandbox also counts our own looks at it."""
    found = desk.sandbox.stats().items()
    return {name: count for name, count in found if name != "requests._sandbox"}


def authorise(desk: Desk) -> str:
    """A person agrees in the browser, somewhere else; gives the refresh token of the new pair."""
    order = {
        "grant_type": "authorization_code",
        "client_id": credentials.CLIENT_ID,
        "client_secret": credentials.CLIENT_SECRET,
        "redirect_uri": "https://duebell.example/oauth",
        "code": desk.sandbox.create_code(),
    }
    answer = httpx.post(f"{desk.sandbox.base_url}/auth/oauth/token", json=order)
    token: str = answer.raise_for_status().json()["refresh_token"]
    return token


def test_a_revoked_connection_is_told_by_the_first_call(desk: Desk) -> None:
    """Whoever meets the refusal first has people told, and readiness says what to do."""
    revoke(desk)

    with pytest.raises(ConnectionLost):
        desk.run(desk.runtime.books.businesses())

    missing = desk.run(desk.ledger.readiness(desk.place.public_url))
    assert [("connection.lost", "freshbooks:2")] == own_signals(desk.ledger)
    assert "duebell connect freshbooks" in missing[0]


def test_a_lost_connection_asks_freshbooks_for_nothing(desk: Desk) -> None:
    """Nothing loops: further calls fail at once, without a request."""
    revoke(desk)
    with pytest.raises(ConnectionLost):
        desk.run(desk.runtime.books.businesses())
    before = asked(desk)

    for _ in range(10):
        with pytest.raises(ConnectionLost):
            desk.run(desk.runtime.books.businesses())
        with pytest.raises(ConnectionLost):
            desk.run(desk.runtime.books.keep_token_fresh())

    assert before == asked(desk)
    assert [1] == column(desk.ledger, "select deliveries from signals")


def test_a_connection_made_anew_is_taken_up(desk: Desk) -> None:
    """The same process goes on once somebody has connected again, and nothing more is told."""
    revoke(desk)
    with pytest.raises(ConnectionLost):
        desk.run(desk.runtime.books.businesses())
    desk.run(desk.ledger.seed_connection(authorise(desk)))

    found = desk.run(desk.runtime.books.businesses())

    assert [credentials.ACCOUNT_ID] == [one.account_id for one in found]
    assert 1 == len(own_signals(desk.ledger))


def test_an_authorisation_elsewhere_that_nobody_stored_is_told(desk: Desk) -> None:
    """Somebody who connects another installation as the same user ends this one's connection."""
    authorise(desk)

    with pytest.raises(ConnectionLost):
        desk.run(desk.runtime.books.keep_token_fresh())

    assert [("connection.lost", "freshbooks:1")] == own_signals(desk.ledger)
    assert 1 == spent_tokens(desk.sandbox)


def test_an_authorisation_in_the_middle_of_a_refresh_is_taken(desk: Desk) -> None:
    """A token that turns out to be spent is no loss where a person has stored a new pair since."""
    new_token = authorise(desk)

    async def connect_meanwhile(seconds: float) -> None:
        await desk.ledger.seed_connection(new_token)

    async def refresh() -> str:
        async with open_client(desk.sandbox.base_url) as http:
            store = LedgerTokens(desk.ledger, desk.place.sealer, desk.clock)
            tokens = AccessTokens(
                store,
                http,
                credentials.CLIENT_ID,
                credentials.CLIENT_SECRET,
                "https://duebell.example/oauth",
                now=desk.clock,
                sleep=connect_meanwhile,
                owner="worker-1",
            )
            return await tokens.current()

    access = desk.run(refresh())

    assert (True, []) == (access.startswith("sandbox."), own_signals(desk.ledger))


def test_a_lost_answer_is_told_when_it_is_certain(desk: Desk) -> None:
    """After a lost answer nobody can tell; the next call that is refused knows, and says so."""
    desk.sandbox.set_scenario("token-answer-lost", provider="freshbooks", count=1)
    with pytest.raises(TryAgain):
        desk.run(desk.runtime.books.keep_token_fresh())
    uncertain = own_signals(desk.ledger)

    with pytest.raises(ConnectionLost):
        desk.run(desk.runtime.books.keep_token_fresh())

    assert ([], [("connection.lost", "freshbooks:1")]) == (uncertain, own_signals(desk.ledger))
