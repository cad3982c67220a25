"""SendGrid's Event Webhook: batches of events, signed over the very bytes, tried again for long.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from duebell.sandbox import credentials
from duebell.sandbox.background import Background
from duebell.sandbox.posting import JSON_BODY, Poster
from duebell.sandbox.state import State

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

#: SendGrid's patience is told by others; the sandbox takes it on trust.
TIMEOUT_SECONDS = 10.0

#: A key that nobody was given, for signatures that are wrong.
_OTHER_NUMBER = 7


def sign(timestamp: str, raw: bytes, number: int = credentials.SENDGRID_PRIVATE_NUMBER) -> str:
    """The signature of a batch by the private key of this number."""
    key = ec.derive_private_key(number, ec.SECP256R1())
    signature = key.sign(timestamp.encode() + raw, ec.ECDSA(SHA256()))
    return base64.b64encode(signature).decode()


def batch_of(events: list[Any]) -> bytes:
    """A batch as SendGrid writes it: one event a line, and a line's end after the last."""
    return b"[" + b",\r\n".join(json.dumps(event).encode() for event in events) + b"]\r\n"


class EventPoster:
    """Gathers events for a moment and posts them together.

    ``default_url`` is where they go while no setting says otherwise.
    """

    def __init__(
        self,
        state: State,
        poster: Poster,
        background: Background,
        now: Callable[[], datetime],
        default_url: str,
    ) -> None:
        self._state = state
        self._poster = poster
        self._background = background
        self._now = now
        self._default_url = default_url
        self._waiting: list[Any] = []

    def forget(self) -> None:
        """Forget the events that were not posted yet."""
        self._waiting.clear()

    def add(self, *events: Any) -> None:
        """Post these with whatever else comes at about this time."""
        if not self._waiting:
            self._background.start(self._post_soon())
        self._waiting.extend(events)

    def add_apart(self, event: Any) -> None:
        """Post this one in a batch of its own."""
        self._background.start(self._post([event]))

    async def _post_soon(self) -> None:
        await asyncio.sleep(self._state.tunables.event_batch_seconds)
        events, self._waiting = self._waiting, []
        await self._post(events)

    async def _post(self, events: list[Any]) -> None:
        tunables = self._state.tunables
        url = tunables.sendgrid_events_url or self._default_url
        if not url:
            self._state.count("sendgrid.batches.nowhere")
            return
        raw = batch_of(events)
        # Further tries say the time of the first: nobody documents it, and it is the harder case.
        headers = self._headers(raw)
        for number in range(tunables.delivery_tries):
            if number:
                await asyncio.sleep(tunables.retry_seconds)
            posted = await self._poster.post(url, raw, headers, TIMEOUT_SECONDS, JSON_BODY)
            self._state.count(f"sendgrid.batches.{posted.status or posted.failure}")
            if posted.is_success:
                return

    def _headers(self, raw: bytes) -> dict[str, str]:
        how = self._state.tunables.sendgrid_signs
        if how == "not":
            return {}
        timestamp = str(int(self._now().timestamp()))
        is_well = how == "well"
        number = credentials.SENDGRID_PRIVATE_NUMBER if is_well else _OTHER_NUMBER
        return {SIGNATURE: sign(timestamp, raw, number), TIMESTAMP: timestamp}
