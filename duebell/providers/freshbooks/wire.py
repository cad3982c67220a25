"""FreshBooks' wire format: deliveries and signatures, records, errors.

The pure half of the package, behind one name. The parts are in ``webhooks``, ``callbacks``,
``identity``, ``records``, ``purchases``, ``sharing``, ``lists`` and ``errors``.
"""

from __future__ import annotations

from duebell.providers.freshbooks.callbacks import callback_from, callbacks_from
from duebell.providers.freshbooks.errors import (
    Fault,
    failure_from,
    is_failure,
    oauth_error,
    read_json,
    retry_after,
)
from duebell.providers.freshbooks.identity import businesses_from, token_pair_from
from duebell.providers.freshbooks.lists import (
    PER_PAGE,
    PLACES,
    Place,
    Search,
    Unread,
    include_query,
    list_query,
    page_from,
)
from duebell.providers.freshbooks.purchases import bill_from, expense_from, vendor_from
from duebell.providers.freshbooks.reading import Payload, eastern_time, utc_time
from duebell.providers.freshbooks.records import client_from, invoice_from, payment_from
from duebell.providers.freshbooks.sharing import share_link_from
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
    "PER_PAGE",
    "PLACES",
    "SIGNATURE_HEADER",
    "Delivery",
    "Fault",
    "Handshake",
    "Payload",
    "Place",
    "Search",
    "Unread",
    "bill_from",
    "businesses_from",
    "callback_from",
    "callbacks_from",
    "client_from",
    "eastern_time",
    "expense_from",
    "failure_from",
    "handshake_from",
    "include_query",
    "invoice_from",
    "is_failure",
    "is_signed",
    "list_query",
    "oauth_error",
    "page_from",
    "parse_form",
    "payment_from",
    "read_delivery",
    "read_json",
    "retry_after",
    "share_link_from",
    "signature",
    "token_pair_from",
    "utc_time",
    "vendor_from",
]
