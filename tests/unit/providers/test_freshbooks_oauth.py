"""The rotating pair: one refresh at a time, committed before use, never a spent token again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from duebell.domain.connections import StoredPair
from duebell.domain.failures import (
    ConnectionLost,
    CredentialsRefused,
    LedgerUnavailable,
    RequestRefused,
    Throttled,
    TryAgain,
)
from duebell.providers.freshbooks.grants import Grants, Spent
from duebell.providers.freshbooks.oauth import AccessTokens
from duebell.providers.http import open_client
from tests.unit.providers.stores import MemoryStore

API = "https://api.freshbooks.com"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Answer = httpx.Response | httpx.TransportError


@dataclass
class TokenEndpoint:
    """Answers as scripted; without a script, a new pair that follows the token sent."""

    script: list[Answer] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)
    when_asked: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content))
        if self.when_asked is not None:
            await self.when_asked()
        await asyncio.sleep(0)
        answer = self.script.pop(0) if self.script else a_pair(len(self.sent) + 1)
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    @property
    def spent(self) -> list[str]:
        return [body.get("refresh_token", "") for body in self.sent]


@dataclass
class Bench:
    """A store, an endpoint and as many processes as wanted."""

    store: MemoryStore
    endpoint: TokenEndpoint
    http: httpx.AsyncClient
    time: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def process(self, owner: str = "worker-1") -> AccessTokens:
        return AccessTokens(
            self.store,
            self.http,
            "client-id",
            "client-secret",
            "https://firm.example/oauth",
            now=lambda: self.time,
            sleep=self.sleep,
            owner=owner,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def a_pair(number: int, **changes: object) -> httpx.Response:
    """A token answer of twelve hours, numbered."""
    body = {
        "access_token": f"access-{number}",
        "refresh_token": f"refresh-{number}",
        "created_at": int(NOW.timestamp()),
        "expires_in": 43200,
    }
    return httpx.Response(200, json={**body, **changes})


def stored(generation: int = 1, hours: float = -1, access: str | None = "") -> StoredPair:
    """A stored pair that expires in some hours; by default it is expired."""
    name = f"access-{generation}" if access == "" else access
    expires_at = NOW + timedelta(hours=hours)
    return StoredPair(generation, name, f"refresh-{generation}", expires_at)


INVALID_GRANT = httpx.Response(400, json={"error": "invalid_grant", "error_description": "spent"})


@asynccontextmanager
async def bench(pair: StoredPair | None, *script: Answer) -> AsyncIterator[Bench]:
    endpoint = TokenEndpoint(list(script))
    with respx.mock(base_url=API, assert_all_called=False) as router:
        router.post("/auth/oauth/token").mock(side_effect=endpoint)
        async with open_client(API) as http:
            yield Bench(MemoryStore(pair), endpoint, http)


def test_a_good_token_is_used_as_it_is() -> None:
    """A stored token that is good for a while costs no request."""

    async def story() -> None:
        async with bench(stored(hours=1)) as at:
            tokens = at.process()

            assert [await tokens.current() for _ in range(2)] == ["access-1", "access-1"]
            assert at.endpoint.sent == []

    asyncio.run(story())


def test_an_expired_token_is_refreshed_and_committed() -> None:
    """A refresh sends all that FreshBooks wants, and its pair is in the store before it is used."""

    async def story() -> None:
        async with bench(stored()) as at:
            access = await at.process().current()

            assert access == "access-2"
            assert at.store.commits[0].refresh == "refresh-2"
            assert at.endpoint.sent == [
                {
                    "grant_type": "refresh_token",
                    "refresh_token": "refresh-1",
                    "client_id": "client-id",
                    "client_secret": "client-secret",
                    "redirect_uri": "https://firm.example/oauth",
                }
            ]

    asyncio.run(story())


def test_a_token_is_renewed_a_minute_early() -> None:
    """Sixty seconds before it expires a token is no longer handed out."""

    async def story() -> None:
        async with bench(stored(hours=1)) as at:
            tokens = at.process()
            await tokens.current()

            at.time = NOW + timedelta(minutes=59)

            assert await tokens.current() == "access-2"

    asyncio.run(story())


def test_a_seeded_pair_is_refreshed_first() -> None:
    """A pair without an access token is exchanged at the first need."""

    async def story() -> None:
        async with bench(stored(access=None)) as at:
            assert await at.process().current() == "access-2"

    asyncio.run(story())


def test_many_callers_one_refresh() -> None:
    """However many calls need a token at once, the refresh token is sent once."""

    async def story() -> None:
        async with bench(stored()) as at:
            tokens = at.process()

            got = await asyncio.gather(*(tokens.current() for _ in range(50)))

            assert {"access-2"} == set(got)
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_two_processes_one_refresh() -> None:
    """Of two processes on one store one refreshes; the other waits and takes its pair."""

    async def story() -> None:
        async with bench(stored()) as at:
            processes = [at.process("worker-1"), at.process("worker-2")]

            got = await asyncio.gather(*(tokens.current() for tokens in processes))

            assert got == ["access-2", "access-2"]
            assert at.endpoint.spent == ["refresh-1"]
            assert at.slept != []

    asyncio.run(story())


def test_waiting_for_another_process_ends() -> None:
    """A claim that never ends makes a call fail after a while, and it sends nothing itself."""

    async def story() -> None:
        async with bench(stored()) as at:
            at.store.holder = "worker-2"

            with pytest.raises(TryAgain, match="Another process"):
                await at.process().current()

            assert pytest.approx(sum(at.slept)) == 60
            assert at.endpoint.sent == []

    asyncio.run(story())


def test_a_refused_token_is_replaced_once() -> None:
    """All calls that were refused the same token share one refresh."""

    async def story() -> None:
        async with bench(stored(hours=1)) as at:
            tokens = at.process()
            refused = await tokens.current()

            got = await asyncio.gather(*(tokens.renew(refused) for _ in range(10)))

            assert {"access-2"} == set(got)
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_a_refused_token_may_have_a_successor_already() -> None:
    """Where another process has refreshed meanwhile, its token is used and none is spent."""

    async def story() -> None:
        async with bench(stored(hours=1)) as at:
            tokens = at.process()
            refused = await tokens.current()
            at.store.pair = stored(generation=2, hours=12)

            assert await tokens.renew(refused) == "access-2"
            assert at.endpoint.sent == []

    asyncio.run(story())


def test_a_brand_new_token_that_is_refused_is_no_reason_to_spin() -> None:
    """A token refused right after its refresh is the credentials' fault; later it is not."""

    async def story() -> None:
        async with bench(stored()) as at:
            tokens = at.process()
            fresh = await tokens.current()

            with pytest.raises(CredentialsRefused):
                await tokens.renew(fresh)
            at.time += timedelta(minutes=2)

            assert await tokens.renew(fresh) == "access-3"
            assert at.endpoint.spent == ["refresh-1", "refresh-2"]

    asyncio.run(story())


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError("dropped"),
        httpx.ConnectError("refused"),
        httpx.Response(502, html="<html>Bad Gateway</html>"),
        httpx.Response(200, html="<html>hotel</html>"),
        httpx.Response(200, json={"access_token": "half"}),
    ],
)
def test_after_a_lost_answer_only_a_later_call_tries_again(answer: Answer) -> None:
    """A lost answer ends the call at once; the claim is free, and the next call asks once more."""

    async def story() -> None:
        async with bench(stored(), answer) as at:
            tokens = at.process()

            with pytest.raises(TryAgain):
                await tokens.current()

            assert at.endpoint.spent == ["refresh-1"]
            assert at.store.holder is None
            assert await tokens.current() == "access-3"
            assert at.endpoint.spent == ["refresh-1", "refresh-1"]

    asyncio.run(story())


