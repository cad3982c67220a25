"""One HTTP exchange as the sandbox sees it: the call that came, and the answer that goes out.

By hand instead of by a framework: benchmarks share the machine with the sandbox, and most of a
framework's work per request would be done for nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON_TYPE: Header = (b"content-type", b"application/json")
HTML_TYPE: Header = (b"content-type", b"text/html")


class Answer(NamedTuple):
    """What goes back; the length header is added when it is sent."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (JSON_TYPE,)


class Refusal(Exception):
    """The call ends here with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class DropConnection(Exception):
    """Close the TCP connection without an answer."""


class NoAnswer(Exception):
    """Keep the connection open and never answer."""


def json_answer(status: int, payload: object, *headers: Header) -> Answer:
    """Answer with a JSON body."""
    return Answer(status, json.dumps(payload).encode(), (JSON_TYPE, *headers))


def html_answer(status: int, title: str) -> Answer:
    """Answer like the web server in front of an API that is not there."""
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, page.encode(), (HTML_TYPE,))


class Call:
    """A request, with its body read. Parsing happens on demand."""

    __slots__ = ("body", "method", "parts", "scope")

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.scope = scope
        self.body = body
        self.method: str = scope["method"]
        self.parts: list[str] = scope["path"].split("/")[1:]

    @classmethod
    async def from_asgi(cls, scope: Scope, receive: Receive) -> Call:
        """Read the request to its end."""
        body = b""
        if scope["method"] != "GET":
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
        return cls(scope, body)

    @property
    def path(self) -> str:
        """The path without the query."""
        return str(self.scope["path"])

    def header(self, name: bytes) -> str:
        """The first header of this (lower-case) name, or the empty string."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value, "latin-1")
        return ""

    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one, the last."""
        raw = self.scope["query_string"]
        return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}

    def query_list(self, name: str) -> list[str]:
        """All values of a repeatable query parameter."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return [value for key, value in pairs if key == name]

    def form(self) -> dict[str, str]:
        """The form-encoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; anything else counts as an empty one."""
        try:
            payload = json.loads(self.body)
        except ValueError:
            return {}
        return payload if isinstance(payload, dict) else {}
