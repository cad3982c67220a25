"""Requests made once each: how long they wait for their turn, and what that proves."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from duebell.providers.exchange import Answer, Exchange, RequestFailed
from duebell.providers.http import CONNECTIONS_PER_CLIENT

URL = "http://provider.example/"


class Provider:
    """A provider that answers nobody before its gate is open; ``asked`` counts who came through."""

    def __init__(self) -> None:
        self.gate, self._full = asyncio.Event(), asyncio.Event()
        self.asked = 0
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked == CONNECTIONS_PER_CLIENT:
            self._full.set()
        await self.gate.wait()
        return httpx.Response(200)

    async def is_full(self, exchange: Exchange) -> list[asyncio.Task[Answer]]:
        """All connections are in use by requests that wait for their answers."""
        pending = [asyncio.create_task(post(exchange)) for _ in range(CONNECTIONS_PER_CLIENT)]
        await self._full.wait()
        return pending


async def post(exchange: Exchange) -> Answer:
    """Make one request."""
    return await exchange.request("POST", URL, headers={})


async def refusal_of(exchange: Exchange) -> RequestFailed:
    """Why a request was not made."""
    with pytest.raises(RequestFailed) as failed:
        await post(exchange)
    return failed.value


def test_a_turn_is_waited_for_so_long_and_no_longer() -> None:
    """A request that gets no connection in time is not made, and later ones find their turns."""

    async def work() -> tuple[RequestFailed, int, int]:
        provider = Provider()
        exchange = Exchange(provider.http, turn_seconds=0.02)
        pending = await provider.is_full(exchange)
        failed = await refusal_of(exchange)
        asked = provider.asked
        provider.gate.set()
        answers = await asyncio.gather(*pending, *(post(exchange) for _ in range(9)))
        return failed, asked, len(answers)

    failed, asked, answered = asyncio.run(work())

    assert ("all connections were in use", True) == (failed.why, failed.is_unwritten)
    assert (CONNECTIONS_PER_CLIENT, CONNECTIONS_PER_CLIENT + 9) == (asked, answered)


def test_a_turn_that_comes_too_late_is_not_used() -> None:
    """Where the process stood still while a connection became free, the request is not made."""

    async def work() -> tuple[bool, int]:
        provider = Provider()
        exchange = Exchange(provider.http, turn_seconds=0.05)
        pending = await provider.is_full(exchange)
        late = asyncio.create_task(refusal_of(exchange))
        await asyncio.sleep(0)
        provider.gate.set()
        # The connection is free, and nobody can look at it.
        asyncio.get_running_loop().call_soon(time.sleep, 0.06)
        failed = await late
        await asyncio.gather(*pending)
        return failed.is_unwritten, provider.asked

    is_unwritten, asked = asyncio.run(work())

    assert (True, CONNECTIONS_PER_CLIENT) == (is_unwritten, asked)