def test_after_a_lost_answer_the_store_is_read_first() -> None:
    """Where the store has another pair by then, that one is used."""

    async def story() -> None:
        async with bench(stored(), httpx.ReadTimeout("")) as at:

            async def someone_else() -> None:
                at.store.pair = stored(generation=2, hours=12)

            at.endpoint.when_asked = someone_else

            assert await at.process().current() == "access-2"
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_invalid_grant_with_a_winner() -> None:
    """A spent token is no loss where another process has stored what follows it."""

    async def story() -> None:
        async with bench(stored(), INVALID_GRANT) as at:

            async def someone_else() -> None:
                at.store.pair = stored(generation=2, hours=12)

            at.endpoint.when_asked = someone_else

            assert await at.process().current() == "access-2"
            assert at.store.pair is not None
            assert at.store.pair.lost_reason is None

    asyncio.run(story())


def test_invalid_grant_without_a_winner() -> None:
    """A spent token without a successor is the end: stored, said plainly, and never sent again."""

    async def story() -> None:
        async with bench(stored(), INVALID_GRANT) as at:
            tokens = at.process()

            for process in (tokens, tokens, at.process("worker-2")):
                with pytest.raises(ConnectionLost, match="duebell connect freshbooks"):
                    await process.current()

            assert at.endpoint.spent == ["refresh-1"]
            assert at.store.holder is None

    asyncio.run(story())


