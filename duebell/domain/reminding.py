"""FreshBooks' own reminders, which its clients may get beside those of Duebell."""

from __future__ import annotations

from duebell.domain.events import LADDERS
from duebell.domain.rules import CLIENT, CONTACTS, Reminders, Rulebook


def asks_for_reminders(rulebook: Rulebook) -> bool:
    """Whether it matters that FreshBooks itself reminds a client."""
    if rulebook.business.freshbooks_reminders is Reminders.IGNORE:
        return False
    rules = (rule for event in LADDERS for rule in rulebook.rules_for(event))
    return any(rule.to in (CLIENT, CONTACTS) for rule in rules)
