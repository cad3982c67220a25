"""FreshBooks' REST client against a scripted API: paths, tokens, tries and pauses."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
import respx

from duebell.domain.connections import Callback
from duebell.domain.failures import (
    ConnectionLost,
    CredentialsRefused,
    RecordGone,
    RequestRefused,
    Throttled,
    TryAgain,
)
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.http import open_client
from tests.contract.freshbooks_bench import API, Bench, FakeTokens, play
from tests.unit.providers.samples import sample

INVOICE = "/accounting/account/ACM123/invoices/invoices/987654"
CALLBACKS = "/events/account/ACM123/events/callbacks"
A_CALLBACK = {"callbackid": 7, "verified": False, "uri": "https://a.example/h", "event": "invoice"}
ONE = {"response": {"result": {"callback": A_CALLBACK}}}


def test_invoice() -> None:
    """An invoice is fetched by its account and number, with the bearer token."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(INVOICE).respond(json=sample("freshbooks/invoice.json"))

        invoice = await at.client.invoice("ACM123", "987654")

        assert invoice.number == "20240115"
        assert route.calls.last.request.headers["Authorization"] == "Bearer token-0"

    play(story)


def test_client_and_businesses() -> None:
    """Clients and the login's firms are fetched from their own paths."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get("/accounting/account/ACM123/users/clients/12345").respond(
            json=sample("freshbooks/client.json")
        )
        api.get("/auth/api/v1/users/me").respond(json=sample("freshbooks/users_me.json"))

        client = await at.client.client("ACM123", "12345")
        businesses = await at.client.businesses()

        assert client.name == "American Cyanamid"
        assert [business.account_id for business in businesses] == ["ABC123", "ABC124"]

    play(story)


def test_ids_cannot_leave_their_place_in_the_path() -> None:
    """An id with a slash stays one segment."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(url__regex=r".*").respond(
            404, json={"response": {"errors": [{"errno": 1012}]}}
        )

        with pytest.raises(RecordGone):
            await at.client.invoice("ACM123", "../../1?x")

        assert b"/invoices/invoices/..%2F..%2F1%3Fx" in route.calls.last.request.url.raw_path

    play(story)


def test_all_pages_of_callbacks() -> None:
    """Callbacks are listed page by page, and one that moved to the next page is listed once."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        def page(request: httpx.Request) -> httpx.Response:
            number = int(request.url.params["page"])
            ids = {1: [1, 2], 2: [2, 3]}[number]
            records = [{**A_CALLBACK, "callbackid": id} for id in ids]
            result = {"callbacks": records, "page": number, "pages": 2, "per_page": 2, "total": 3}
            return httpx.Response(200, json={"response": {"result": result}})

        api.get(CALLBACKS).mock(side_effect=page)

        callbacks = await at.client.callbacks("ACM123")

        assert [callback.id for callback in callbacks] == ["1", "2", "3"]

    play(story)


def test_callback_verbs() -> None:
    """Creating, verifying, waking and deleting a callback say what FreshBooks' documents say."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.post(CALLBACKS).respond(json=ONE)
        put = api.put(f"{CALLBACKS}/7").respond(json=ONE)
        api.delete(f"{CALLBACKS}/7").respond(204)

        created = await at.client.create_callback("ACM123", "invoice", "https://a.example/h")
        await at.client.verify_callback("ACM123", "7", "the-verifier")
        await at.client.resend_verification("ACM123", "7")
        await at.client.delete_callback("ACM123", "7")

        assert Callback("7", "invoice", "https://a.example/h", False) == created
        assert [json.loads(call.request.content) for call in put.calls] == [
            {"callback": {"verifier": "the-verifier"}},
            {"callback": {"resend": True}},
        ]

    play(story)


def test_deleting_what_is_gone_is_done() -> None:
    """A callback that does not exist any more needs no deleting."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.delete(f"{CALLBACKS}/7").respond(404, json={"errno": 404, "message": "gone"})

        await at.client.delete_callback("ACM123", "7")

        assert route.call_count == 1

    play(story)


def test_a_refused_token_is_renewed_once() -> None:
    """After a 401 the same call is made with another token, also when it writes."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        refused = httpx.Response(401, json={"error": "unauthenticated"})
        route = api.post(CALLBACKS).mock(side_effect=[refused, httpx.Response(200, json=ONE)])

        await at.client.create_callback("ACM123", "invoice", "https://a.example/h")

        assert at.tokens.refused == ["token-0"]
        assert route.calls.last.request.headers["Authorization"] == "Bearer token-1"

    play(story)


