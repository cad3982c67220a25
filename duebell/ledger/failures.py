"""Messages that failed and need a person, as people and programs are told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select, update

from duebell.domain.calling import short_id
from duebell.domain.dossiers import FailedMessage
from duebell.domain.sentences import as_part
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import rows_among, skipping_locked
from duebell.people.masking import mask

#: The own event by which staff is told.
FAILED = "notification.failed"

_TABLE = NOTIFICATIONS.c
#: With the very words of the partial index, which SQLite would not use otherwise. What is planned
#: again keeps the time of its failure, and is none until it fails once more.
IS_FAILED = and_(_TABLE.failed_at.is_not(None), _TABLE.failed.is_(True))


@dataclass(frozen=True, slots=True)
class Failing:
    """A failure as programs are told of it: no address, no name."""

    notification_id: str
    account_id: str
    event: str
    rule: str
    channel: str
    status: str
    code: str
    reason: str
    attempts: int
    invoice_number: str
    failed_at: datetime


def claim_announcements(connection: Connection, now: datetime, most: int) -> list[Failing]:
    """Win the right to tell Prefect of failures, once for each; the oldest first."""
    chosen = skipping_locked(
        select(_TABLE.id)
        .where(IS_FAILED, _TABLE.announced_at.is_(None))
        .order_by(_TABLE.failed_at)
        .limit(most)
    )
    rows = connection.execute(
        update(NOTIFICATIONS)
        .where(_TABLE.id.in_(chosen), _TABLE.announced_at.is_(None))
        .values(announced_at=now)
        .returning(*_FAILING)
    )
    found = [_failing(row) for row in rows.mappings()]
    return sorted(found, key=lambda one: (one.failed_at, one.notification_id))


def _failing(row: RowMapping) -> Failing:
    return Failing(
        notification_id=row["id"],
        account_id=row["account_id"],
        event=row["event"],
        rule=row["rule"],
        channel=row["channel"],
        status=row["status"],
        code=row["error_code"] or "",
        reason=row["reason"] or "",
        attempts=row["attempts"],
        invoice_number=row["invoice_number"] or "",
        failed_at=row["failed_at"],
    )


_FAILING = tuple(
    _TABLE[name]
    for name in (
        *("id", "account_id", "event", "rule", "channel", "status", "error_code", "reason"),
        *("attempts", "invoice_number", "failed_at"),
    )
)


def digest(connection: Connection, account_id: str, at: datetime) -> FailedMessage | None:
    """What staff is told of the failures that were escalated together, as they are now.

    None where each of them has been seen to meanwhile.
    """
    rows = connection.execute(
        select(NOTIFICATIONS)
        .where(IS_FAILED, _TABLE.account_id == account_id, _TABLE.escalated_at == at)
        .order_by(_TABLE.failed_at, _TABLE.id)
    ).mappings()
    found = rows.all()
    return _told(connection, found[0], len(found) - 1) if found else None


def _told(connection: Connection, row: RowMapping, others: int) -> FailedMessage:
    return FailedMessage(
        invoice_number=row["invoice_number"] or "",
        client=client_names(connection, [row]).get(row["id"], ""),
        recipient=mask(row["channel"], row["recipient"]),
        channel=row["channel"],
        # A template has the code after it.
        reason=as_part(row["reason"] or ""),
        code=row["error_code"] or "",
        attempts=row["attempts"],
        others=others,
        id=short_id(row["id"]),
    )


def client_names(connection: Connection, rows: Sequence[Any]) -> dict[str, str]:
    """What the clients of these notifications are called, by the notifications' ids.

    Names stand in messages alone: a client who was never told anything is called by its id.
    """
    of = {row["id"]: row["client_id"] for row in rows if row["client_id"]}
    known = _names(connection, set(of.values()))
    return {id_: known.get(client_id, client_id) for id_, client_id in of.items()}


def _names(connection: Connection, client_ids: Collection[str]) -> dict[str, str]:
    query = (
        select(_TABLE.client_id, _TABLE.contact_name)
        .where(_TABLE.contact_name != "", _TABLE.contact_key.startswith("client:"))
        .order_by(_TABLE.created_at)
    )
    # The newest name comes last and stands.
    return dict(tuple(row) for row in rows_among(connection, query, _TABLE.client_id, client_ids))
