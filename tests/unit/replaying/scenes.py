"""Complete messages and facts, each with what a test is about changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from duebell.domain.circumstances import Contact
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule
from duebell.replaying.messages import Fact, Message, Outcome, Words

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
FACT = Fact(Occurrence("a1", "42", "invoice.create"), AT)
RULE = Rule("invoice.create", "client", Channel.SMS, "invoice_created")
ACME = Contact("client:7", "Acme", "+12125550101")
DANA = Contact("list:approvers:Dana", "Dana", "+12125550102")


def a_message(contact: Contact = ACME, rule: Rule = RULE, **changes: object) -> Message:
    """A text that leaves at once."""
    message = Message(rule, rule.channel, contact, rule.to, AT, Words("Invoice INV-1", segments=1))
    return replace(message, **changes)  # type: ignore[arg-type]


def told(*messages: Message) -> Outcome:
    """What a rulebook makes of a fact where it tells these messages."""
    return Outcome(messages)
