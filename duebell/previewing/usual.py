"""The template that a rule about each event usually names."""

from __future__ import annotations

from duebell.wording.shipped_names import made_for


def usual_template(event: str) -> str:
    """The shipped template for an event."""
    return made_for(event)[0]
