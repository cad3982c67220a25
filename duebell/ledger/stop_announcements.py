"""Telling of stopped channels outside of Duebell, once for each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.channel_stops import ENTITY, Stop, in_force, lock

_ANNOUNCED = "announced"


def claim_announcements(connection: Connection, now: datetime) -> list[Stop]:
    """Win the right to tell of stops outside of Duebell, once for each."""
    if all(_is_announced(connection, one) for one in in_force(connection).values()):
        return []
    found = [one for one in lock(connection).values() if not _is_announced(connection, one)]
    records = [
        AuditRecord("duebell", _ANNOUNCED, ENTITY, one.channel, reason=f"stop {one.id}")
        for one in found
    ]
    audit.append(connection, records, now)
    return found


def _is_announced(connection: Connection, stop: Stop) -> bool:
    table = audit.AUDIT.c
    query = select(table.id).where(
        table.entity == ENTITY,
        table.entity_id == stop.channel,
        table.action == _ANNOUNCED,
        table.reason == f"stop {stop.id}",
    )
    return connection.execute(query.limit(1)).first() is not None
