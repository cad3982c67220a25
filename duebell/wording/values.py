"""What a template sees of a fact, besides the words of the template itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from duebell.domain.dossiers import Dossier
from duebell.domain.occurrences import Occurrence
from duebell.domain.planning import Contact

RECORDS = ("business", "invoice", "payment", "client", "bill", "vendor", "expense", "notice")


def values_for(
    dossier: Dossier, occurrence: Occurrence, contact: Contact, today: date | None
) -> dict[str, Any]:
    """The values of a template; ``today`` is the business' calendar day."""
    values: dict[str, Any] = {
        "event": occurrence.event_type,
        "changed": occurrence.changed,
        "languages": contact.languages or ("en",),
    }
    values |= {name: getattr(dossier, name) for name in RECORDS}
    due_on = dossier.invoice.due_on if dossier.invoice is not None else None
    if due_on is not None and today is not None:
        values["days_past_due"] = max((today - due_on).days, 0)
        values["days_until_due"] = max((due_on - today).days, 0)
    if occurrence.rung is not None:
        values["rung"] = occurrence.rung.days
    return values
