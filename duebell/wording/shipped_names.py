"""The templates that come with Duebell, and the event that each is for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from duebell.domain.events import LADDERS, kind_of_event

#: The usual template of an event comes before others of it.
EVENT_OF: Mapping[str, str] = MappingProxyType(
    {
        "invoice_created": "invoice.create",
        "invoice_changed": "invoice.update",
        "invoice_sent": "invoice.sendByEmail",
        "reminder_before_due": "invoice.due",
        "overdue_notice": "invoice.overdue",
        "overdue_final": "invoice.overdue",
        "payment_received": "payment.create",
        "bill_approval": "bill.create",
        "bill_changed": "bill.update",
        "vendor_added": "bill_vendor.create",
        "vendor_changed": "bill_vendor.update",
        "client_added": "client.create",
        "client_changed": "client.update",
        "expense_recorded": "expense.create",
        "delivery_failed": "notification.failed",
        "connection_lost": "connection.lost",
        "webhook_silent": "webhook.silent",
        "brake_engaged": "brake.engaged",
    }
)


def made_for(event: str) -> tuple[str, ...]:
    """The shipped templates for an event, the usual one first."""
    return tuple(name for name, one in EVENT_OF.items() if one == event)


def is_for_another(template: str, event: str) -> bool:
    """Whether the shipped template of this name is made for another kind of record or event."""
    made = EVENT_OF.get(template)
    if made is None or made == event:
        return False
    is_other_kind = kind_of_event(made) is not kind_of_event(event)
    return is_other_kind or kind_of_event(made) is None or bool({made, event} & LADDERS)
