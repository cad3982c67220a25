"""FreshBooks' webhook subscriptions: create, list, read, verify, resend, change, delete.

https://www.freshbooks.com/api/webhooks
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from duebell.sandbox.background import Background
from duebell.sandbox.delivery import Deliveries
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.firms import Firms
from duebell.sandbox.freshbooks_errors import BooksError, forbidden, unprocessable
from duebell.sandbox.freshbooks_gate import Gate
from duebell.sandbox.freshbooks_records import NO_BILLS, NO_BILLS_MESSAGE
from duebell.sandbox.kinds import BY_NOUN, EVENTS, NOUN_SCOPES
from duebell.sandbox.paging import page_of
from duebell.sandbox.scenarios import FRESHBOOKS
from duebell.sandbox.state import CallbackRecord, State
from duebell.sandbox.subscriptions import Subscriptions

#: How long creating a callback waits for the handshake that it lets go first.
HANDSHAKE_WAIT_SECONDS = 1.0

_NOT_FOUND = json_answer(404, {"errno": 404, "message": "Requested resource could not be found."})
_NO_METHOD = json_answer(405, {"errno": 405, "message": "Method not allowed."})


class FreshBooksCallbacks:
    """The events family: ``/events/account/{account}/events/callbacks[/{id}]``."""

    def __init__(
        self,
        state: State,
        firms: Firms,
        gate: Gate,
        faults: Faults,
        subscriptions: Subscriptions,
        deliveries: Deliveries,
        background: Background,
    ) -> None:
        self._state = state
        self._firms = firms
        self._gate = gate
        self._faults = faults
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._background = background

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/events``."""
        parts = call.parts
        if [*parts[1:2], *parts[3:5]] != ["account", "events", "callbacks"]:
            return _NOT_FOUND
        account = parts[2]
        if self._firms.find(account) is None:
            return _NOT_FOUND
        scopes = await self._gate.admit(call, "events", account)
        self._state.count("freshbooks.callbacks")
        if len(parts) > 5 and parts[5]:
            answer = self._answer_item(call, account)
        elif call.method == "POST":
            answer = await self._create(call, account, scopes.split())
        else:
            answer = self._list(call, account) if call.method == "GET" else _NO_METHOD
        return self._gate.with_rate(answer, account) if answer.status == 200 else answer

    def _answer_item(self, call: Call, account: str) -> Answer:
        callback = self._subscriptions.find(account, call.parts[5])
        if callback is None:
            return _NOT_FOUND
        if call.method == "GET":
            return self._one(callback)
        if call.method == "PUT":
            return self._change(callback, call.json().get("callback") or {})
        if call.method == "DELETE":
            self._subscriptions.remove(callback)
            return Answer(204, b"", ())
        return _NO_METHOD

    async def _create(self, call: Call, account: str, scopes: list[str]) -> Answer:
        sent = call.json().get("callback") or {}
        event, uri = str(sent.get("event", "")), str(sent.get("uri", ""))
        _check(event, uri)
        self._check_access(event, scopes, account)
        callback = self._subscriptions.add(account, event, uri)
        handshake = self._background.start(self._deliveries.shake_hands(callback))
        if self._state.tunables.handshake_first:
            await asyncio.wait({handshake}, timeout=HANDSHAKE_WAIT_SECONDS)
        return self._one(callback)

    def _check_access(self, event: str, scopes: list[str], account: str) -> None:
        noun = event.partition(".")[0]
        if NOUN_SCOPES[noun] not in scopes:
            raise forbidden("events")
        kind = BY_NOUN.get(noun)
        is_gated = kind is not None and kind.needs_payables
        if is_gated and self._faults.take(FRESHBOOKS, NO_BILLS, account):
            raise forbidden("events", NO_BILLS_MESSAGE)

    def _list(self, call: Call, account: str) -> Answer:
        query = call.query()
        rows = self._subscriptions.listed(account, query.get("search[event]"))
        try:
            page, numbers = page_of(rows, query)
        except BooksError as error:
            raise unprocessable([str(error)]) from None
        callbacks = [self._subscriptions.wire(row) for row in page]
        return json_answer(200, {"response": {"result": {"callbacks": callbacks, **numbers}}})

    def _change(self, callback: CallbackRecord, sent: dict[str, Any]) -> Answer:
        if sent.get("resend"):
            self._subscriptions.renew(callback)
            self._background.start(self._deliveries.shake_hands(callback))
            return self._one(callback)
        event, uri = str(sent.get("event", callback.event)), str(sent.get("uri", callback.uri))
        _check(event, uri)
        if "verifier" in sent and not self._subscriptions.verify(callback, sent["verifier"]):
            self._state.count("freshbooks.refused_verifiers")
            raise unprocessable(["verifier: Value error, Verifier does not match."])
        self._subscriptions.point(callback, event, uri)
        return self._one(callback)

    def _one(self, callback: CallbackRecord) -> Answer:
        result = {"callback": self._subscriptions.wire(callback)}
        return json_answer(200, {"response": {"result": result}})


def _check(event: str, uri: str) -> None:
    details = []
    if event not in EVENTS:
        details.append("event: Value error, Unrecognized event.")
    if not _is_absolute(uri):
        details.append("uri: Input should be a valid URL, relative URL without a base")
    if details:
        raise unprocessable(details)


def _is_absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
