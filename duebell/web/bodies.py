"""Reading what a sender posts, and answering it: limits first, then bytes. No wire format here."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send

from duebell.domain.failures import WebhookRefused

#: Real deliveries are a few hundred bytes.
MAX_BODY_BYTES = 64 * 1024

#: FreshBooks gives a webhook 10 seconds in all, Twilio 15.
READ_SECONDS = 5.0

FORM = "application/x-www-form-urlencoded"

#: The address of a page names an email: no cache keeps it, and no other site is told of it.
_PRIVATE = ((b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer"))

#: What a sender is asked to wait when nothing could be stored, in seconds.
RETRY_AFTER_SECONDS = 10


def header(scope: Scope, name: bytes) -> str | None:
    """Give the first header of this lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value).decode("latin-1")
    return None


def require_form(scope: Scope, limit: int = MAX_BODY_BYTES) -> None:
    """Refuse by the headers alone what is no form or announces too much.

    Raises:
        WebhookRefused: 415 for another content type, 413 for a body over ``limit`` bytes.
    """
    require_type(scope, FORM, limit)


def require_type(scope: Scope, wanted: str, limit: int) -> None:
    """Refuse by the headers alone what is of another content type or announces too much.

    Raises:
        WebhookRefused: 415 for another content type, 413 for a body over ``limit`` bytes.
    """
    content_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if content_type != wanted:
        raise WebhookRefused(415, "content type")
    announced = header(scope, b"content-length") or "0"
    if not announced.isdecimal():
        raise WebhookRefused(400, "content length")
    if int(announced) > limit:
        raise WebhookRefused(413, "too large")


async def read_body(
    receive: Receive, *, seconds: float = READ_SECONDS, limit: int = MAX_BODY_BYTES
) -> bytes:
    """Read the whole body.

    Raises:
        WebhookRefused: 413 over ``limit`` bytes, 408 if it takes longer than ``seconds``, 400 if
            the sender hangs up.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _read_all(receive, limit)
    except TimeoutError:
        raise WebhookRefused(408, "too slow") from None


async def _read_all(receive: Receive, limit: int) -> bytes:
    body = b""
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise WebhookRefused(400, "disconnected")
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > limit:
            raise WebhookRefused(413, "too large")
        if not message.get("more_body", False):
            return body


async def answer(
    send: Send, status: int, body: bytes = b"", content_type: str = "", *, close: bool = False
) -> None:
    """Send a complete response; a 503 asks to come again, ``close`` ends the connection."""
    headers: list[tuple[bytes, bytes]] = []
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    if content_type.startswith("text/html"):
        headers += _PRIVATE
    if status == 503:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
