"""Accounts that are told to wait do so together, and hold up nobody else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
import respx

from duebell.domain.failures import Throttled
from tests.contract.freshbooks_bench import Bench, play
from tests.unit.providers.samples import sample

ANY_INVOICE = r".*/invoices/invoices/\w+$"


def throttled(seconds: int = 7) -> httpx.Response:
    """FreshBooks' word for too many requests."""
    return httpx.Response(429, headers={"Retry-After": str(seconds)})


def good(**headers: str) -> httpx.Response:
    """An invoice."""
    return httpx.Response(200, json=sample("freshbooks/invoice.json"), headers=headers)


async def settle() -> None:
    """Let everything go on that can."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_a_throttled_account_waits_as_one() -> None:
    """One refusal holds all requests of its account, for one pause, and then they go on."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        at.awake.clear()
        route = api.get(url__regex=ANY_INVOICE)
        route.side_effect = iter([throttled(), *(good() for _ in range(8))])
        first = asyncio.ensure_future(at.client.invoice("ACM123", "1"))
        await settle()

        others = [asyncio.ensure_future(at.client.invoice("ACM123", str(n))) for n in range(2, 8)]
        await settle()
        asked_while_waiting = route.call_count
        at.awake.set()
        await asyncio.gather(first, *others)

        assert (1, 8, [7.0]) == (asked_while_waiting, route.call_count, at.slept)

    play(story)


def test_requests_in_flight_together_pause_once() -> None:
    """Several refusals at once mean one pause, and nobody waits once for each."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        asked: list[httpx.Request] = []
        all_are_asked = asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            if len(asked) > 4:
                return good()
            if len(asked) == 4:
                all_are_asked.set()
            await all_are_asked.wait()
            return throttled()

        api.get(url__regex=ANY_INVOICE).mock(side_effect=answer)

        await asyncio.gather(*(at.client.invoice("ACM123", str(n)) for n in range(4)))

        assert (8, [7.0]) == (len(asked), at.slept)

    play(story)


def test_other_accounts_go_on() -> None:
    """While one account waits, another one is asked without a pause."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        at.awake.clear()
        api.get("/accounting/account/A1/invoices/invoices/1").mock(
            side_effect=[throttled(), good()]
        )
        api.get("/accounting/account/A2/invoices/invoices/1").mock(return_value=good())
        waiting = asyncio.ensure_future(at.client.invoice("A1", "1"))
        await settle()

        invoice = await asyncio.wait_for(at.client.invoice("A2", "1"), 5)

        assert ("987654", False) == (invoice.id, waiting.done())
        at.awake.set()
        await waiting

    play(story, concurrency=1)


def test_a_whole_batch_gives_up_in_a_bounded_time() -> None:
    """An account that stays throttled costs a few pauses and requests, however long the queue."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(url__regex=ANY_INVOICE).mock(side_effect=lambda _: throttled(30))

        calls = (at.client.invoice("ACM123", str(n)) for n in range(100))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)

        assert {Throttled: 100} == Counter(map(type, outcomes))
        assert len(at.slept) <= 4
        assert route.call_count <= 20

    play(story, concurrency=5)


def test_a_cancelled_request_leaves_the_pause_to_the_others() -> None:
    """Whoever stops waiting does not end the pause of those who still wait."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        at.awake.clear()
        route = api.get(url__regex=ANY_INVOICE).mock(side_effect=[throttled(), good()])
        first, second = (asyncio.ensure_future(at.client.invoice("ACM123", n)) for n in "12")
        await settle()

        first.cancel()
        await settle()
        asked_while_waiting = route.call_count
        at.awake.set()
        await second

        assert first.cancelled()
        assert (1, [7.0]) == (asked_while_waiting, at.slept)

    play(story, concurrency=1)


def test_a_throttled_write_holds_the_reads() -> None:
    """A write is not repeated, and what follows it waits as FreshBooks asked."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.post("/events/account/ACM123/events/callbacks").mock(return_value=throttled(9))
        api.get(url__regex=ANY_INVOICE).mock(return_value=good())

        with pytest.raises(Throttled):
            await at.client.create_callback("ACM123", "invoice", "https://a.example/h")
        await at.client.invoice("ACM123", "1")

        assert [9.0] == at.slept

    play(story)


def test_the_header_alone_is_no_pause() -> None:
    """FreshBooks sends Retry-After on successes too; nobody waits for that."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        headers = {"Retry-After": "60", "X-RateLimit-Remaining": "0"}
        route = api.get(url__regex=ANY_INVOICE).mock(side_effect=answers(headers))

        for number in range(3):
            await at.client.invoice("ACM123", str(number))

        assert (3, []) == (route.call_count, at.slept)

    play(story)


def answers(headers: dict[str, str]) -> Iterator[httpx.Response]:
    """Good answers without an end."""
    while True:
        yield good(**headers)


def test_closing_ends_the_pauses() -> None:
    """A client that is closed in a pause leaves nothing running."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        at.awake.clear()
        api.post("/events/account/ACM123/events/callbacks").mock(return_value=throttled())
        with pytest.raises(Throttled):
            await at.client.create_callback("ACM123", "invoice", "https://a.example/h")
        await settle()

        await at.client.close()
        await settle()

        assert asyncio.all_tasks() == {asyncio.current_task()}

    play(story)
