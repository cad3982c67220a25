"""What a rulebook has told within the replay: its budgets and "first time" conditions ask."""

from __future__ import annotations

from collections.abc import Iterable

from duebell.domain.circumstances import Told
from duebell.domain.holds import WEEK
from duebell.domain.rules import Rulebook
from duebell.notifying.surroundings import counts_messages


class Memory:
    """Keeps of each person what the rules may ask for: the last week, and each event's first."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._is_needed = counts_messages(rulebook)
        self._recent: dict[str, list[Told]] = {}
        self._first: dict[tuple[str, str], Told] = {}

    def add(self, told: Told) -> None:
        """Remember a message."""
        if not self._is_needed:
            return
        self._first.setdefault((told.contact_key, told.event_type), told)
        earlier = self._recent.get(told.contact_key, [])
        recent = [one for one in earlier if one.at > told.at - WEEK]
        self._recent[told.contact_key] = [*recent, told]

    def of(self, contact_keys: Iterable[str], event: str) -> tuple[Told, ...]:
        """What these people were told, as far as it matters for an event of this type."""
        told: list[Told] = []
        for key in dict.fromkeys(contact_keys):
            recent = self._recent.get(key, [])
            first = self._first.get((key, event))
            told += recent
            if first is not None and not any(one is first for one in recent):
                told.append(first)
        return tuple(told)
