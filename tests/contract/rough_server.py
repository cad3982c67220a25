"""A server that reads a request and then does what a broken network does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Conduct = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RoughServer:
    """Counts the requests that it has read whole, and answers each by ``conduct``."""

    conduct: Conduct
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.requests.append(await read_request(reader))
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    await self.conduct(reader, writer)
                finally:
                    self.in_flight -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def rough_server(conduct: Conduct) -> AsyncIterator[RoughServer]:
    """Serve on a free port of this machine."""
    rough = RoughServer(conduct)
    server = await asyncio.start_server(rough.serve, "127.0.0.1", 0)
    rough.port = server.sockets[0].getsockname()[1]
    try:
        yield rough
    finally:
        server.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One request, head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


def answering(status: str, payload: object, *headers: str, seconds: float = 0) -> Conduct:
    """Answer with JSON, after a while."""
    body = json.dumps(payload).encode()
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])

    async def conduct(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return conduct


async def dropping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.close()


async def resetting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection off."""
    writer.transport.abort()


async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Promise a body and close in the middle of it."""
    writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"sid": "SM')
    await writer.drain()
    writer.close()


async def gibberish(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer in no protocol."""
    writer.write(b"hello\r\n\r\n")
    await writer.drain()
    writer.close()


async def hanging(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side has had enough."""
    await asyncio.sleep(30)


async def trickling(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send byte after byte, so that no single read is ever late."""
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n")
    for _unused in range(500):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)
