"""What people call the events of the rulebook before they have seen its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from duebell.domain.events import EVENT_TYPES
from duebell.rulebook.faults import guess, listed

_NOUNS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("invoice", "invoices"), "invoice"),
        **dict.fromkeys(("payment", "payments", "receipt"), "payment"),
        **dict.fromkeys(("bill", "bills"), "bill"),
        **dict.fromkeys(("vendor", "vendors", "supplier", "billvendor"), "bill_vendor"),
        **dict.fromkeys(("client", "clients", "customer", "customers"), "client"),
        **dict.fromkeys(("expense", "expenses"), "expense"),
        **dict.fromkeys(("connection", "freshbooks", "token"), "connection"),
        **dict.fromkeys(("webhook", "webhooks", "callback"), "webhook"),
        **dict.fromkeys(("brake", "brakes"), "brake"),
        **dict.fromkeys(("notification", "message", "delivery", "sms", "email"), "notification"),
    }
)
_VERBS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("create", "created", "new", "add", "added", "made"), "create"),
        **dict.fromkeys(("entered", "issued", "recorded", "received", "arrived"), "create"),
        **dict.fromkeys(("update", "updated", "change", "changed", "edited", "modified"), "update"),
        **dict.fromkeys(("sent", "send", "emailed", "sendbyemail"), "sendByEmail"),
        **dict.fromkeys(("due", "duesoon", "upcoming", "beforedue"), "due"),
        **dict.fromkeys(("late", "overdue", "pastdue", "reminder", "unpaid"), "overdue"),
        **dict.fromkeys(("lost", "down", "broken", "expired"), "lost"),
        **dict.fromkeys(("silent", "quiet", "missing"), "silent"),
        **dict.fromkeys(("engaged", "engage", "held"), "engaged"),
        **dict.fromkeys(("failed", "fail", "undelivered", "bounced"), "failed"),
    }
)
#: What is an event of another record.
_ELSEWHERE: Mapping[tuple[str, str], str] = MappingProxyType(
    {("invoice", verb): "payment.create" for verb in ("paid", "payed", "payment", "settled")}
    | {("payment", verb): "payment.create" for verb in ("paid", "payed", "made")}
)
_WORDS = re.compile(r"[^a-z]+")


def event_mend(word: str) -> str:
    """The event type that somebody meant, as a question; or those of the record, or empty."""
    noun, verb = _apart(word)
    if (noun, verb) in _ELSEWHERE:
        return f"did you mean `{_ELSEWHERE[noun, verb]}`?"
    meant = f"{noun}.{_VERBS.get(verb, '')}"
    if meant in EVENT_TYPES:
        return f"did you mean `{meant}`?"
    near = guess(word, EVENT_TYPES, 0.8)
    of_noun = [event for event in EVENT_TYPES if event.partition(".")[0] == noun]
    # Where the record is plain and the verb is not, another record's event is no help.
    if near or not of_noun:
        return near or guess(word, EVENT_TYPES)
    return f"of this record there are {listed(of_noun)}"


def _apart(word: str) -> tuple[str, str]:
    """The record that a word is about, and what happened to it."""
    parts = [part for part in _WORDS.split(word.casefold()) if part]
    if parts[:2] == ["bill", "vendor"]:
        parts[:2] = ["billvendor"]
    if len(parts) > 1 and parts[0] in _VERBS and parts[-1] in _NOUNS:
        parts = [parts[-1], *parts[:-1]]  # "new client"
    return _NOUNS.get(parts[0], "") if parts else "", "".join(parts[1:])
