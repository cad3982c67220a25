"""The audit trail: one append-only row for every change, written in the change's own transaction.

The rows name things by their ids and hold nobody's address or text, so they need never be erased
for somebody's sake. Each has a link in the hash chain (:mod:`duebell.ledger.audit_chain`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from duebell.ledger.audit_chain import AUDIT_SOURCE, insert_linked
from duebell.ledger.tables import AuditRow
from duebell.redaction import Redactor

AUDIT = AuditRow.__table__  # type: ignore[attr-defined]

#: What an address has; most reasons have none of it, and cleaning costs time.
_MAY_REACH_SOMEBODY = re.compile(r"[@\uff20]|%40|%2B|[+\uff0b]|\d{3}[ .)-]{1,2}\d{3}|\d{9}")
_cleaner = Redactor()


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what to which thing, from which status to which, and why.

    ``detail`` has what a program may want to look at: the attempt's number, the provider's id and
    code; no address. An action of an operator has ``cli:<user>`` as its actor.
    """

    actor: str
    action: str
    entity: str
    entity_id: str
    from_status: str | None = None
    to_status: str | None = None
    reason: str | None = None
    detail: Mapping[str, object] | None = None


def append(connection: Connection, records: Sequence[AuditRecord], now: datetime) -> None:
    """Append the records; only ever called inside the transaction of the change they describe."""
    if records:
        insert_linked(connection, AUDIT_SOURCE, [_row(record, now) for record in records])


def _row(record: AuditRecord, now: datetime) -> dict[str, object]:
    return {
        "at": now,
        "actor": record.actor,
        "action": record.action,
        "entity": record.entity,
        "entity_id": record.entity_id,
        "from_status": record.from_status,
        "to_status": record.to_status,
        "reason": without_addresses(record.reason),
        "detail": dict(record.detail) if record.detail else None,
    }


def without_addresses(reason: str | None) -> str | None:
    """The reason as it may stay for good: a provider may name the number that it refuses."""
    if reason is None or not _MAY_REACH_SOMEBODY.search(reason):
        return reason
    return _cleaner.clean_text(reason)
