"""Reading the ledger for people: lists and details as plain dicts, addresses masked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, select

from duebell.domain.local_times import LocalTimes
from duebell.domain.sentences import as_part
from duebell.ledger.shown import Shown
from duebell.ledger.tables import (
    AttemptRow,
    AuditRow,
    DecisionRow,
    DeliveryReportRow,
    NotificationRow,
)
from duebell.people.masking import mask

NOTIFICATIONS: Table = NotificationRow.__table__  # type: ignore[attr-defined]
ATTEMPTS: Table = AttemptRow.__table__  # type: ignore[attr-defined]
REPORTS: Table = DeliveryReportRow.__table__  # type: ignore[attr-defined]
AUDIT: Table = AuditRow.__table__  # type: ignore[attr-defined]
DECISIONS: Table = DecisionRow.__table__  # type: ignore[attr-defined]

#: What scripts may rely on, in this order.
LISTED = (
    "id",
    "status",
    "failed",
    "event",
    "account_id",
    "object_id",
    "client_id",
    "invoice_number",
    "channel",
    "recipient",
    "contact_name",
    "diverted_to",
    "rule",
    "template",
    "provider",
    "provider_id",
    "attempts",
    "error_code",
    "reason",
    "created_at",
    "updated_at",
    "failed_at",
    "not_before",
)

_SHOWN = ("audience", "hold", "asks", "next_ask_at")
_ATTEMPT = (
    "number",
    "started_at",
    "finished_at",
    "outcome",
    "provider_id",
    "error_code",
    "reason",
    "recipient",
)
_REPORT = ("received_at", "provider_id", "raw_status", "error_code", "asked", "applied")
_AUDIT = ("at", "actor", "action", "from_status", "to_status", "reason", "detail")
_DECISION = ("at", "event", "rule", "audience", "verdict", "reason", "facts")

#: The word for everything that carries the failed-delivery flag, whatever its status.
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications to list; what is None does not matter."""

    status: str | None = None
    client_id: str | None = None
    invoice_number: str | None = None
    since: datetime | None = None


_ISO = Shown()


def list_notifications(
    connection: Connection,
    wanted: NotificationFilter,
    limit: int,
    times: LocalTimes | None = None,
    now: datetime | None = None,
) -> list[dict[str, object]]:
    """List notifications, newest first, with the fields of ``LISTED``.

    Times are ISO 8601 in UTC for programs; with ``times`` as people read them, and with ``now`` the
    reason says when what waits is tried again.
    """
    table = NOTIFICATIONS.c
    query = _matching(select(NOTIFICATIONS), wanted)
    query = query.order_by(table.created_at.desc(), table.id.desc()).limit(limit)
    rows = connection.execute(query).mappings()
    return [_listed(row, Shown(times, row["account_id"], now=now)) for row in rows]


def by_ids(connection: Connection, ids: Collection[str]) -> list[dict[str, object]]:
    """Give these notifications, oldest first, with the fields of ``LISTED``."""
    table = NOTIFICATIONS.c
    query = select(NOTIFICATIONS).where(table.id.in_(list(ids)))
    query = query.order_by(table.created_at, table.id)
    return [_listed(row, _ISO) for row in connection.execute(query).mappings()]


def show_notification(
    connection: Connection,
    notification_id: str,
    *,
    with_bodies: bool = False,
    times: LocalTimes | None = None,
) -> dict[str, object] | None:
    """Give one notification with its attempts, reports, audit records and decisions, in order.

    The texts that were sent are personal, so they are given only ``with_bodies``. Times are ISO
    8601 in UTC for programs; with ``times`` as people read them.
    """
    query = select(NOTIFICATIONS).where(NOTIFICATIONS.c.id == notification_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    words = Shown(times, row["account_id"], to_the_second=True)
    shown = _listed(row, words)
    shown.update(words.picked(row, _SHOWN))
    shown["history"] = {
        "attempts": _attempts(connection, row, words, with_bodies),
        "reports": _reports(connection, row, words),
        "audit": _audit_records(connection, notification_id, words),
        "decisions": _decisions(connection, notification_id, words),
    }
    return shown


def _matching(query: Select[Any], wanted: NotificationFilter) -> Select[Any]:
    table = NOTIFICATIONS.c
    if wanted.status == FAILED:
        query = query.where(table.failed.is_(True))
    elif wanted.status is not None:
        query = query.where(table.status == wanted.status)
    if wanted.client_id is not None:
        query = query.where(table.client_id == wanted.client_id)
    if wanted.invoice_number is not None:
        query = query.where(table.invoice_number == wanted.invoice_number)
    if wanted.since is not None:
        query = query.where(table.created_at >= wanted.since)
    return query


def _listed(row: RowMapping, words: Shown) -> dict[str, object]:
    listed = {**words.picked(row, LISTED), **words.failure(row)}
    listed["recipient"] = mask(row["channel"], row["recipient"])
    if row["diverted_to"]:
        listed["diverted_to"] = mask(row["channel"], row["diverted_to"])
    if row["hold"] and row["not_before"]:
        listed["reason"] = f"{row['hold']}, until {words.minute(row['not_before'])}"
    elif again := words.again(row):
        listed["reason"] = "; ".join(filter(None, [as_part(row["reason"] or ""), again]))
    return listed


def _attempts(
    connection: Connection, notification: RowMapping, words: Shown, with_bodies: bool
) -> list[dict[str, object]]:
    query = select(ATTEMPTS).where(ATTEMPTS.c.notification_id == notification["id"])
    columns = (*_ATTEMPT, "body") if with_bodies else _ATTEMPT
    attempts = []
    for row in connection.execute(query.order_by(ATTEMPTS.c.number)).mappings():
        recipient = mask(row["channel"], row["recipient"])
        attempts.append({**words.picked(row, columns), "recipient": recipient})
    return attempts


def _reports(
    connection: Connection, notification: RowMapping, words: Shown
) -> list[dict[str, object]]:
    # A report that overtook our own write names the provider's id alone.
    sent = select(ATTEMPTS.c.provider_id).where(
        ATTEMPTS.c.notification_id == notification["id"], ATTEMPTS.c.provider_id.is_not(None)
    )
    query = select(REPORTS).where(
        (REPORTS.c.notification_id == notification["id"]) | REPORTS.c.provider_id.in_(sent)
    )
    rows = connection.execute(query.order_by(REPORTS.c.id)).mappings()
    return [words.picked(row, _REPORT) for row in rows]


def _audit_records(
    connection: Connection, notification_id: str, words: Shown
) -> list[dict[str, object]]:
    query = select(AUDIT).where(
        AUDIT.c.entity == "notification", AUDIT.c.entity_id == notification_id
    )
    rows = connection.execute(query.order_by(AUDIT.c.id)).mappings()
    return [words.picked(row, _AUDIT) for row in rows]


def _decisions(
    connection: Connection, notification_id: str, words: Shown
) -> list[dict[str, object]]:
    query = select(DECISIONS).where(DECISIONS.c.notification_id == notification_id)
    rows = connection.execute(query.order_by(DECISIONS.c.id)).mappings()
    return [words.picked(row, _DECISION) for row in rows]
