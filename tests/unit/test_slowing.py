"""A sender that is refused for haste: how much of what is allowed it uses, and what that costs."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from duebell.notifying.pacing import Pacer

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class NoWaiting(selectors.DefaultSelector):
    """A selector that never waits: what it should have waited goes to a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """What is ready; the clock goes on by the timeout."""
        self.seconds += timeout or 0.0
        return super().select(0)


class HastyLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to whatever comes next."""

    def __init__(self) -> None:
        self._hasty = NoWaiting()
        super().__init__(self._hasty)

    def time(self) -> float:
        """Seconds since the start."""
        return self._hasty.seconds

    def now(self) -> datetime:
        """The time by the loop's clock."""
        return START + timedelta(seconds=self.time())


class Limit(Protocol):
    """What a provider allows."""

    answer_seconds: float

    def takes(self, now: float) -> bool:
        """Whether a request of this moment is taken."""


@dataclass
class PerSecond:
    """So many requests in any second."""

    most: int
    answer_seconds: float = 0.05
    taken: deque[float] = field(default_factory=deque, repr=False)

    def takes(self, now: float) -> bool:
        """Whether a request of this moment is taken."""
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        if is_well := len(self.taken) < self.most:
            self.taken.append(now)
        return is_well


@dataclass
class AtOnce:
    """So many requests at the same time."""

    most: int
    answer_seconds: float
    busy: list[float] = field(default_factory=list, repr=False)

    def takes(self, now: float) -> bool:
        """Whether a request of this moment is taken."""
        self.busy = [ends for ends in self.busy if ends > now]
        if is_well := len(self.busy) < self.most:
            self.busy.append(now + self.answer_seconds)
        return is_well


class Book:
    """The booking of one worker."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._next_at = now, START

    async def reserve_pace(self, sender: str, segments: int, per_second: float) -> datetime:
        """Book a stretch; gives the moment at which it begins."""
        begins = max(self._next_at, self._now())
        self._next_at = begins + timedelta(seconds=segments / per_second)
        return begins


class Sending:
    """Texts that are sent at once, as a worker does, into a provider's limit."""

    def __init__(self, limit: Limit, own: float, loop: HastyLoop) -> None:
        self._limit, self._loop = limit, loop
        self._pacer = Pacer(Book(loop.now), "+12125550100", own, now=loop.now)
        self._chance = random.Random(1)
        self._in_flight = asyncio.Semaphore(20)
        self.refused = 0
        self.ended = 0.0

    async def run(self, texts: int) -> None:
        """Send so many; those that are left for later come back when it is their time."""
        begins = await self._pacer.book(texts)
        await asyncio.gather(
            *(self._send(begins + self._pacer.offset(number)) for number in range(texts))
        )

    async def _send(self, moment: datetime) -> None:
        while True:
            if not await self._pacer.turn(moment, 1):
                free_at = self._pacer.free_at(self._loop.now())
                await asyncio.sleep((free_at - self._loop.now()).total_seconds() + 1)
                continue
            async with self._in_flight:
                if await self._pacer.arrive(moment) and await self._call():
                    return

    async def _call(self) -> bool:
        asked_at = self._loop.now()
        is_taken = self._limit.takes(self._loop.time())
        await asyncio.sleep(self._limit.answer_seconds)
        if is_taken:
            self._pacer.answered(asked_at)
            self.ended = self._loop.time()
        else:
            self.refused += 1
            self._pacer.refused(asked_at, None, self._chance.random(), slows=True)
        return is_taken


def play(limit: Limit, own: float, texts: int) -> tuple[float, int]:
    """Send so many texts at the own pace into a limit; gives the seconds it took, and the 429s."""
    loop = HastyLoop()
    try:
        sending = Sending(limit, own, loop)
        loop.run_until_complete(sending.run(texts))
    finally:
        loop.close()
    return sending.ended, sending.refused


@pytest.mark.parametrize(
    ("limit", "own", "allowed"),
    [
        (PerSecond(3), 10, 3.0),
        (PerSecond(3), 100, 3.0),
        (PerSecond(50), 100, 50.0),
        (PerSecond(90), 100, 90.0),
        (AtOnce(2, 0.5), 10, 4.0),
        (AtOnce(8, 0.3), 100, 26.7),
    ],
    ids=str,
)
def test_most_of_what_is_allowed_is_used(limit: Limit, own: float, allowed: float) -> None:
    """Where less is allowed than the own pace, three quarters of it are used, with few refusals."""
    texts = int(allowed * 60)

    seconds, refused = play(limit, own, texts)

    assert texts / seconds >= allowed * 0.75, f"{texts / seconds:.2f}/s of {allowed}"
    # Some to find out how much it is, and then a few now and again.
    assert refused <= 20 + texts * 0.05, f"{refused} refusals of {texts}"


def test_the_own_pace_is_not_touched_without_refusals() -> None:
    """Where all is taken, nothing waits longer than the booked rate says."""
    seconds, refused = play(PerSecond(1000), 100, 500)

    assert (0, True) == (refused, seconds < 5.1)
