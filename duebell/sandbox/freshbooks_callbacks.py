"""FreshBooks' webhook subscriptions: create, list, read, verify, resend, change, delete.

https://www.freshbooks.com/api/webhooks
"""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from duebell.sandbox import credentials
from duebell.sandbox.background import Background
from duebell.sandbox.delivery import Deliveries
from duebell.sandbox.exchange import Answer, Call, Refusal, json_answer
from duebell.sandbox.freshbooks_oauth import RATE_HEADERS, FreshBooksOAuth
from duebell.sandbox.paging import page_of
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import CallbackRecord, State

#: How long creating a callback waits for the handshake that it lets go first.
HANDSHAKE_WAIT_SECONDS = 1.0

_NOUNS = (
    *("bill", "bill_vendor", "category", "client", "credit_note", "estimate", "expense"),
    *("invoice", "item", "payment", "project", "recurring", "service", "tax", "time_entry"),
)
_VERBS = ("create", "update", "delete")
EVENTS = frozenset(
    {
        *_NOUNS,
        *(f"{noun}.{verb}" for noun in _NOUNS for verb in _VERBS),
        *("invoice.sendByEmail", "estimate.sendByEmail"),
    }
)

_NOT_FOUND = json_answer(404, {"errno": 404, "message": "Requested resource could not be found."})


def _unprocessable(details: list[str]) -> Answer:
    message = "The request was well-formed but was unable to be followed due to semantic errors."
    return json_answer(422, {"errno": 422, "message": message, "details": details})


class FreshBooksCallbacks:
    """The events family: ``/events/account/{account}/events/callbacks[/{id}]``."""

    def __init__(
        self,
        state: State,
        oauth: FreshBooksOAuth,
        deliveries: Deliveries,
        saver: Saver,
        background: Background,
        now: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._state = state
        self._oauth = oauth
        self._deliveries = deliveries
        self._saver = saver
        self._background = background
        self._now = now
        self._rng = rng

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/events``."""
        family = call.parts[1:2] + call.parts[3:5]
        if family != ["account", "events", "callbacks"]:
            return _NOT_FOUND
        if call.parts[2] != credentials.ACCOUNT_ID:
            return _NOT_FOUND
        await self._oauth.admit(call, is_events=True)
        if len(call.parts) == 5 or call.parts[5] == "":
            return await self._answer_collection(call)
        return self._answer_item(call, call.parts[5])

    def disable(self, callback_id: int) -> bool:
        """Take the verification away, as FreshBooks may after long failure; False if unknown."""
        callback = self._state.callbacks.get(callback_id)
        if callback is None:
            return False
        callback.verified = False
        self._touch(callback)
        return True

    async def _answer_collection(self, call: Call) -> Answer:
        if call.method == "POST":
            return await self._create(call)
        if call.method == "GET":
            return self._list(call)
        return json_answer(405, {"errno": 405, "message": "Method not allowed."})

    def _answer_item(self, call: Call, word: str) -> Answer:
        callback = self._state.callbacks.get(int(word)) if word.isdecimal() else None
        if callback is None:
            return _NOT_FOUND
        if call.method == "GET":
            return _one(callback)
        if call.method == "PUT":
            return self._change(callback, call.json().get("callback") or {})
        if call.method == "DELETE":
            del self._state.callbacks[callback.id]
            self._saver.save_now()
            return Answer(204, b"", ())
        return json_answer(405, {"errno": 405, "message": "Method not allowed."})

    async def _create(self, call: Call) -> Answer:
        sent = call.json().get("callback") or {}
        event, uri = str(sent.get("event", "")), str(sent.get("uri", ""))
        _check(event, uri)
        number = self._state.next_id("callback", 2001)
        callback = CallbackRecord(number, event, uri, self._new_verifier(), False, "")
        self._state.callbacks[number] = callback
        self._touch(callback)
        handshake = self._background.start(self._deliveries.shake_hands(callback))
        if self._state.tunables.handshake_first:
            await asyncio.wait({handshake}, timeout=HANDSHAKE_WAIT_SECONDS)
        return _one(callback)

    def _list(self, call: Call) -> Answer:
        query = call.query()
        rows = list(self._state.callbacks.values())
        wanted = query.get("search[event]")
        if wanted is not None:
            # The filter also finds subscriptions to the whole noun.
            nouns = (wanted, wanted.partition(".")[0])
            rows = [row for row in rows if row.event in nouns]
        page, numbers = page_of(rows, query)
        result = {"callbacks": [_wire(row) for row in page], **numbers}
        return json_answer(200, {"response": {"result": result}}, *RATE_HEADERS)

    def _change(self, callback: CallbackRecord, sent: dict[str, Any]) -> Answer:
        if sent.get("resend"):
            callback.verifier = self._new_verifier()
            callback.verified = False
            self._touch(callback)
            self._background.start(self._deliveries.shake_hands(callback))
            return _one(callback)
        if "verifier" in sent:
            if sent["verifier"] != callback.verifier:
                self._state.count("freshbooks.refused_verifiers")
                return _unprocessable(["verifier: Value error, Verifier does not match."])
            callback.verified = True
        event, uri = str(sent.get("event", callback.event)), str(sent.get("uri", callback.uri))
        _check(event, uri)
        callback.event, callback.uri = event, uri
        self._touch(callback)
        return _one(callback)

    def _touch(self, callback: CallbackRecord) -> None:
        callback.updated_at = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._saver.save_now()

    def _new_verifier(self) -> str:
        letters = string.ascii_letters + string.digits
        return "".join(self._rng.choice(letters) for _ in range(33))


def _check(event: str, uri: str) -> None:
    details = []
    if event not in EVENTS:
        details.append("event: Value error, Unrecognized event.")
    if not _is_absolute(uri):
        details.append("uri: Input should be a valid URL, relative URL without a base")
    if details:
        raise Refusal(_unprocessable(details))


def _is_absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _wire(callback: CallbackRecord) -> dict[str, Any]:
    return {
        "callbackid": callback.id,
        "verified": callback.verified,
        "uri": callback.uri,
        "event": callback.event,
        "updated_at": callback.updated_at,
    }


def _one(callback: CallbackRecord) -> Answer:
    return json_answer(200, {"response": {"result": {"callback": _wire(callback)}}}, *RATE_HEADERS)
