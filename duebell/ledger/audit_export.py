"""Reading the audit trail for files: one row per record or decision, with its message's ids.

Read by portions in the order of the chain, so that memory does not grow with the trail. Nobody's
address is given in full.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from heapq import merge
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, and_, or_, select

from duebell.ledger.audit_chain import AUDIT_SOURCE, CHAIN, DECISION_SOURCE, SOURCES
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.people.masking import mask

AUDIT, DECISIONS = SOURCES[AUDIT_SOURCE], SOURCES[DECISION_SOURCE]

#: The columns of an export, in this order; scripts may rely on them.
COLUMNS = (
    "position",
    "kind",
    "id",
    "at",
    "actor",
    "action",
    "entity",
    "entity_id",
    "from_status",
    "to_status",
    "reason",
    "detail",
    "account_id",
    "client_id",
    "invoice_number",
    "event",
    "object_id",
    "rule",
    "notification_id",
    "channel",
    "recipient",
    "status",
    "provider",
    "provider_id",
    "error_code",
)

_PORTION = 1_000
_CLIENT = "client"
_NOTIFICATION = "notification"
#: Where a record and its message both have something by one name, the record's comes first.
_OF_MESSAGE = (
    *("account_id", "client_id", "invoice_number", "event", "object_id", "rule"),
    *("channel", "recipient", "status", "provider", "provider_id", "error_code"),
)


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Which rows; what is None does not matter. ``until`` does not belong to the period."""

    since: datetime | None = None
    until: datetime | None = None
    client_id: str | None = None
    invoice_number: str | None = None


def export(connection: Connection, wanted: ExportFilter) -> Iterator[dict[str, object]]:
    """Give the rows with the columns of :data:`COLUMNS`, in the order of the chain."""
    records = _portions(connection, _records(wanted), AUDIT_SOURCE)
    decisions = _portions(connection, _decisions(wanted), DECISION_SOURCE)
    yield from merge(records, decisions, key=lambda row: int(str(row["position"])))


def _portions(
    connection: Connection, query: Select[Any], source: str
) -> Iterator[dict[str, object]]:
    query = query.where(CHAIN.c.source == source).order_by(CHAIN.c.position).limit(_PORTION)
    last = 0
    while True:
        rows = connection.execute(query.where(CHAIN.c.position > last)).mappings().all()
        for row in rows:
            last = row["position"]
            yield _record(row) if source == AUDIT_SOURCE else _decision(row)
        if len(rows) < _PORTION:
            return


def _records(wanted: ExportFilter) -> Select[Any]:
    is_about = and_(AUDIT.c.entity == _NOTIFICATION, AUDIT.c.entity_id == NOTIFICATIONS.c.id)
    query = (
        select(CHAIN.c.position, *AUDIT.c, *_message_columns())
        .join(AUDIT, AUDIT.c.id == CHAIN.c.row_id)
        .outerjoin(NOTIFICATIONS, is_about)
    )
    if wanted.client_id is not None:
        itself = and_(AUDIT.c.entity == _CLIENT, AUDIT.c.entity_id == wanted.client_id)
        query = query.where(or_(NOTIFICATIONS.c.client_id == wanted.client_id, itself))
    if wanted.invoice_number is not None:
        query = query.where(NOTIFICATIONS.c.invoice_number == wanted.invoice_number)
    return _in_period(query, AUDIT, wanted)


def _decisions(wanted: ExportFilter) -> Select[Any]:
    query = (
        select(CHAIN.c.position, *DECISIONS.c, *_message_columns())
        .join(DECISIONS, DECISIONS.c.id == CHAIN.c.row_id)
        .outerjoin(NOTIFICATIONS, DECISIONS.c.notification_id == NOTIFICATIONS.c.id)
    )
    if wanted.client_id is not None:
        query = query.where(DECISIONS.c.client_id == wanted.client_id)
    if wanted.invoice_number is not None:
        query = query.where(DECISIONS.c.invoice_number == wanted.invoice_number)
    return _in_period(query, DECISIONS, wanted)


def _in_period(query: Select[Any], table: Table, wanted: ExportFilter) -> Select[Any]:
    if wanted.since is not None:
        query = query.where(table.c.at >= wanted.since)
    return query if wanted.until is None else query.where(table.c.at < wanted.until)


def _message_columns() -> list[Any]:
    return [NOTIFICATIONS.c[name].label(f"message_{name}") for name in _OF_MESSAGE]


def _of_message(row: RowMapping) -> dict[str, object]:
    found = {name: row[f"message_{name}"] for name in _OF_MESSAGE}
    if found["recipient"]:
        found["recipient"] = _masked(str(found["channel"]), str(found["recipient"]))
    return found


@lru_cache(4_096)  # to read a number takes a third of the time of its row, and it comes again
def _masked(channel: str, address: str) -> str:
    return mask(channel, address)


def _record(row: RowMapping) -> dict[str, object]:
    is_message = row["entity"] == _NOTIFICATION
    own = {
        "kind": AUDIT_SOURCE,
        "notification_id": row["entity_id"] if is_message else None,
        **{name: row[name] for name in ("position", "id", "at", "actor", "action", "entity")},
        **{name: row[name] for name in ("entity_id", "from_status", "to_status", "reason")},
        "detail": _text(row["detail"]),
    }
    if row["entity"] == _CLIENT:
        own["client_id"] = row["entity_id"]
    return _in_order(own, row)


def _decision(row: RowMapping) -> dict[str, object]:
    names = ("position", "id", "at", "reason", "account_id", "client_id", "invoice_number")
    own = {
        "kind": DECISION_SOURCE,
        "actor": "duebell",
        "action": row["verdict"],
        "entity": "record",
        "entity_id": row["object_id"],
        "detail": _text(row["facts"]),
        **{name: row[name] for name in (*names, "event", "object_id", "rule", "notification_id")},
    }
    return _in_order(own, row)


def _in_order(own: Mapping[str, object], row: RowMapping) -> dict[str, object]:
    message = _of_message(row)
    found = {name: own.get(name) for name in COLUMNS}
    return {name: message.get(name) if value is None else value for name, value in found.items()}


def _text(detail: object) -> str | None:
    return json.dumps(detail, sort_keys=True, ensure_ascii=False) if detail else None
