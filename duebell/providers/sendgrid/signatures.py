"""SendGrid's signature on its event webhook: ECDSA on the curve P-256 with SHA-256.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
Pure: no clock, no IO.
"""

from __future__ import annotations

import base64
import re

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from duebell.domain.failures import ConfigurationError

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

PublicKey = ec.EllipticCurvePublicKey

#: Digits and nothing else: the timestamp is signed together with the body and without a mark in
#: between, so a wider one could take over the beginning of the body.
_TIMESTAMP = re.compile(r"[0-9]{1,20}", re.ASCII)

_ARMOUR = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----")

_FAULT = (
    "DUEBELL_SENDGRID_WEBHOOK_KEY is not a verification key: copy the one that SendGrid shows"
    " under Settings, Mail Settings, Event Webhook, Signed Event Webhook."
)


def public_key_from(text: str) -> PublicKey:
    """Read a verification key as SendGrid shows it; the lines around it in a PEM file may stay.

    Raises:
        ConfigurationError: where it is none.
    """
    try:
        der = base64.b64decode("".join(_ARMOUR.sub("", text).split()), validate=True)
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError([_FAULT]) from None
    if not isinstance(key, PublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigurationError([_FAULT])
    return key


def is_signed(
    timestamp: str | None, raw_body: bytes, signature: str | None, public_key: PublicKey
) -> bool:
    """Tell whether SendGrid signed this body, byte for byte as it came, its last line end too.

    How old a timestamp may be is not asked: a delivery repeated after hours may carry the first
    one. What comes again is known by the ids of its events.
    """
    if not timestamp or not signature or _TIMESTAMP.fullmatch(timestamp) is None:
        return False
    try:
        der = base64.b64decode(signature, validate=True)
        public_key.verify(der, timestamp.encode() + raw_body, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True
