"""Reading the rungs of a ladder."""

from __future__ import annotations

from duebell.domain.events import DUE, LADDERS, OVERDUE
from duebell.rulebook.faults import listed
from duebell.rulebook.tables import Table

#: The rungs of a ladder that names none, in days from the due date.
DEFAULT_DAYS = {OVERDUE: (5, 10), DUE: (-3,)}
MOST_DAYS = 365


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
        rule.must("days", f"a list of whole numbers, such as `days = {list(DEFAULT_DAYS[event])}`")
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


def _fault(event: str, days: list[int]) -> str | None:
    if len(set(days)) < len(days):
        return "the same day is named twice; take one of them out"
    if event == OVERDUE and not all(0 < day <= MOST_DAYS for day in days):
        return f"those of {OVERDUE} are days after the due date, 1 to {MOST_DAYS}"
    if event == DUE and not all(-MOST_DAYS <= day <= 0 for day in days):
        return f"those of {DUE} are days before the due date, -{MOST_DAYS} to 0"
    return None
