"""Who was told of a fact before, so that a new look at its record tells nobody again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from duebell.domain.delivery import NOT_HEARD, NotificationStatus
from duebell.domain.worth import worth_until
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.plan_records import PlanRecord

#: The same words about the same fact at the same place are one message.
_PLACE = ("channel", "recipient", "template")

HEARD = "the same person has heard of it already"
_TOLD_LONG_AGO = "others were told of it before this person was meant"


def why_left_out(
    connection: Connection,
    rows: list[dict[str, Any]],
    records: Sequence[PlanRecord],
    now: datetime,
) -> dict[str, str]:
    """What a new look at a record must not plan anew, by dedup key, and why.

    Between two looks a list may be renamed, a rule may go by another channel, or one may be added.
    Nobody is told again for that, and of what was told a while ago nobody else is.
    """
    again = {item.claimed.id for item in records if item.claimed.tries > 1}
    facts = {row["occurrence_id"] for row in rows if row["signal_id"] in again}
    if not facts:
        return {}
    told = _told_of(connection, facts)
    return {
        row["dedup_key"]: reason
        for row in rows
        if (reason := told[row["occurrence_id"]].why_not(row, now)) is not None
    }


@dataclass(slots=True)
class _ToldOf:
    """Who was meant to hear of a fact, who has heard of it, and since when that is."""

    known: set[str] = field(default_factory=set)
    meant: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    places: set[tuple[Any, ...]] = field(default_factory=set)
    since: datetime | None = None

    def why_not(self, row: Mapping[str, Any], now: datetime) -> str | None:
        """Why a message that was not planned before is not planned now."""
        if row["dedup_key"] in self.known:
            return None
        # Under another list's name a person has another key; the same words at one address are one.
        if row["contact_key"] in self.heard or _place(row) in self.places:
            return HEARD
        is_new = row["contact_key"] not in self.meant
        is_old = self.since is not None and now > worth_until(row["event"], self.since)
        return _TOLD_LONG_AGO if is_new and is_old else None


def _told_of(connection: Connection, facts: set[int]) -> defaultdict[int, _ToldOf]:
    table = NOTIFICATIONS.c
    columns = ("occurrence_id", "dedup_key", "contact_key", "status", "created_at", *_PLACE)
    found: defaultdict[int, _ToldOf] = defaultdict(_ToldOf)
    query = select(*(table[name] for name in columns)).where(table.occurrence_id.in_(facts))
    for row in connection.execute(query).mappings():
        told = found[row["occurrence_id"]]
        told.known.add(row["dedup_key"])
        told.meant.add(row["contact_key"])
        if NotificationStatus(row["status"]) not in NOT_HEARD:
            told.heard.add(row["contact_key"])
            told.places.add(_place(row))
            told.since = min(told.since or row["created_at"], row["created_at"])
    return found


def _place(row: Mapping[str, Any] | RowMapping) -> tuple[Any, ...]:
    return tuple(row[name] for name in _PLACE)
