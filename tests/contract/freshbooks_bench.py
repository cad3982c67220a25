"""A FreshBooks client against a scripted API, with tokens and pauses that are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import respx

from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.http import open_client

API = "https://api.freshbooks.com"


class FakeTokens:
    """Hands out numbered tokens and records which were refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def current(self) -> str:
        return f"token-{len(self.refused)}"

    async def renew(self, refused: str) -> str:
        self.refused.append(refused)
        return await self.current()

    async def keep_fresh(self) -> str:
        return await self.current()


class Bench:
    """A client, its tokens and its pauses, which end at once unless ``awake`` is cleared."""

    def __init__(self, http: httpx.AsyncClient, tokens: FakeTokens, concurrency: int) -> None:
        self.tokens = tokens
        self.slept: list[float] = []
        self.awake = asyncio.Event()
        self.awake.set()
        self.client = FreshBooksClient(
            http, self.tokens, sleep=self.sleep, jitter=lambda: 0.5, concurrency=concurrency
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.awake.wait()


Story = Callable[[Bench, respx.MockRouter], Awaitable[None]]


def play(story: Story, concurrency: int = 8, tokens: FakeTokens | None = None) -> None:
    """Run a story with a client of its own; every route that it scripts has to be asked."""

    async def run() -> None:
        with respx.mock(base_url=API) as api:
            async with open_client(API) as http:
                await story(Bench(http, tokens or FakeTokens(), concurrency), api)

    asyncio.run(run())