def test_a_token_refused_twice_is_not_renewed_again() -> None:
    """Two refusals in a row end the call."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(INVOICE).respond(401, json={"error": "unauthenticated"})

        with pytest.raises(CredentialsRefused):
            await at.client.invoice("ACM123", "987654")

        assert (route.call_count, at.tokens.refused) == (2, ["token-0"])

    play(story)


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (httpx.Response(429, headers={"Retry-After": "7"}), 7.0),
        (httpx.Response(429, headers={"Retry-After": "3600"}), 30.0),
        (httpx.Response(429), 0.5),
        (httpx.Response(502, html="<html>"), 0.5),
        (httpx.Response(503, headers={"Retry-After": "60"}, html="<html>"), 0.5),
        (httpx.Response(504), 0.5),
        (httpx.ConnectError("refused"), 0.5),
        (httpx.ReadTimeout("slow"), 0.5),
        (httpx.RemoteProtocolError("dropped"), 0.5),
    ],
)
def test_reads_are_repeated_after_passing_faults(fault: Any, pause: float) -> None:
    """A read tries again after the pause that FreshBooks asks for, or a short one."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        good = httpx.Response(200, json=sample("freshbooks/invoice.json"))
        api.get(INVOICE).mock(side_effect=[fault, good])

        invoice = await at.client.invoice("ACM123", "987654")

        assert invoice.id == "987654"
        assert [pause] == at.slept

    play(story)


def test_reads_give_up_after_three_tries() -> None:
    """The third failure is raised, after pauses that grow."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(INVOICE).mock(side_effect=httpx.ConnectTimeout("slow"))

        with pytest.raises(TryAgain, match="no connection came about in time"):
            await at.client.invoice("ACM123", "987654")

        assert (route.call_count, at.slept) == (3, [0.5, 1.0])

    play(story)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(404, json={"response": {"errors": [{"errno": 1012}]}}), RecordGone),
        (httpx.Response(200, json={"response": {"errors": [{"errno": 1012}]}}), RecordGone),
        (httpx.Response(422, json={"message": "no"}), RequestRefused),
        (httpx.Response(500, json={"message": "no"}), TryAgain),
        (httpx.Response(200, html="<html>hotel</html>"), TryAgain),
        (httpx.Response(200, json=[1]), TryAgain),
        (httpx.Response(302, headers={"Location": "https://x.example"}), TryAgain),
    ],
)
def test_other_answers_are_not_repeated(answer: httpx.Response, raised: type[Exception]) -> None:
    """What will not pass soon is raised at once, by its kind."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(INVOICE).mock(return_value=answer)

        with pytest.raises(raised):
            await at.client.invoice("ACM123", "987654")

        assert (route.call_count, at.slept) == (1, [])

    play(story)


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (httpx.Response(429, headers={"Retry-After": "1"}), Throttled),
        (httpx.Response(503), TryAgain),
        (httpx.ReadTimeout("slow"), TryAgain),
        (httpx.ConnectError("refused"), TryAgain),
    ],
)
def test_writes_are_never_repeated(fault: Any, raised: type[Exception]) -> None:
    """Whether to write again is decided by who knows what was written."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.post(CALLBACKS).mock(side_effect=[fault])

        with pytest.raises(raised):
            await at.client.create_callback("ACM123", "invoice", "https://a.example/h")

        assert (route.call_count, at.slept) == (1, [])

    play(story)


def test_an_account_gets_a_few_requests_at_a_time() -> None:
    """The limit of requests in flight holds for each account by itself."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        flying: dict[str, int] = {}
        most: dict[str, int] = {}

        async def answer(request: httpx.Request) -> httpx.Response:
            account = request.url.path.split("/")[3]
            flying[account] = flying.get(account, 0) + 1
            most[account] = max(most.get(account, 0), flying[account])
            await asyncio.sleep(0.005)
            flying[account] -= 1
            return httpx.Response(200, json=sample("freshbooks/invoice.json"))

        api.get(url__regex=r".*/invoices/invoices/1").mock(side_effect=answer)

        calls = [at.client.invoice(account, "1") for account in ("A1", "A2") for _ in range(6)]
        await asyncio.gather(*calls)

        assert most == {"A1": 2, "A2": 2}

    play(story, concurrency=2)


def test_keeping_the_token_fresh_asks_nothing_of_the_api() -> None:
    """Keeping the connection alive is the tokens' matter; afterwards the client can be closed."""

    class LostTokens(FakeTokens):
        async def keep_fresh(self) -> str:
            raise ConnectionLost

    async def run() -> None:
        http = open_client(API)
        client = FreshBooksClient(http, LostTokens(), jitter=lambda: 0.5)

        with pytest.raises(ConnectionLost):
            await client.keep_token_fresh()
        await client.close()

        assert http.is_closed

    asyncio.run(run())
