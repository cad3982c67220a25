"""The event types that rules may name, and what Duebell must hear to know of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

#: Event type → the FreshBooks callback events by which Duebell hears of it. None where FreshBooks
#: announces nothing: it has no event for an invoice that falls due, and the last three are our
#: own. An invoice that is created as a draft is an invoice only once an update says so.
#: https://www.freshbooks.com/api/webhooks
CALLBACK_EVENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "invoice.create": ("invoice.create", "invoice.update"),
        "invoice.update": ("invoice.update",),
        "invoice.sendByEmail": ("invoice.sendByEmail",),
        "invoice.due": (),
        "invoice.overdue": (),
        "payment.create": ("payment.create",),
        "bill.create": ("bill.create",),
        "bill.update": ("bill.update",),
        "bill_vendor.create": ("bill_vendor.create",),
        "bill_vendor.update": ("bill_vendor.update",),
        "client.create": ("client.create",),
        "client.update": ("client.update",),
        "expense.create": ("expense.create",),
        "notification.failed": (),
        "connection.lost": (),
        "webhook.silent": (),
    }
)

#: Every word that ``on`` may have in a rule, in the order in which people are shown them.
EVENT_TYPES: tuple[str, ...] = tuple(CALLBACK_EVENTS)


def callbacks_for(events: Iterable[str]) -> frozenset[str]:
    """The FreshBooks callback events to subscribe to, so that these event types are heard of.

    Raises:
        KeyError: for a word that is not an event type.
    """
    return frozenset(callback for event in events for callback in CALLBACK_EVENTS[event])