def test_never_connected() -> None:
    """Without any pair the operator is told what to run."""

    async def story() -> None:
        async with bench(None) as at:
            with pytest.raises(ConnectionLost, match="duebell connect freshbooks"):
                await at.process().current()

    asyncio.run(story())


def test_a_lost_compare_and_set_gives_way() -> None:
    """Where another pair was stored while we asked, that one counts and ours is not used."""

    async def story() -> None:
        async with bench(stored()) as at:
            at.store.before_commit = StoredPair(
                2, "access-9", "refresh-9", NOW + timedelta(hours=12)
            )

            assert await at.process().current() == "access-9"
            assert at.store.commits == []
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_a_store_that_is_shut_for_a_moment_is_tried_again() -> None:
    """The only copy of a new pair is worth some patience."""

    async def story() -> None:
        async with bench(stored()) as at:
            at.store.shut_for = 3

            assert await at.process().current() == "access-2"
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_a_store_that_stays_shut_does_not_cost_the_connection() -> None:
    """A pair that could not be stored is not used, but stored by a later call without a request,
    even where another process has found the old token spent meanwhile."""

    async def story() -> None:
        async with bench(stored()) as at:
            tokens = at.process()
            at.store.shut_for = 4

            with pytest.raises(LedgerUnavailable):
                await tokens.current()
            await at.store.mark_lost(1, "spent")

            assert await tokens.current() == "access-2"
            assert at.endpoint.spent == ["refresh-1"]
            assert [pair.refresh for pair in at.store.commits] == ["refresh-2"]

    asyncio.run(story())


def test_a_cancelled_caller_does_not_cost_the_connection() -> None:
    """A caller that is cancelled while FreshBooks answers leaves the refresh to finish."""

    async def story() -> None:
        async with bench(stored()) as at:
            asked, answer = asyncio.Event(), asyncio.Event()

            async def hold() -> None:
                asked.set()
                await answer.wait()

            at.endpoint.when_asked = hold
            tokens = at.process()
            caller = asyncio.ensure_future(tokens.current())
            await asked.wait()

            caller.cancel()
            answer.set()

            with pytest.raises(asyncio.CancelledError):
                await caller
            assert await tokens.current() == "access-2"
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), CredentialsRefused),
        (httpx.Response(400, json={"error": "unauthorized_client"}), CredentialsRefused),
        (httpx.Response(400, json={"error": "invalid_request"}), RequestRefused),
        (httpx.Response(429, headers={"Retry-After": "5"}), Throttled),
    ],
)
def test_other_refusals_leave_the_token_as_it_was(
    answer: httpx.Response, raised: type[Exception]
) -> None:
    """An answer that is about something else frees the claim and marks nothing lost."""

    async def story() -> None:
        async with bench(stored(), answer) as at:
            tokens = at.process()

            with pytest.raises(raised):
                await tokens.current()

            assert at.store.holder is None
            assert await tokens.current() == "access-3"

    asyncio.run(story())


