"""Taking the browser's answer: a listener at a redirect URI that leads to this machine.

FreshBooks only sends browsers to https:// addresses, so the listener has a certificate of its own,
made for this hour. A browser warns of it, and may refuse it: then the address is pasted instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks.consent import Consent, NotTheAnswer

REQUEST_SECONDS = 10.0
HANDSHAKE_SECONDS = 10.0
#: Far longer than any code and state.
LONGEST_LINE = 16_384

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Duebell</title></head>'
    '<body style="font-family: sans-serif; max-width: 34em; margin: 4em auto">'
    "<h1>Duebell</h1><p>{text}</p></body></html>"
)
_DONE = "FreshBooks has answered. You can close this page and go back to the terminal."


@contextlib.asynccontextmanager
async def listening(
    consent: Consent, now: datetime, tell: Callable[[str], None]
) -> AsyncIterator[asyncio.Future[str]]:
    """Listen for the answer to a request whose redirect URI is local; gives the coming code.

    ``tell`` hears of answers that were refused; the right one is still waited for. The future
    fails where nobody agreed.

    Raises:
        OSError: if the port is taken, or may not be used.
    """
    address = consent.local_address
    assert address is not None, "the redirect URI leads elsewhere"  # noqa: S101
    port, path = address
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    desk = _Desk(consent, path, code, tell)
    server = await asyncio.start_server(
        desk.serve,
        sock=_bind(port),
        ssl=_encryption(now),
        ssl_handshake_timeout=HANDSHAKE_SECONDS,
        limit=LONGEST_LINE,
    )
    try:
        yield code
    finally:
        server.close()
        code.cancel()
        await desk.finish()


def _bind(port: int) -> socket.socket:
    """This machine alone; browsers that try ::1 for localhost come to 127.0.0.1 next."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


class _Desk:
    """Answers the browser, page by page, until the code is there."""

    def __init__(
        self,
        consent: Consent,
        path: str,
        code: asyncio.Future[str],
        tell: Callable[[str], None],
    ) -> None:
        self._consent = consent
        self._path = path
        self._code = code
        self._tell = tell
        self._open: set[asyncio.Task[None]] = set()

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def finish(self) -> None:
        """End what is still open: connections that a browser opened and never used."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A browser that does not trust the certificate breaks off anywhere, and may come again.
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._answer(await _target(reader), writer)
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(REQUEST_SECONDS):
                await writer.wait_closed()

    async def _answer(self, target: str, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(target)
        if parts.path != self._path or not parts.query:
            return await _write(writer, "404 Not Found", "There is nothing here.")
        try:
            code = self._consent.code_in_query(parts.query)
        except RequestRefused as refusal:
            await _write(writer, "400 Bad Request", str(refusal))
            return self._refuse(refusal)
        await _write(writer, "200 OK", _DONE)
        if not self._code.done():
            self._code.set_result(code)

    def _refuse(self, refusal: RequestRefused) -> None:
        if isinstance(refusal, NotTheAnswer):
            self._tell(f"A browser came with an answer that does not fit. {refusal}")
        elif not self._code.done():
            self._code.set_exception(refusal)


async def _target(reader: asyncio.StreamReader) -> str:
    """What the request is for; its headers are read to their end, and say nothing to us.

    Raises:
        ValueError: if it is no GET, or a line is too long.
    """
    line = (await reader.readline()).decode("latin-1")
    while (await reader.readline()).strip():
        pass
    method, _, rest = line.partition(" ")
    if method != "GET":
        raise ValueError("not a GET")
    return rest.partition(" ")[0]


async def _write(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = _PAGE.format(text=html.escape(text)).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nReferrer-Policy: no-referrer\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()


def _encryption(now: datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="duebell-certificate-") as place:
        # Python reads certificates from files alone; the directory is ours only.
        path = Path(place) / "pair.pem"
        path.write_bytes(self_signed(now))
        context.load_cert_chain(path)
    return context


def self_signed(now: datetime) -> bytes:
    """A key and its certificate for this machine, good for an hour, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    places = (
        x509.DNSName("localhost"),
        x509.IPAddress(IPv4Address("127.0.0.1")),
        x509.IPAddress(IPv6Address("::1")),
    )
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
