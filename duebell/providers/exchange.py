"""Requests made once each, over one or more httpx clients, with word of how far each one came.

Nothing here follows a redirect or repeats a request: whether a request may be repeated is decided
where its meaning is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from duebell.domain.delivery import FailureClass, OutcomeKind, SendOutcome
from duebell.providers.clients import Clients
from duebell.providers.http import CONNECTIONS_PER_CLIENT
from duebell.providers.unreached import why_unreached

#: Raised before a byte of the request was written. A proxy's refusal is one: TLS goes through it
#: in a tunnel that then was never opened.
_BEFORE_WRITING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


#: How long a request waits for its turn. A message that waited longer may meanwhile count as lost,
#: and be sent by another worker.
TURN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class RequestFailed(Exception):
    """No answer. ``is_unwritten`` says that nothing of the request can have reached anybody."""

    def __init__(self, why: str, *, is_unwritten: bool) -> None:
        super().__init__(why)
        self.why = why
        self.is_unwritten = is_unwritten


_NO_TURN = "all connections were in use"


class Exchange:
    """One or more httpx clients, and the turns on them: no request ever waits inside httpx.

    ``total_seconds`` bounds a request as a whole, from its turn on; ``turn_seconds`` the wait for
    that turn.
    """

    def __init__(
        self,
        http: httpx.AsyncClient | Sequence[httpx.AsyncClient],
        *,
        total_seconds: float = 30.0,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._clients = Clients(http)
        self._turns = asyncio.Semaphore(CONNECTIONS_PER_CLIENT * len(self._clients))
        self._total_seconds = total_seconds
        self._turn_seconds = turn_seconds

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        content: bytes | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Make one request, once; ``data`` is a form, ``content`` a body as it stands.

        Raises:
            RequestFailed: no answer came.
        """
        async with self._turn():
            try:
                async with asyncio.timeout(seconds or self._total_seconds):
                    with self._clients.least_busy() as http:
                        response = await http.request(
                            method,
                            url,
                            params=params or None,  # type: ignore[arg-type]
                            data=data or None,
                            content=content,
                            headers=headers,
                        )
            except _BEFORE_WRITING as error:
                raise RequestFailed(why_unreached(error), is_unwritten=True) from None
            except (httpx.HTTPError, OSError) as error:  # TimeoutError is an OSError
                raise RequestFailed(why_unreached(error), is_unwritten=False) from None
        return Answer(response.status_code, response.headers, response.content)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A turn that comes in time.

        Raises:
            RequestFailed: it did not come, or this process stood still and found it too late.
        """
        ends_at = asyncio.get_running_loop().time() + self._turn_seconds
        try:
            async with asyncio.timeout_at(ends_at):
                await self._turns.acquire()
        except TimeoutError:
            raise RequestFailed(_NO_TURN, is_unwritten=True) from None
        try:
            if asyncio.get_running_loop().time() > ends_at:
                raise RequestFailed(_NO_TURN, is_unwritten=True)
            yield
        finally:
            self._turns.release()

    async def close(self) -> None:
        """Close the clients."""
        await self._clients.close()


def unanswered(failed: RequestFailed, provider: str) -> SendOutcome:
    """What a send proves that had no answer: nothing was sent only if nothing was written."""
    if failed.is_unwritten:
        return SendOutcome(
            OutcomeKind.NOT_SENT,
            reason=f"{provider} was not reached ({failed.why}).",
            failure=FailureClass.TEMPORARY,
        )
    return SendOutcome(
        OutcomeKind.UNKNOWN,
        reason=f"{provider}'s answer is lost ({failed.why}); the message may have been sent.",
        failure=FailureClass.UNKNOWN,
    )
