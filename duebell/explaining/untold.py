"""Of what nobody was told at last, beside all that somebody was told."""

from __future__ import annotations

from collections.abc import Sequence

from duebell.domain.decisions import Verdict
from duebell.domain.events import kind_of_event
from duebell.domain.sentences import as_part
from duebell.explaining.happenings import Row
from duebell.explaining.legend import Legend
from duebell.explaining.outlook import ended, says_nothing, settled
from duebell.ledger.story import Found

_MOST_NAMED = 3
_SILENCES = (Verdict.SKIPPED, Verdict.SUPPRESSED)


def untold(found: Found, legend: Legend) -> list[str]:
    """The records about which the last word was that nobody is told, with why."""
    told = {_record(row) for row in found.notifications}
    parts = []
    for record, rows in _by_record(found).items():
        if reason := _reason(rows, legend, was_told=record in told):
            verb = "nothing more is told of" if record in told else "nobody was told of"
            parts.append(f"{verb} {legend.record(*record)} ({as_part(reason)})")
    more = len(parts) - _MOST_NAMED
    others = [f"nor of {more} more record{'s' if more > 1 else ''}"] if more > 0 else []
    return [*parts[-_MOST_NAMED:], *others]


def _record(row: Row) -> tuple[str, str]:
    return (row["event"].partition(".")[0], row["object_id"])


def _by_record(found: Found) -> dict[tuple[str, str], list[Row]]:
    records: dict[tuple[str, str], list[Row]] = {}
    for row in found.decisions:
        if kind_of_event(row["event"]) is not None:
            records.setdefault(_record(row), []).append(row)
    return records


def _reason(rows: Sequence[Row], legend: Legend, *, was_told: bool) -> str:
    """Why nobody was told at the last look that came to anything; empty where somebody was."""
    for row in reversed(rows):
        if reason := ended(row):
            return reason
        if says_nothing(row):
            continue
        together = [one for one in rows if one["at"] == row["at"]]
        if any(one["verdict"] not in _SILENCES or one["notification_id"] for one in together):
            return ""
        if was_told and settled(row["facts"]):
            return ""  # that it is paid is no news of the invoice of which people heard
        return legend.text(row["reason"], row["rulebook"])
    return ""
