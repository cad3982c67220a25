"""The address FreshBooks delivers to. What a form and a signature are, the wire module knows.

Nothing is decided here about the books: a delivery becomes a signal, and the worker looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from duebell.domain.connections import KnownCallback
from duebell.domain.failures import WebhookRefused
from duebell.domain.signals import Signal
from duebell.providers.freshbooks.wire import (
    SIGNATURE_HEADER,
    Delivery,
    Handshake,
    handshake_from,
    is_signed,
    read_delivery,
)
from duebell.web.bodies import header, read_body, require_form
from duebell.web.hook import Accepted, Visit, WebLedger
from duebell.web.recent import Recent

logger = logging.getLogger(__name__)

_SIGNATURE = SIGNATURE_HEADER.lower().encode()

#: Tokens are made by us and are shorter; longer words are not worth a look into the ledger.
_MAX_TOKEN_CHARACTERS = 128


class FreshBooksIntake:
    """Verifies and stores what FreshBooks delivers."""

    source = "freshbooks"

    def __init__(
        self, ledger: WebLedger, now: Callable[[], datetime], *, read_seconds: float
    ) -> None:
        self._ledger = ledger
        self._read_seconds = read_seconds
        self._callbacks: Recent[KnownCallback | None] = Recent(ledger.find_callback, now)

    async def accept(self, visit: Visit) -> Accepted:
        """Store a signal or a handshake.

        Raises:
            WebhookRefused: if the request is not a delivery of this callback.
            LedgerUnavailable: if it cannot be stored now.
        """
        require_form(visit.scope)
        token: str = visit.scope["path_params"]["token"]
        callback = await self._known(token)
        visit.facts.update(callback=callback.row, account_id=callback.account_id)
        raw = await read_body(visit.receive, seconds=self._read_seconds)
        delivery = read_delivery(raw)
        if (handshake := handshake_from(delivery)) is not None:
            return await self._store_handshake(callback, handshake)
        return await self._store_delivery(visit, token, callback, delivery)

    async def _known(self, token: str) -> KnownCallback:
        too_long = len(token) > _MAX_TOKEN_CHARACTERS
        callback = None if too_long else await self._callbacks.find(token)
        if callback is None:
            raise WebhookRefused(404, "unknown address")
        return callback

    async def _store_handshake(self, callback: KnownCallback, handshake: Handshake) -> Accepted:
        # The secret is in the body, so a signature would prove nothing. It signs for deliveries
        # only once the worker has offered it to FreshBooks.
        if handshake.account_id != callback.account_id:
            raise WebhookRefused(401, "account")
        await self._ledger.record_handshake(callback, handshake.verifier, handshake.callback_id)
        return Accepted(200, "handshake")

    async def _store_delivery(
        self, visit: Visit, token: str, callback: KnownCallback, delivery: Delivery
    ) -> Accepted:
        if not await self._is_signed(visit, token, callback, delivery):
            raise WebhookRefused(401, "signature")
        # Only now: what an unsigned body says of itself does not belong in the log.
        visit.facts.update(event=delivery.name, object_id=delivery.object_id)
        if delivery.account_id != callback.account_id:
            raise WebhookRefused(401, "account")
        is_expected = _covers(callback.event, delivery.name)
        if not is_expected:
            extra = {**visit.facts, "subscribed": callback.event}
            logger.warning("webhook.unexpected", extra=extra)
        await self._ledger.record_signal(
            Signal(delivery.account_id, delivery.name, delivery.object_id)
        )
        return Accepted(200, "stored" if is_expected else "unexpected")

    async def _is_signed(
        self, visit: Visit, token: str, callback: KnownCallback, delivery: Delivery
    ) -> bool:
        signature = header(visit.scope, _SIGNATURE)
        if not signature:
            return False
        if is_signed(delivery.fields, signature, callback.verifiers):
            return True
        # The worker may have settled a handshake since the callback was read.
        newest = await self._callbacks.look_again(token)
        if newest is None or newest.verifiers == callback.verifiers:
            return False
        return is_signed(delivery.fields, signature, newest.verifiers)


def _covers(subscribed: str, event: str) -> bool:
    """Whether a subscription to an event, or to a noun with all its verbs, is told of the event."""
    return event == subscribed or event.partition(".")[0] == subscribed
