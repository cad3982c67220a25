"""Reading the rungs of a ladder."""

from __future__ import annotations

import re

from duebell.domain.events import DUE, LADDERS, OVERDUE
from duebell.rulebook.faults import listed
from duebell.rulebook.tables import Table

#: The rungs of a ladder that names none, in days from the due date.
DEFAULT_DAYS = {OVERDUE: (5, 10), DUE: (-3,)}
MOST_DAYS = 365
_BOUNDS = {OVERDUE: (1, MOST_DAYS), DUE: (-MOST_DAYS, 0)}
_DAY = re.compile(r"-?\d{1,3}")
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+and\s+|\s+")


def read_days(rule: Table, event: str | None) -> tuple[int, ...]:
    """The rungs of a rule about this event, lowest first; none where there is no ladder."""
    value = rule.raw("days")
    if event not in LADDERS:
        if value is not None and event is not None:
            rule.fault("days", f"only {listed(sorted(LADDERS))} have days; take it out")
        return ()
    if value is None:
        return DEFAULT_DAYS[event]
    days = _whole_numbers(value)
    if days is None:
        meant = _meant(value) or list(DEFAULT_DAYS[event])
        rule.must("days", f"a list of whole numbers, such as `days = {meant}`")
        return ()
    fault = _fault(event, days)
    if fault is not None:
        rule.fault("days", fault)
        return ()
    return tuple(sorted(days))


def _whole_numbers(value: object) -> list[int] | None:
    if not isinstance(value, list) or not value:
        return None
    return value if all(type(day) is int for day in value) else None


def _meant(value: object) -> list[int]:
    """The days in a text, in texts or without brackets; none where something else is there."""
    words: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        words += _BETWEEN.split(str(one).strip())
    return [int(word) for word in words] if all(map(_DAY.fullmatch, words)) else []


def _fault(event: str, days: list[int]) -> str | None:
    """Everything that is wrong with the days, in one sentence."""
    least, most = _BOUNDS[event]
    right = sorted({day for day in days if least <= day <= most})
    wrong = []
    if len(set(days)) < len(days):
        wrong.append("the same day is named twice")
    if any(not least <= day <= most for day in days):
        side = "after" if event == OVERDUE else "before"
        wrong.append(f"those of {event} are days {side} the due date, {least} to {most}")
    if not wrong:
        return None
    return ", and ".join(wrong) + (f"; write `days = {right}`" if right else "")
