"""What a decision needs to know of a record that was found, and what it says afterwards."""

from __future__ import annotations

from typing import Any

from duebell.domain.planning import Contact, NoContact, Plan
from duebell.lookup import Found
from duebell.phones import Unusable, pick_mobile


def outcome_of(plan: Plan) -> str:
    """In a few words, what a plan came to."""
    if plan.notifications:
        return "planned"
    return plan.decisions[0].reason if plan.decisions else "nothing to tell"


def contacts_of(found: Found) -> dict[str, Contact | NoContact]:
    """Who is behind every audience that a rule may name."""
    return {"client": _client(found)}


def _client(found: Found) -> Contact | NoContact:
    number = pick_mobile(found.client, found.business.country)
    if isinstance(number, Unusable):
        return NoContact(number.reason)
    return Contact(f"client:{found.client.id}", found.client.name, number.e164)


def facts_of(found: Found) -> dict[str, Any]:
    """What the decision looked at; nobody's name or address."""
    invoice = found.invoice
    return {
        "number": invoice.number,
        "status": invoice.status,
        "outstanding": str(invoice.outstanding.amount),
        "currency": invoice.outstanding.currency,
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "read_at": found.at.isoformat(),
    }
