"""Keeping to the sender's rate, and standing still when the provider asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from duebell.notifying.slowing import Slowing

#: The most that a message waits for its turn before it is left to a later run.
LONGEST_WAIT = timedelta(seconds=60)
#: How long before its turn a message looks for a place among those in flight.
LEAD = timedelta(seconds=0.2)


class PaceBook(Protocol):
    """Where all workers book their share of a sender's rate."""

    async def reserve_pace(self, sender: str, segments: int, per_second: float) -> datetime:
        """Book a stretch; gives the moment at which it begins."""


class Pacer:
    """Paces one sender: its rate is in segments per second, booked in the ledger by all workers.

    Where the provider allows less, each worker finds out for itself how much that is.
    """

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
        self._slowing = Slowing(per_second)
        #: Whoever is first in the queue waits for the pause and the distance to the one before.
        self._first = asyncio.Lock()
        self._queued = 0

    async def book(self, segments: int) -> datetime:
        """Book a stretch of the rate; gives the moment at which it begins."""
        return await self._book.reserve_pace(self._sender, segments, self._per_second)

    def offset(self, segments: int) -> timedelta:
        """How long so many segments take at the sender's rate."""
        return timedelta(seconds=segments / self._per_second)

    def close_for(self, seconds: float) -> None:
        """Let nothing through for a while."""
        self._slowing.close_until(self._now() + timedelta(seconds=seconds))

    def refused(
        self, asked_at: datetime, told: float | None, jitter: float, *, slows: bool
    ) -> datetime:
        """Close after a refusal that all messages share; gives when it opens again.

        See :meth:`duebell.notifying.slowing.Slowing.refused`.
        """
        return self._slowing.refused(asked_at, self._now(), told, jitter, slows=slows)

    def answered(self, asked_at: datetime) -> None:
        """A request of that moment was answered, by whatever else than a refusal of all."""
        self._slowing.answered(asked_at)

    def opens_at(self, moment: datetime) -> datetime:
        """The first time from this moment on at which anything may leave."""
        return self._slowing.opens_at(moment)

    def free_at(self, moment: datetime) -> datetime:
        """The first turn from this moment on that nobody has taken yet."""
        return self._slowing.free_at(moment)

    async def turn(self, moment: datetime, segments: int) -> bool:
        """Wait until shortly before a message's turn, which is ``moment`` by the booked rate.

        False where its turn is so far away that it is to be left to a later run; :meth:`free_at`
        says when that may begin.
        """
        if self._slowing.wait(self._queued, self._now()) > LONGEST_WAIT:
            return False
        await self._sleep_until(moment - LEAD)
        self._queued += segments
        try:
            async with self._first:
                return await self._go(segments)
        finally:
            self._queued -= segments

    async def _go(self, segments: int) -> bool:
        while (wait := self._slowing.wait(0, self._now())) > timedelta(0):
            if wait > LONGEST_WAIT:
                return False
            await self._sleep(wait.total_seconds())
        self._slowing.leave(segments, self._now())
        return True

    async def arrive(self, moment: datetime) -> bool:
        """Wait for the moment; false where the sender was closed meanwhile: take another turn."""
        await self._sleep_until(moment)
        return self.opens_at(now := self._now()) == now

    async def _sleep_until(self, moment: datetime) -> None:
        if (pause := (moment - self._now()).total_seconds()) > 0:
            await self._sleep(pause)
