"""Where `/metrics` gets the ledger's numbers: with connections and a thread of its own.

So a scrape holds up no acknowledgement; and however many ask, the ledger is asked once in a few
seconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client import generate_latest as generate
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from duebell.domain.failures import DuebellError
from duebell.ledger import latencies, measures
from duebell.ledger.engine import open_engine
from duebell.measuring import reading
from duebell.measuring.numbers import Numbers, families

log = logging.getLogger(__name__)

#: An answer is given again for this long,
FRESH_SECONDS = 5.0
#: and for so many times as long as it took, so that a huge ledger costs no more than a twentieth.
REST = 20.0


class _Fixed(Collector):
    """What was read, as a collector."""

    def __init__(self, numbers: Numbers | None) -> None:
        self._numbers = numbers

    def collect(self) -> list[Metric]:
        return list(families(self._numbers))


def written(numbers: Numbers | None) -> bytes:
    """The numbers in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Fixed(numbers))
    return generate(registry)


class LedgerNumbers:
    """The ledger's numbers as text, at most a few seconds old."""

    def __init__(
        self,
        url: str,
        base_url: str,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = base_url
        self._now = now
        self._clock = clock
        self._reading = open_engine(url, writer=False)
        self._writing = open_engine(url, checkpoints=False)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._under_way: asyncio.Task[bytes] | None = None
        self._text = b""
        self._stale_at = float("-inf")

    def close(self) -> None:
        """Close the connections."""
        self._thread.shutdown()
        self._reading.dispose()
        self._writing.dispose()

    async def text(self) -> bytes:
        """The numbers; those who ask together share one look."""
        if self._clock() < self._stale_at:
            return self._text
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._look())
        # One who goes away must not take the answer from the others.
        return await asyncio.shield(self._under_way)

    async def _look(self) -> bytes:
        began = self._clock()
        loop = asyncio.get_running_loop()
        self._text = await loop.run_in_executor(self._thread, self._read)
        ended = self._clock()
        self._stale_at = ended + max(FRESH_SECONDS, (ended - began) * REST)
        return self._text

    def _read(self) -> bytes:
        try:
            self._count()
            with self._reading.connect() as connection:
                numbers: Numbers | None = reading.read(connection, self._base_url, self._now())
        except (SQLAlchemyError, DuebellError) as failure:
            log.warning("metrics_unreadable", extra={"reason": type(failure).__name__})
            numbers = None
        return written(numbers)

    def _count(self) -> None:
        """Count the next portion of the audit trail, outside of the transaction that keeps it."""
        with self._reading.connect() as connection:
            portion = measures.portion(connection, self._now())
            grown = {} if portion is None else latencies.increments(connection, *portion)
        if portion is None:
            with self._writing.begin() as connection:
                measures.begin_counting(connection)
        elif portion[0] < portion[1]:
            with self._writing.begin() as connection:
                measures.add(connection, *portion, grown)
