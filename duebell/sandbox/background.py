"""Work that outlives the request that caused it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Keeps tasks from being forgotten (asyncio itself holds them weakly) and ends them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        #: Set when the sandbox ends: whoever never answers lets go then.
        self.stopping = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run this beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel_all(self) -> None:
        """End all of them where they stand."""
        for task in tuple(self._tasks):
            task.cancel()
