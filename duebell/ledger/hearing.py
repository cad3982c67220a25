"""Who heard of a fact before, when, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from duebell.domain.delivery import NOT_HEARD
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import rows_among
from duebell.people.masking import mask
from duebell.people.safe_mode import diversion


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that there is already. ``at`` is when it was sent last, ``who`` may be masked.

    ``diversion`` says where safe mode sent it instead; empty where it did not.
    """

    who: str
    status: str
    reason: str
    at: datetime | None
    diversion: str = ""

    @property
    def words(self) -> str:
        """It in a few words, with the moment in UTC."""
        why = f": {self.reason}" if self.reason else ""
        if self.at is None or self.status in NOT_HEARD:
            return f"the notification to {self.who} is {self.status}{why}"
        moment = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        heard = f"it went to {self.diversion}" if self.diversion else f"{self.who} heard it"
        return f"{heard} {moment}; the notification is {self.status}{why}"


def heard(connection: Connection, dedup_keys: Collection[str]) -> dict[str, Heard]:
    """The messages of these keys, as far as there are any."""
    table = NOTIFICATIONS.c
    last = select(func.max(ATTEMPTS.c.started_at)).where(ATTEMPTS.c.notification_id == table.id)
    who = (table.contact_name, table.channel, table.recipient, table.diverted_to)
    at = last.scalar_subquery().label("at")
    query = select(table.dedup_key, *who, table.status, table.reason, at)
    rows = rows_among(connection, query, table.dedup_key, dedup_keys)
    return {row.dedup_key: _read(row) for row in rows}


def _read(row: Row[Any]) -> Heard:
    who = row.contact_name or mask(row.channel, row.recipient)
    place = mask(row.channel, row.diverted_to) if row.diverted_to else ""
    return Heard(
        who=who,
        status=row.status,
        reason=row.reason or "",
        at=row.at,
        diversion=diversion(row.channel, place, who) if place else "",
    )
