"""The event types that rules may name, and what Duebell must hear to know of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from duebell.domain.books import Kind

#: Of a deleted invoice nobody is told; what still waits to be told about it is stopped at once.
INVOICE_DELETED = "invoice.delete"

#: Event type → the FreshBooks callback events by which Duebell hears of it. None where FreshBooks
#: announces nothing, and for the last four, which are our own. An invoice that is created as a
#: draft is an invoice only once an update says so. FreshBooks has no event for an invoice that
#: falls due; the updates tell of due dates that move and of payments that are taken back.
#: https://www.freshbooks.com/api/webhooks
CALLBACK_EVENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "invoice.create": ("invoice.create", "invoice.update", INVOICE_DELETED),
        "invoice.update": ("invoice.create", "invoice.update", INVOICE_DELETED),
        "invoice.sendByEmail": ("invoice.sendByEmail", INVOICE_DELETED),
        "invoice.due": ("invoice.update", INVOICE_DELETED),
        "invoice.overdue": ("invoice.update", INVOICE_DELETED),
        "payment.create": ("payment.create",),
        "bill.create": ("bill.create",),
        "bill.update": ("bill.create", "bill.update"),
        "bill_vendor.create": ("bill_vendor.create",),
        "bill_vendor.update": ("bill_vendor.create", "bill_vendor.update"),
        "client.create": ("client.create",),
        "client.update": ("client.create", "client.update"),
        "expense.create": ("expense.create",),
        "notification.failed": (),
        "connection.lost": (),
        "webhook.silent": (),
        "brake.engaged": (),
    }
)

#: Every word that ``on`` may have in a rule, in the order in which people are shown them.
EVENT_TYPES: tuple[str, ...] = tuple(CALLBACK_EVENTS)

#: The event types that no record of the books stands behind.
BRAKE_ENGAGED = "brake.engaged"
OWN_EVENTS = frozenset({"notification.failed", "connection.lost", "webhook.silent", BRAKE_ENGAGED})

#: What cannot wait for the morning: quiet hours do not hold it, unless a rule says so.
URGENT_EVENTS = OWN_EVENTS - {"notification.failed"}

#: What people wait for and are not bothered by: no attention budget holds it.
CONFIRMATIONS = frozenset({"payment.create"})

#: The two ladders: rungs before (and on) the due date, and rungs after it.
DUE, OVERDUE = "invoice.due", "invoice.overdue"
LADDERS = frozenset({DUE, OVERDUE})

_CREATE, _UPDATE = "create", "update"
_NOUNS: Mapping[str, Kind] = MappingProxyType({kind.value: kind for kind in Kind})

#: https://www.freshbooks.com/api/webhooks: the scope is that of the noun.
_SCOPES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.INVOICE: "user:invoices:read",
        Kind.PAYMENT: "user:payments:read",
        Kind.CLIENT: "user:clients:read",
        Kind.BILL: "user:bills:read",
        Kind.VENDOR: "user:bill_vendors:read",
        Kind.EXPENSE: "user:expenses:read",
    }
)
_PROFILE_SCOPE = "user:profile:read"

#: Records that have to be read besides the one that an event is about.
_READ_WITH: Mapping[Kind, tuple[Kind, ...]] = MappingProxyType(
    {
        Kind.INVOICE: (Kind.CLIENT,),
        Kind.PAYMENT: (Kind.INVOICE, Kind.CLIENT),
        Kind.CLIENT: (),
        Kind.BILL: (Kind.VENDOR,),
        Kind.VENDOR: (),
        Kind.EXPENSE: (Kind.CLIENT,),
    }
)


def callbacks_for(events: Iterable[str]) -> frozenset[str]:
    """The FreshBooks callback events to subscribe to, so that these event types are heard of.

    Raises:
        KeyError: for a word that is not an event type.
    """
    return frozenset(callback for event in events for callback in CALLBACK_EVENTS[event])


def kind_of_event(event: str) -> Kind | None:
    """The kind of record that an event is about; None for our own events and unknown nouns."""
    return _NOUNS.get(event.partition(".")[0])


def creation_of(kind: Kind) -> str:
    """The event that says that a record of this kind was made."""
    return f"{kind}.{_CREATE}"


def update_of(kind: Kind) -> str:
    """The event that says that a record of this kind was changed."""
    return f"{kind}.{_UPDATE}"


def kinds_for(events: Iterable[str]) -> tuple[Kind, ...]:
    """The kinds of records that have to be watched for these event types, in a fixed order."""
    watched = {kind_of_event(event) for event in events}
    return tuple(kind for kind in Kind if kind in watched)


def kinds_read_for(events: Iterable[str]) -> tuple[Kind, ...]:
    """The kinds of records that have to be read for these event types, in a fixed order."""
    watched = kinds_for(events)
    needed = {*watched, *(other for kind in watched for other in _READ_WITH[kind])}
    return tuple(kind for kind in Kind if kind in needed)


def scopes_for(events: Iterable[str]) -> tuple[str, ...]:
    """The least OAuth scopes with which these event types can be heard of, read and told."""
    return (_PROFILE_SCOPE, *(_SCOPES[kind] for kind in kinds_read_for(events)))
