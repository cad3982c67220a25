"""Who heard of a fact before, when, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from duebell.domain.delivery import NotificationStatus
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import rows_among
from duebell.people.masking import mask

_UNHEARD = (
    NotificationStatus.PLANNED,
    NotificationStatus.SUPPRESSED,
    NotificationStatus.REJECTED,
    NotificationStatus.ABANDONED,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that there is already. ``at`` is when it was sent last, ``who`` may be masked."""

    who: str
    status: str
    reason: str
    at: datetime | None

    @property
    def words(self) -> str:
        """It in a few words, with the moment in UTC."""
        why = f": {self.reason}" if self.reason else ""
        if self.at is None or self.status in _UNHEARD:
            return f"the notification to {self.who} is {self.status}{why}"
        moment = f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"{self.who} heard it {moment}; the notification is {self.status}{why}"


def heard(connection: Connection, dedup_keys: Collection[str]) -> dict[str, Heard]:
    """The messages of these keys, as far as there are any."""
    table = NOTIFICATIONS.c
    last = select(func.max(ATTEMPTS.c.started_at)).where(ATTEMPTS.c.notification_id == table.id)
    columns = (table.dedup_key, table.contact_name, table.channel, table.recipient)
    query = select(*columns, table.status, table.reason, last.scalar_subquery().label("at"))
    rows = rows_among(connection, query, table.dedup_key, dedup_keys)
    return {
        row.dedup_key: Heard(
            who=row.contact_name or mask(row.channel, row.recipient),
            status=row.status,
            reason=row.reason or "",
            at=row.at,
        )
        for row in rows
    }
