"""One account's way to the API: a few requests at a time, and none while it is told to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from duebell.domain.failures import Throttled

Sleep = Callable[[float], Awaitable[None]]


class Lane:
    """The requests of one account. Lanes know nothing of each other, so none holds up another."""

    def __init__(self, concurrency: int, sleep: Sleep) -> None:
        self._turns = asyncio.Semaphore(concurrency)
        self._sleep = sleep
        self._pause: asyncio.Future[None] | None = None

    @property
    def is_resting(self) -> bool:
        """Whether the account is to be left alone for now."""
        return self._pause is not None and not self._pause.done()

    def rest(self, seconds: float) -> None:
        """Leave the account alone for a while; a pause that is under way is not prolonged.

        What was in flight together is refused together, and each refusal means the same pause.
        """
        if not self.is_resting:
            self._pause = asyncio.ensure_future(self._sleep(seconds))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A turn to ask. Waits out one pause at most, so that no queue waits without an end.

        Raises:
            Throttled: another pause began before it was our turn; nothing was asked.
        """
        if self._pause is not None and self.is_resting:
            # Waiting for the pause itself would cancel it for all, if this caller is cancelled.
            await asyncio.wait({self._pause})
        async with self._turns:
            if self.is_resting:
                raise Throttled("FreshBooks asks for fewer requests for this account.")
            yield

    def close(self) -> None:
        """Wait no longer."""
        if self._pause is not None:
            self._pause.cancel()
