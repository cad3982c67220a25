"""The ASGI application: finds the part that answers, and misbehaves where a scenario says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from duebell.sandbox.control import Control
from duebell.sandbox.exchange import (
    Answer,
    Call,
    DropConnection,
    NoAnswer,
    Receive,
    Refusal,
    Scope,
    Send,
    json_answer,
)
from duebell.sandbox.world import World

_TRANSPORT = "sandbox.transport"
_NOT_FOUND = json_answer(404, {"message": "not found"})


class ProtocolWithTransport(HttpToolsProtocol):
    """Uvicorn's protocol, which also shows the application the TCP connection.

    ASGI has no word for "close the connection without an answer".
    """

    def on_message_begin(self) -> None:
        """Put the connection into the scope of the request that begins."""
        super().on_message_begin()
        cast("dict[str, object]", self.scope)[_TRANSPORT] = self.transport


class SandboxApp:
    """The whole sandbox on one port; the vendors' paths do not collide."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._families: dict[str, Callable[[Call], Awaitable[Answer]]] = {
            "accounting": world.records.answer,
            "2010-04-01": world.texts.answer,
            "v1": world.emails.answer,
            "v3": world.sendgrid.answer,
            "events": world.callbacks.answer,
            "auth": world.identity.answer,
            "oauth": world.authorize.answer,
            "_sandbox": Control(world).answer,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = await Call.from_asgi(scope, receive)
        try:
            answer = await self._find_answer(call)
        except Refusal as refusal:
            answer = refusal.answer
        except DropConnection:
            scope[_TRANSPORT].abort()
            await _wait_for_end(receive)
            return
        except NoAnswer:
            await self._hang(scope, receive)
            return
        await _send_answer(send, answer)

    async def _find_answer(self, call: Call) -> Answer:
        family = call.parts[0]
        self._world.state.count(f"requests.{family}")
        answer = self._families.get(family)
        if answer is None or len(call.parts) < 2:
            return _NOT_FOUND
        return await answer(call)

    async def _hang(self, scope: Scope, receive: Receive) -> None:
        stopping = asyncio.ensure_future(self._world.background.stopping.wait())
        ending = asyncio.ensure_future(_wait_for_end(receive))
        await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        scope[_TRANSPORT].abort()
        await ending


async def _wait_for_end(receive: Receive) -> None:
    # Uvicorn would answer 500 for an application that returns while the client still listens.
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_answer(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    headers = answer.headers if answer.status == 204 else (*answer.headers, length)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
