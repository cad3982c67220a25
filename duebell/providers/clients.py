"""Several small httpx clients that are used as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx


class Clients:
    """The clients of one provider; a request goes to the one with the fewest in flight."""

    def __init__(self, http: httpx.AsyncClient | Sequence[httpx.AsyncClient]) -> None:
        self._clients = (http,) if isinstance(http, httpx.AsyncClient) else tuple(http)
        self._in_flight = [0] * len(self._clients)

    def __len__(self) -> int:
        """How many clients they are."""
        return len(self._clients)

    @contextmanager
    def least_busy(self) -> Iterator[httpx.AsyncClient]:
        """The client for a request, which ends with the block."""
        number = self._in_flight.index(min(self._in_flight))
        self._in_flight[number] += 1
        try:
            yield self._clients[number]
        finally:
            self._in_flight[number] -= 1

    async def close(self) -> None:
        """Close all of them."""
        for client in self._clients:
            await client.aclose()
