"""Templates that are shown for an event for which they were not made."""

from __future__ import annotations

from collections.abc import Iterator

from duebell.previewing.asking import Chosen
from duebell.rulebook.faults import listed
from duebell.wording.shipped_names import EVENT_OF, is_for_another, made_for


def notes_on_pairs(chosen: Chosen) -> Iterator[str]:
    """A sentence for each template that a rule about another event should name."""
    event = chosen.asked.event
    shown = [rule for rule in chosen.rules if chosen.is_shown(rule, None)]
    for template in dict.fromkeys(rule.template for rule in shown):
        if is_for_another(template, event):
            fitting = made_for(event)
            are = "is" if len(fitting) == 1 else "are"
            yield (
                f"`{template}` is for {EVENT_OF[template]}, and this is {event}; for {event} there"
                f" {are} {listed(fitting)}."
            )
