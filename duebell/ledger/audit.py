"""The audit trail: one append-only row for every change, written in the change's own transaction.

The rows name things by their ids and hold nobody's address or text, so they need never be erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from duebell.ledger.tables import AuditRow

AUDIT = AuditRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what to which thing, from which status to which, and why."""

    actor: str
    action: str
    entity: str
    entity_id: str
    from_status: str | None = None
    to_status: str | None = None
    reason: str | None = None


def append(connection: Connection, records: Sequence[AuditRecord], now: datetime) -> None:
    """Append the records; only ever called inside the transaction of the change they describe."""
    if records:
        connection.execute(
            insert(AUDIT),
            [
                {
                    "at": now,
                    "actor": record.actor,
                    "action": record.action,
                    "entity": record.entity,
                    "entity_id": record.entity_id,
                    "from_status": record.from_status,
                    "to_status": record.to_status,
                    "reason": record.reason,
                }
                for record in records
            ],
        )