def test_short_lived_tokens_are_handed_out_all_the_same() -> None:
    """A token that lives less than a minute is used once instead of being refreshed for ever."""

    async def story() -> None:
        async with bench(stored(), a_pair(2, expires_in=5)) as at:
            assert await at.process().current() == "access-2"
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_a_code_becomes_the_first_pair() -> None:
    """The browser's code is exchanged once; a used one is said to be spent."""

    async def story() -> None:
        async with bench(None, a_pair(1), INVALID_GRANT) as at:
            grants = Grants(at.http, "id", "secret", "https://firm.example/o", now=lambda: NOW)

            pair = await grants.exchange_code("code-1")

            assert pair.refresh == "refresh-1"
            assert at.endpoint.sent[0]["grant_type"] == "authorization_code"
            with pytest.raises(Spent):
                await grants.exchange_code("code-1")

    asyncio.run(story())


def test_the_granted_scope_comes_with_the_pair() -> None:
    """What FreshBooks granted is kept as it wrote it; an answer may leave it out."""

    async def story() -> None:
        scoped = a_pair(1, scope="user:profile:read user:bills:read")
        async with bench(None, scoped, a_pair(2)) as at:
            grants = Grants(at.http, "id", "secret", "https://firm.example/o", now=lambda: NOW)

            first = await grants.exchange_code("code-1")
            second = await grants.refresh("refresh-1")

            assert "user:profile:read user:bills:read" == first.scope
            assert "" == second.scope

    asyncio.run(story())


def test_a_connection_made_anew_is_picked_up() -> None:
    """Half a minute after a person has connected anew, a running process uses the new pair."""

    async def story() -> None:
        async with bench(stored(hours=12)) as at:
            tokens = at.process()
            await tokens.current()
            at.store.pair = stored(generation=2, hours=12)
            at.time += timedelta(seconds=29)
            before = await tokens.current()
            at.time += timedelta(seconds=1)

            after = await tokens.current()

            assert ["access-1", "access-2"] == [before, after]
            assert at.endpoint.sent == []

    asyncio.run(story())


def test_a_good_token_outlives_a_store_that_is_shut() -> None:
    """Looking for a newer pair never costs the token that is at hand."""

    async def story() -> None:
        async with bench(stored(hours=12)) as at:
            tokens = at.process()
            await tokens.current()
            at.store.reads_fail = True
            at.time += timedelta(minutes=5)

            assert "access-1" == await tokens.current()

    asyncio.run(story())


def test_the_schedule_renews_well_before_the_end() -> None:
    """With less than an hour left the schedule renews, once; with more it asks for nothing."""

    async def story() -> None:
        begun = replace(stored(hours=12), renewed_at=NOW)
        async with bench(begun) as at:
            tokens = at.process()

            fresh = []
            for minutes in (0, 11 * 60 - 1, 11 * 60, 11 * 60 + 1):
                at.time = NOW + timedelta(minutes=minutes)
                at.endpoint.script = [a_pair(2, created_at=int(at.time.timestamp()))]
                fresh.append(await tokens.keep_fresh())

            assert fresh == ["access-1", "access-1", "access-2", "access-2"]
            assert at.endpoint.spent == ["refresh-1"]

    asyncio.run(story())


def test_a_short_life_is_not_spent_on_renewals() -> None:
    """A token that lives for minutes alone is renewed by the schedule when half of it is over."""

    async def story() -> None:
        begun = replace(stored(hours=0.5), renewed_at=NOW)
        async with bench(begun) as at:
            tokens = at.process()
            early = await tokens.keep_fresh()

            at.time = NOW + timedelta(minutes=16)
            late = await tokens.keep_fresh()

            assert (early, late) == ("access-1", "access-2")

    asyncio.run(story())
