"""Reads from the ledger that are remembered for a moment, so that a flood costs few of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

V = TypeVar("V")

#: How long an answer is used again, and the least time between two second looks at one key.
FRESH = timedelta(seconds=1)

#: Keys come from strangers (any word may stand in a URL), so only so many are remembered.
MAX_KEYS = 1000


@dataclass(slots=True)
class _Entry(Generic[V]):
    read_at: datetime
    looked_again_at: datetime | None
    answer: asyncio.Task[V]


class Recent(Generic[V]):
    """Answers of ``read`` by key. Callers that ask for one key at once share one read."""

    def __init__(self, read: Callable[[str], Awaitable[V]], now: Callable[[], datetime]) -> None:
        self._read = read
        self._now = now
        self._entries: dict[str, _Entry[V]] = {}

    async def find(self, key: str) -> V:
        """Give the answer for the key, at most a second old; errors of ``read`` pass through."""
        entry = self._entries.get(key)
        if entry is None or not self._is_fresh(entry.read_at):
            entry = self._start(key, entry.looked_again_at if entry else None)
        return await _answer_of(entry)

    async def look_again(self, key: str) -> V:
        """Read anew because the answer did not fit, but not twice within a second."""
        entry = self._entries.get(key)
        if entry is None or not self._is_fresh(entry.looked_again_at):
            entry = self._start(key, self._now())
        return await _answer_of(entry)

    def _is_fresh(self, moment: datetime | None) -> bool:
        # A clock that was set back makes an age negative; that is not fresh either.
        return moment is not None and timedelta(0) <= self._now() - moment < FRESH

    def _start(self, key: str, looked_again_at: datetime | None) -> _Entry[V]:
        self._entries.pop(key, None)
        while len(self._entries) >= MAX_KEYS:
            del self._entries[next(iter(self._entries))]  # dicts keep order: the oldest read
        task = asyncio.create_task(self._await_read(key))
        entry = _Entry(self._now(), looked_again_at, task)
        self._entries[key] = entry
        task.add_done_callback(partial(self._drop_failed, key, entry))
        return entry

    async def _await_read(self, key: str) -> V:
        return await self._read(key)

    def _drop_failed(self, key: str, entry: _Entry[V], task: asyncio.Task[V]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and self._entries.get(key) is entry:
            del self._entries[key]


async def _answer_of(entry: _Entry[V]) -> V:
    if entry.answer.done():
        return entry.answer.result()
    # One caller that goes away must not take the read from the others.
    return await asyncio.shield(entry.answer)
