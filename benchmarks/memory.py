"""The most memory that something takes while it is looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable


class PeakMemory:
    """Looks at a number of megabytes again and again until it is stopped."""

    def __init__(self, look: Callable[[], float], every_seconds: float = 0.25) -> None:
        self._look = look
        self._every_seconds = every_seconds
        self._peak = look()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stopped.wait(self._every_seconds):
            self._peak = max(self._peak, self._look())

    def stop(self) -> float:
        """Stop looking; gives the most that was seen, in MB."""
        self._stopped.set()
        self._thread.join()
        return max(self._peak, self._look())
