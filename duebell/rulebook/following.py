"""Keeping a running process at the rulebook that its file holds, without a restart."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from duebell.domain.failures import LedgerUnavailable
from duebell.ledger import rulebook_states
from duebell.rulebook.watching import Faulty, Reloaded, RulebookWatch
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: The least time between two looks at the file.
LOOK_EVERY = timedelta(seconds=1)


class RulebookFollower:
    """Puts each good version of the file into force, and tells the ledger of each broken one."""

    def __init__(self, runtime: Runtime, watch: RulebookWatch) -> None:
        self._runtime = runtime
        self._watch = watch
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._faults: tuple[str, ...] = ()
        self._is_told = False

    async def look(self) -> bool:
        """Take a changed rulebook over; True where another one came into force just now.

        May be called as often as one likes, by several at once; looks at the file once a second.
        """
        async with self._looking:
            if not self._is_due(now := self._runtime.now()):
                return False
            self._looked_at = now
            # A file may be large, or on a disk that does not answer.
            found = await asyncio.to_thread(self._watch.refresh, with_templates=True)
            self._take_over(found)
            if not self._is_told:
                await self._tell(now)
        return isinstance(found, Reloaded)

    def _is_due(self, now: datetime) -> bool:
        # A clock that was set back makes a look due as well.
        is_early = (
            self._looked_at is not None and timedelta(0) <= now - self._looked_at < LOOK_EVERY
        )
        return not is_early

    def _take_over(self, found: Reloaded | Faulty | None) -> None:
        match found:
            case Reloaded(rulebook):
                self._runtime.rulebook, self._faults = rulebook, ()
                self._runtime.renderer.forget()
                log.info("rulebook_reloaded", extra={"rules": len(rulebook.rules)})
            case Faulty(faults):
                self._faults = faults
                log.warning("rulebook_faulty", extra={"faults": list(faults)})
            case None:
                return
        self._is_told = False

    async def _tell(self, now: datetime) -> None:
        worker_id, digest = self._runtime.worker.id, self._runtime.rulebook.digest
        try:
            await self._runtime.ledger.write(
                lambda c: rulebook_states.record(c, worker_id, digest, self._faults, now)
            )
        except LedgerUnavailable:
            return  # told by the next look
        self._is_told = True
