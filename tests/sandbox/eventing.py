"""Reading what SendGrid's Event Webhook brought."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from duebell.sandbox import credentials
from duebell.sandbox.sendgrid_events import SIGNATURE, TIMESTAMP
from tests.sandbox.subscriber import Received, Subscriber, wait_until


def is_signed(batch: Received) -> bool:
    """Whether the well-known key made the signature of a batch."""
    key = load_der_public_key(base64.b64decode(credentials.SENDGRID_WEBHOOK_KEY))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(batch.headers[SIGNATURE.lower()])
    message = batch.headers[TIMESTAMP.lower()].encode() + batch.body.encode()
    try:
        key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def events_of(subscriber: Subscriber) -> list[Any]:
    """All events that came, in their order."""
    return [event for batch in subscriber.received for event in json.loads(batch.body)]


def words_of(subscriber: Subscriber) -> list[str]:
    """What the events are called, without what is none."""
    return [event["event"] for event in events_of(subscriber) if isinstance(event, dict)]


def hear(subscriber: Subscriber, count: int) -> list[Any]:
    """All events that came, as soon as they are so many."""
    wait_until(lambda: len(events_of(subscriber)) >= count)
    return events_of(subscriber)
