"""The shipped templates, the made-up cases they are tried with, and how they are rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from duebell.wording.emails import Email
from duebell.wording.rendering import Renderer, open_renderer
from duebell.wording.sample_records import sample_values

#: What each template is for.
EVENTS = {
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

#: The languages that texts are shipped in, each with a country where it is spoken.
COUNTRIES = {"en": "Canada", "fr": "France", "de": "Germany", "es": "Spain"}
TRANSLATIONS = ("fr", "de", "es")

#: Every template in every language.
CASES = [(name, language) for name in EVENTS for language in COUNTRIES]

STAFF = "list:approvers"

#: Words that stand in English texts and in none of the other languages.
ENGLISH = frozenset(
    {
        *("address", "amount", "and", "are", "been", "before", "bill", "call", "changed"),
        *("details", "due", "email", "for", "from", "hello", "invoice", "is", "issued", "it"),
        *("number", "of", "open", "our", "overdue", "paid", "past", "payment", "phone"),
        *("please", "received", "thank", "the", "this", "to", "us", "vendor", "we", "with"),
        *("you", "your", "text", "attempt", "attempts", "send", "drop", "day", "days"),
    }
)


@cache
def shipped() -> Renderer:
    """The renderer of what comes with Duebell; it compiles each template once."""
    return open_renderer(None)


def values_of(name: str, language: str, audience: str = "") -> Iterator[dict[str, Any]]:
    """The made-up cases of a template for a reader of this language, for one audience or all."""
    for values in sample_values(EVENTS[name], language):
        if audience in ("", values["audience"]):
            yield {**values, "client": _at_home(values, language), "languages": (language,)}


def _at_home(values: Mapping[str, Any], language: str) -> object:
    client = values["client"]
    return None if client is None else replace(client, country=COUNTRIES[language])


def first_values(name: str, language: str, audience: str = "", **changes: Any) -> dict[str, Any]:
    """The first of these cases, some of whose values are others.

    An audience that the event does not have by itself may be behind an override.
    """
    values = next(values_of(name, language, audience), None) or {
        **next(values_of(name, language)),
        "audience": audience,
    }
    return {**values, **changes}


def text_of(name: str, language: str = "en", audience: str = "", **changes: Any) -> str:
    """A shipped text message about the first case."""
    return shipped().render_text(name, **first_values(name, language, audience, **changes))


def email_of(name: str, language: str = "en", audience: str = "", **changes: Any) -> Email:
    """A shipped email about the first case."""
    return shipped().render_email(name, **first_values(name, language, audience, **changes))


def english_in(text: str, values: Mapping[str, Any]) -> frozenset[str]:
    """The English words of a text, but for names, commands and reasons, which have no other."""
    failed, notice = values.get("failed"), values.get("notice")
    known = [getattr(values.get(word), "name", "") for word in ("business", "client", "vendor")]
    known += [getattr(failed, "reason", ""), getattr(notice, "detail", "").rstrip(".")]
    known += [getattr(notice, "reason", "")]
    for part in filter(None, known):
        text = text.replace(part, " ")
    commands = r"duebell channels resume [a-z]+|duebell [a-z]+ [a-z]+( --status failed)?"
    text = re.sub(rf"{commands}|https?://\S+|[a-z]+\.[a-z]+", " ", text)
    return ENGLISH & set(re.findall(r"[^\W\d_]+", text.lower()))
