"""SendGrid's signature: whose batch is believed."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from duebell.domain.failures import ConfigurationError
from duebell.providers.sendgrid.signatures import is_signed, public_key_from
from tests.unit.providers.samples import sample

VECTOR = sample("sendgrid/signature.json")
KEY = public_key_from(VECTOR["public_key"])
BODY = VECTOR["body"].encode()
TIMESTAMP, SIGNATURE = VECTOR["timestamp"], VECTOR["signature"]


def written(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    """A public key as SendGrid shows one."""
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_bytes(serialization.Encoding.DER, kind)).decode()


def test_the_published_vector() -> None:
    """SendGrid's own example is signed, with its line end."""
    assert is_signed(TIMESTAMP, BODY, SIGNATURE, KEY)


@pytest.mark.parametrize(
    "body",
    [
        BODY.rstrip(),
        BODY.replace(b'":"', b'": "'),
        BODY.replace(b"hello", b"jello"),
        BODY + b"\n",
        b"",
    ],
)
def test_the_bytes_are_signed(body: bytes) -> None:
    """A body that differs in a byte is not the one that was signed."""
    assert not is_signed(TIMESTAMP, body, SIGNATURE, KEY)


@pytest.mark.parametrize(
    "timestamp", [None, "", "1600112503", " 1600112502", "1600112502 ", "+1600112502", "１６"]
)
def test_the_timestamp_is_signed(timestamp: str | None) -> None:
    """Another timestamp, or none, is not the one that was signed."""
    assert not is_signed(timestamp, BODY, SIGNATURE, KEY)


def test_the_timestamp_ends_where_the_body_begins() -> None:
    """The border between timestamp and body cannot be moved without breaking the batch."""
    assert not is_signed(TIMESTAMP + "[", BODY[1:], SIGNATURE, KEY)


@pytest.mark.parametrize(
    "signature",
    [None, "", "x", "AAAA", "é", SIGNATURE[:-4], SIGNATURE + "AAAA", "=" + SIGNATURE, "-" * 96],
)
def test_a_malformed_signature_is_none(signature: str | None) -> None:
    """What is no signature is refused, and nothing breaks."""
    assert not is_signed(TIMESTAMP, BODY, signature, KEY)


def test_another_key_does_not_fit() -> None:
    """A batch signed by somebody else is refused, and by the new key accepted."""
    private = ec.generate_private_key(ec.SECP256R1())
    signature = base64.b64encode(private.sign(b"7[]", ec.ECDSA(hashes.SHA256()))).decode()

    assert is_signed("7", b"[]", signature, public_key_from(written(private.public_key())))
    assert not is_signed("7", b"[]", signature, KEY)


def test_a_key_from_a_file() -> None:
    """The lines and the armour of a PEM file around the key do no harm."""
    half = len(VECTOR["public_key"]) // 2
    lines = [VECTOR["public_key"][:half], VECTOR["public_key"][half:]]
    text = "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    assert is_signed(TIMESTAMP, BODY, SIGNATURE, public_key_from(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a key",
        "é",
        "AAAA",
        VECTOR["public_key"][:-8],
        written(ec.generate_private_key(ec.SECP384R1()).public_key()),
        written(rsa.generate_private_key(65537, 2048).public_key()),
    ],
    ids=["empty", "words", "letters", "base64", "short", "other-curve", "rsa"],
)
def test_a_malformed_key_is_told_at_once(text: str) -> None:
    """A configured key that is none is a fault of the configuration, with what to do."""
    with pytest.raises(ConfigurationError, match="verification key: copy the one"):
        public_key_from(text)
