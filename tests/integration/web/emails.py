"""An email that SendGrid took, and what SendGrid tells of it, signed here."""

from __future__ import annotations

import base64
import json
import sqlite3
from dataclasses import replace
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from duebell.domain.decisions import Decision, Plan
from duebell.domain.delivery import OutcomeKind
from duebell.domain.rules import Channel
from duebell.ledger.ledger import Ledger
from tests.integration.web.station import Clock, Station, run
from tests.ledger_scenes import RULE, a_claim, a_plan, a_record, a_worker, an_ending, an_intent

PRIVATE_KEY = ec.derive_private_key(41, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(43, ec.SECP256R1())
ADDRESS = "ann@alder.example"
EMAIL_ID = "ntf_0123456789abcdef01234567"
MESSAGE_ID = "14c5d75ce93"
EVENTS = "/webhooks/sendgrid/events"
TIMESTAMP = "1763121600"


def public_key(key: ec.EllipticCurvePrivateKey = PRIVATE_KEY) -> str:
    """The key by which signatures are verified, as SendGrid shows it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def signed(raw: bytes, key: ec.EllipticCurvePrivateKey = PRIVATE_KEY) -> dict[str, str]:
    """The headers of a batch."""
    signature = key.sign(TIMESTAMP.encode() + raw, ec.ECDSA(SHA256()))
    return {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": TIMESTAMP,
    }


def an_event(word: str, **changes: object) -> dict[str, Any]:
    """One event about our email; what is None is left out."""
    event = {
        "event": word,
        "email": ADDRESS,
        "timestamp": int(TIMESTAMP),
        "sg_event_id": f"id-{word}",
        "sg_message_id": f"{MESSAGE_ID}.filter0001.1.2-0",
        "nid": EMAIL_ID,
        "natt": "1",
        **changes,
    }
    return {name: value for name, value in event.items() if value is not None}


def post(station: Station, *events: object) -> httpx.Response:
    """SendGrid posts a batch."""
    return post_raw(station, json.dumps(events).encode())


def post_raw(station: Station, raw: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """SendGrid, or somebody else, posts these bytes."""
    return station.call("POST", EVENTS, content=raw, headers=headers or signed(raw))


def tell_key(station: Station, key: str = "") -> None:
    """A worker has started and told the key."""
    run(station.ledger.put_sendgrid_key(key or public_key()))


def sent_email(ledger: Ledger, id_: str = EMAIL_ID, address: str = ADDRESS) -> None:
    """An email that SendGrid took under the one message id there is."""
    rule = replace(RULE, channel=Channel.EMAIL)
    (decision,) = a_plan(rule=rule).decisions
    assert decision.planned is not None
    contact = replace(decision.planned.contact, address=address)
    planned = replace(decision.planned, contact=contact)
    plan = Plan((Decision(decision.verdict, "", rule, decision.occurrence, planned),))
    intent = replace(
        an_intent(id_, Clock().time), recipient=address, channel="email", provider="sendgrid"
    )
    run(ledger.beat(a_worker()))
    run(ledger.record_plans([a_record(a_claim(), plan)], lambda: id_))
    run(ledger.begin_attempt(intent))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.ACCEPTED, provider_id=MESSAGE_ID)))


def change(station: Station, statement: str) -> None:
    """Somebody changes the database beside the application."""
    with sqlite3.connect(station.database) as connection:
        connection.execute(statement)
    connection.close()
