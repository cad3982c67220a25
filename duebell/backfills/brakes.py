"""How fast a backfill may go, and where it has to stop and ask.

Its signals wait in the same inbox as those of live webhooks, so only a few are there at once. And
nobody means to text everybody: over a cap it holds until a person says that it may go on. What a
signal leads to is known only afterwards, so each open one counts as the most that it may lead to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebell.ledger import backfills
from duebell.ledger.backfills import HELD, STOPPED, Standing
from duebell.runtime import Runtime

#: The most signals of a backfill that wait at once, and for how many seconds of sending.
MOST_OPEN = 500
MOST_OPEN_SECONDS = 10.0
LEAST_OPEN = 25
#: So many are recorded together, or as many as there are; less only where there is no more room.
WORTH_A_WRITE = 25
#: How often one looks how far the worker is, and after how long without any progress one gives up.
LOOK_EVERY_SECONDS = 0.25
PATIENCE = timedelta(seconds=60)

NO_WORKER = "no worker is running: start one with `duebell worker` or `duebell up`"
INTERRUPTED = "it was interrupted"


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a backfill does not go on now; ``status`` is what its row says then."""

    status: str
    reason: str


class Brakes:
    """The brakes of one run. ``is_worker`` says whether this very process works signals off."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        is_worker: bool,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._runtime = runtime
        self._is_worker = is_worker
        self._is_stopped = is_stopped
        self._begun_at = runtime.now()
        #: The most messages to which a signal of this run may lead.
        self.most_texts = 1

    async def standing(self) -> Standing:
        """Where the signals of backfills are."""
        now = self._runtime.now()
        return await self._runtime.ledger.read(lambda c: backfills.standing(c, self._begun_at, now))

    async def check(self) -> Pause | None:
        """Why nothing may be read now, if there is a reason."""
        if self._is_stopped():
            return Pause(STOPPED, INTERRUPTED)
        living = await self._runtime.ledger.living_workers()
        others = living if self._is_worker else living - {self._runtime.worker.id}
        return None if others else Pause(STOPPED, NO_WORKER)

    async def room(self, wanted: int) -> int | Pause:
        """Wait until signals may be recorded; gives how many, ``wanted`` at most."""
        patience = _Patience(self._runtime.now)
        while True:
            if (pause := await self.check()) is not None:
                return pause
            standing = await self.standing()
            room = min(wanted, self._room(standing))
            if room >= min(wanted, WORTH_A_WRITE) or (room > 0 and not standing.open):
                return room
            if not standing.open:
                return Pause(HELD, self._why_held(standing))
            if patience.is_over(standing):
                return Pause(STOPPED, f"{standing.open} signals have made no progress for a minute")
            await self._runtime.sleep(LOOK_EVERY_SECONDS)

    async def settle(self) -> Standing:
        """Wait until all signals of backfills are worked off, or nothing goes on any more."""
        patience = _Patience(self._runtime.now)
        while (standing := await self.standing()).open:
            if await self.check() is not None or patience.is_over(standing):
                break
            await self._runtime.sleep(LOOK_EVERY_SECONDS)
        return standing

    def _room(self, standing: Standing) -> int:
        settings = self._runtime.settings
        left = min(
            settings.max_sends_per_run - standing.planned,
            settings.max_sends_per_hour - standing.planned_in_hour,
        )
        seconds = settings.sms_per_second * MOST_OPEN_SECONDS
        most_open = min(MOST_OPEN, max(LEAST_OPEN, int(seconds)))
        return min(left // self.most_texts, most_open) - standing.open

    def _why_held(self, standing: Standing) -> str:
        settings = self._runtime.settings
        for cap, name in (
            (settings.max_sends_per_run, "DUEBELL_MAX_SENDS_PER_RUN"),
            (settings.max_sends_per_hour, "DUEBELL_MAX_SENDS_PER_HOUR"),
        ):
            if cap < self.most_texts:
                return f"one record may lead to {self.most_texts} messages: raise {name} ({cap})"
        if settings.max_sends_per_run - standing.planned < self.most_texts:
            return (
                f"held by the brake at {standing.planned} messages; "
                f"DUEBELL_MAX_SENDS_PER_RUN is {settings.max_sends_per_run}"
            )
        return (
            f"held by the brake: {standing.planned_in_hour} messages within an hour; "
            f"DUEBELL_MAX_SENDS_PER_HOUR is {settings.max_sends_per_hour}"
        )


class _Patience:
    """Waits on while there is progress."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._seen: tuple[int, int] | None = None
        self._since = now()

    def is_over(self, standing: Standing) -> bool:
        """Whether nothing has changed for too long."""
        seen = (standing.open, standing.planned)
        if seen != self._seen:
            self._seen, self._since = seen, self._now()
        return self._now() - self._since > PATIENCE
