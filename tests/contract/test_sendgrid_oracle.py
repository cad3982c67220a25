"""Our check of SendGrid's signature beside SendGrid's own."""

from __future__ import annotations

import base64
import random

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sendgrid.helpers.eventwebhook import EventWebhook

from duebell.providers.sendgrid.signatures import is_signed, public_key_from
from tests.unit.providers.samples import sample

VECTOR = sample("sendgrid/signature.json")
PRIVATE = ec.derive_private_key(20260504, ec.SECP256R1())
PUBLIC = base64.b64encode(
    PRIVATE.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()

BODIES = ["[]", "[]\r\n", '[{"email":"é@client.example"}]\r\n', "", "👍", "[1]\n\n"]


def verdicts(key: str, timestamp: str, body: str, signature: str) -> tuple[bool, bool]:
    """SendGrid's verdict, and ours."""
    theirs = EventWebhook(key).verify_signature(body, signature, timestamp)
    ours = is_signed(timestamp, body.encode(), signature, public_key_from(key))
    return theirs, ours


def signed(timestamp: str, body: str) -> str:
    """A signature as SendGrid makes it."""
    der = PRIVATE.sign((timestamp + body).encode(), ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(der).decode()


@pytest.mark.parametrize("body", [VECTOR["body"], VECTOR["body"].rstrip()])
def test_the_published_vector(body: str) -> None:
    """Both agree on SendGrid's own example, with its line end and without."""
    theirs, ours = verdicts(VECTOR["public_key"], VECTOR["timestamp"], body, VECTOR["signature"])

    assert (body == VECTOR["body"], theirs) == (theirs, ours)


@pytest.mark.parametrize("body", BODIES)
def test_what_is_signed_is_signed_for_both(body: str) -> None:
    """A batch that SendGrid signed passes both checks."""
    assert (True, True) == verdicts(PUBLIC, "1777887000", body, signed("1777887000", body))


@pytest.mark.parametrize("seed", range(20))
def test_both_refuse_what_was_changed(seed: int) -> None:
    """A batch with one sign changed, anywhere, fails both checks."""
    chance = random.Random(seed)
    body = '[{"event":"delivered","email":"ann@client.example"}]\r\n'
    signature = signed("1777887000", body)
    place = chance.randrange(len(body))
    changed = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]

    assert (False, False) == verdicts(PUBLIC, "1777887000", changed, signature)
