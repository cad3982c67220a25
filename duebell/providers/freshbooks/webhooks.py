"""FreshBooks' deliveries: the form, its signature, and what may be believed of it.

The signature covers the form fields re-serialised as JSON, in the order received, and not the raw
body (https://www.freshbooks.com/api/webhooks). Pure: no clock, no IO.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl

from duebell.domain.failures import WebhookRefused

SIGNATURE_HEADER = "X-FreshBooks-Hmac-SHA256"

#: The name of the delivery which carries a new callback's verifier.
HANDSHAKE = "callback.verify"

MALFORMED = "malformed"

_MOST_FIELDS = 64
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_VERIFIER = re.compile(r"[!-~]{8,256}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as received. ``object_id`` is the changed record, or the callback to verify.

    ``fields`` are all the fields in the order received, which is what the signature covers; never
    authenticate by one of them.
    """

    name: str
    object_id: str
    account_id: str
    fields: Mapping[str, str] = field(repr=False)

    @property
    def is_handshake(self) -> bool:
        """Whether FreshBooks asks to verify a callback."""
        return self.name == HANDSHAKE


@dataclass(frozen=True, slots=True)
class Handshake:
    """FreshBooks' request to verify a callback. The verifier is the secret that signs for it."""

    callback_id: str
    verifier: str = field(repr=False)
    account_id: str


def parse_form(raw: bytes) -> dict[str, str]:
    """Read a form body strictly: blank values stay, the order stays.

    Raises:
        WebhookRefused: 400, for a body that is no form, is not UTF-8 or repeats a field (which of
            the two values would be signed is nowhere said).
    """
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise WebhookRefused(400, f"{MALFORMED} form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise WebhookRefused(400, f"{MALFORMED} form: a field twice")
    return fields


def signature(fields: Mapping[str, str], verifier: str) -> str:
    """Compute the signature that FreshBooks sends with these fields, as base64.

    The message is Python's ``json.dumps`` with its default options, which is what FreshBooks'
    own samples use on both sides.
    """
    message = json.dumps(dict(fields)).encode("ascii")
    return base64.b64encode(hmac.digest(verifier.encode(), message, sha256)).decode("ascii")


def is_signed(fields: Mapping[str, str], header: str | None, verifiers: Iterable[str]) -> bool:
    """Tell whether any of the verifiers made the header; in constant time."""
    given = (header or "").strip().encode()
    found = False
    for verifier in verifiers:
        if verifier:
            found |= hmac.compare_digest(signature(fields, verifier).encode(), given)
    return found


def read_delivery(raw: bytes) -> Delivery:
    """Read a delivery. Nothing in it is believed before :func:`is_signed` says so.

    Raises:
        WebhookRefused: 400, where the form or one of the three fields we need is malformed.
    """
    fields = parse_form(raw)
    return Delivery(
        name=_matching(_NAME, fields, "name"),
        object_id=_matching(_IDENTIFIER, fields, "object_id"),
        account_id=_matching(_IDENTIFIER, fields, "account_id"),
        fields=fields,
    )


def handshake_from(delivery: Delivery) -> Handshake | None:
    """Read the request to verify a callback, or None where the delivery is about a record.

    Raises:
        WebhookRefused: 400, for a handshake without a plausible verifier.
    """
    if not delivery.is_handshake:
        return None
    verifier = _matching(_VERIFIER, delivery.fields, "verifier")
    return Handshake(
        callback_id=delivery.object_id, verifier=verifier, account_id=delivery.account_id
    )


def _matching(pattern: re.Pattern[str], fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    if pattern.fullmatch(value) is None:
        raise WebhookRefused(400, f"{MALFORMED} {name}")
    return value
