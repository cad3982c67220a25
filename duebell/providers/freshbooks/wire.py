"""FreshBooks' wire format: deliveries and signatures, records, errors.

The pure half of the package, behind one name: ``webhooks``, ``records`` and ``errors`` hold the
parts.
"""

from __future__ import annotations

from duebell.providers.freshbooks.errors import (
    Fault,
    failure_from,
    is_failure,
    oauth_error,
    read_json,
    retry_after,
)
from duebell.providers.freshbooks.records import (
    businesses_from,
    callback_from,
    callbacks_from,
    client_from,
    eastern_time,
    invoice_from,
    token_pair_from,
)
from duebell.providers.freshbooks.webhooks import (
    HANDSHAKE,
    SIGNATURE_HEADER,
    Delivery,
    Handshake,
    handshake_from,
    is_signed,
    parse_form,
    read_delivery,
    signature,
)

__all__ = [
    "HANDSHAKE",
    "SIGNATURE_HEADER",
    "Delivery",
    "Fault",
    "Handshake",
    "businesses_from",
    "callback_from",
    "callbacks_from",
    "client_from",
    "eastern_time",
    "failure_from",
    "handshake_from",
    "invoice_from",
    "is_failure",
    "is_signed",
    "oauth_error",
    "parse_form",
    "read_delivery",
    "read_json",
    "retry_after",
    "signature",
    "token_pair_from",
]
