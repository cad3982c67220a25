"""Keeping to the sender's rate, and standing still when the provider asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol


class PaceBook(Protocol):
    """Where all workers book their share of a sender's rate."""

    async def reserve_pace(self, sender: str, segments: int, per_second: float) -> datetime:
        """Book a stretch; gives the moment at which it begins."""


class Pacer:
    """Paces one sender: its rate is in segments per second, booked in the ledger by all workers."""

    def __init__(
        self,
        book: PaceBook,
        sender: str,
        per_second: float,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book = book
        self._sender = sender
        self._per_second = per_second
        self._now = now
        self._sleep = sleep
        self._closed_until: datetime | None = None

    async def book(self, segments: int) -> datetime:
        """Book a stretch of the rate; gives the moment at which it begins."""
        return await self._book.reserve_pace(self._sender, segments, self._per_second)

    def offset(self, segments: int) -> timedelta:
        """How long so many segments take at the sender's rate."""
        return timedelta(seconds=segments / self._per_second)

    def close_for(self, seconds: float) -> None:
        """Let nothing through for a while: the provider said 429."""
        until = self._now() + timedelta(seconds=seconds)
        if self._closed_until is None or until > self._closed_until:
            self._closed_until = until

    def opens_at(self, moment: datetime) -> datetime:
        """The first time from this moment on at which anything may leave."""
        return moment if self._closed_until is None else max(moment, self._closed_until)

    def is_closed_for(self, pause: timedelta) -> bool:
        """Whether the provider's pause lasts longer than this from now."""
        now = self._now()
        return self.opens_at(now) - now > pause

    async def wait_until(self, moment: datetime) -> None:
        """Wait for the booked moment, and for the end of a pause that the provider asked for."""
        while (pause := self._seconds_left(moment)) > 0:
            await self._sleep(pause)

    def _seconds_left(self, moment: datetime) -> float:
        return (self.opens_at(moment) - self._now()).total_seconds()
