"""What a template sees of a fact, besides the words of the template itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from duebell.domain.circumstances import Contact
from duebell.domain.dossiers import Dossier
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import CLIENT, CONTACTS, LIST_PREFIX, VENDOR

#: The parts of a dossier, by the names that templates have for them.
RECORDS = (
    "business",
    "invoice",
    "payment",
    "client",
    "bill",
    "vendor",
    "expense",
    "notice",
    "failed",
)

#: The audience of an address that the rulebook names itself.
FIXED = "fixed"


def values_for(
    dossier: Dossier,
    occurrence: Occurrence,
    contact: Contact,
    today: date | None,
    audience: str = "",
) -> dict[str, Any]:
    """The values of a template; ``today`` is the business' calendar day.

    ``audience`` is that of the rule; an address that it names is not shown to templates.
    """
    values: dict[str, Any] = {
        "event": occurrence.event_type,
        "changed": occurrence.changed,
        "languages": contact.languages or ("en",),
        "audience": _word_for(audience),
        "recipient": contact.name,
    }
    values |= {name: getattr(dossier, name) for name in RECORDS}
    due_on = dossier.invoice.due_on if dossier.invoice is not None else None
    if due_on is not None and today is not None:
        values["days_past_due"] = max((today - due_on).days, 0)
        values["days_until_due"] = max((due_on - today).days, 0)
    if occurrence.rung is not None:
        values["rung"] = occurrence.rung.days
    return values


def _word_for(audience: str) -> str:
    is_word = audience in ("", CLIENT, CONTACTS, VENDOR) or audience.startswith(LIST_PREFIX)
    return audience if is_word else FIXED
