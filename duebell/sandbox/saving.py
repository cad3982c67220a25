"""When the state is written: at once for what must not be lost, otherwise after a quiet while."""

from __future__ import annotations

import asyncio
from pathlib import Path

from duebell.sandbox.state import State, dump, write_whole


class Saver:
    """Writes the state to its file; without a path it writes nothing."""

    #: Seconds without a change after which the state is written ...
    QUIET_SECONDS = 2.0
    #: ... and the longest that changes may wait while more keep coming.
    PATIENCE_SECONDS = 30.0

    def __init__(self, state: State, path: Path | None) -> None:
        self._state = state
        self._path = path
        self._changed_at: float | None = None
        self._waiting_since = 0.0

    def save_now(self) -> None:
        """Write before anything else happens: a rotated token must survive the answer."""
        self._changed_at = None
        if self._path is not None:
            write_whole(self._path, dump(self._state))

    def note_change(self) -> None:
        """Something changed that may be written later."""
        at = asyncio.get_running_loop().time()
        if self._changed_at is None:
            self._waiting_since = at
        self._changed_at = at

    async def save_when_quiet(self) -> None:
        """Run for as long as the sandbox does."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.QUIET_SECONDS / 4)
            if self._changed_at is None:
                continue
            is_quiet = loop.time() - self._changed_at >= self.QUIET_SECONDS
            if is_quiet or loop.time() - self._waiting_since >= self.PATIENCE_SECONDS:
                self.save_now()
