"""Changing notifications: every status change goes through :func:`write`, with its audit row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, update

from duebell.domain.delivery import NotificationStatus
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.statements import rows_among
from duebell.ledger.tables import NotificationRow

NOTIFICATIONS = NotificationRow.__table__  # type: ignore[attr-defined]

_FAILED = (NotificationStatus.UNDELIVERED, NotificationStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class Notification:
    """What may change of a notification, and what is needed to decide about it."""

    id: str
    status: NotificationStatus
    attempts: int
    event: str
    channel: str
    fallback: str | None
    recipient: str
    diverted_to: str | None
    signal_id: int | None
    provider: str
    reason: str | None
    not_before: datetime | None
    hold: str | None
    cleared_at: datetime | None
    provider_id: str | None
    error_code: str | None
    failed: bool
    failed_at: datetime | None
    asks: int
    next_ask_at: datetime | None
    created_at: datetime

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Notification:
        """Read a row of :data:`COLUMNS`."""
        id_, status, *others = row
        return cls(id_, NotificationStatus(status), *others)


#: What of a row makes a :class:`Notification`.
COLUMNS = tuple(NOTIFICATIONS.c[name] for name in Notification.__slots__)


@dataclass(frozen=True, slots=True)
class Change:
    """A notification before and after, who changed it and why; ``detail`` is for the trail."""

    before: Notification
    after: Notification
    actor: str
    why: str | None = None
    detail: Mapping[str, object] | None = None


def read(connection: Connection, ids: Collection[str]) -> dict[str, Notification]:
    """Notifications as they are now."""
    rows = rows_among(connection, select(*COLUMNS), NOTIFICATIONS.c.id, ids)
    return {row[0]: Notification.from_row(row) for row in rows}


def lock(connection: Connection, ids: Collection[str]) -> dict[str, Notification]:
    """Read notifications and keep others from changing them until this transaction ends.

    The rows are locked in the order of their ids, so that two processes cannot block each other.
    """
    rows = rows_among(
        connection,
        select(*COLUMNS).order_by(NOTIFICATIONS.c.id).with_for_update(),
        NOTIFICATIONS.c.id,
        sorted(ids),
    )
    return {row[0]: Notification.from_row(row) for row in rows}


def write(connection: Connection, changes: Sequence[Change], now: datetime) -> None:
    """Write changed notifications, and one audit record for each change of status."""
    changes = [_with_flag(change, now) for change in changes if change.before != change.after]
    if not changes:
        return
    connection.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.id == bindparam("row"))
        .values(
            status=bindparam("new_status"),
            attempts=bindparam("new_attempts"),
            channel=bindparam("new_channel"),
            recipient=bindparam("new_recipient"),
            diverted_to=bindparam("new_diverted_to"),
            reason=bindparam("new_reason"),
            not_before=bindparam("new_not_before"),
            hold=bindparam("new_hold"),
            cleared_at=bindparam("new_cleared_at"),
            provider_id=bindparam("new_provider_id"),
            error_code=bindparam("new_error_code"),
            provider=bindparam("new_provider"),
            failed=bindparam("new_failed"),
            failed_at=bindparam("new_failed_at"),
            # Whoever was told of an earlier failure knows nothing of the next one.
            announced_at=case((bindparam("has_failed"), NOTIFICATIONS.c.announced_at)),
            escalated_at=case((bindparam("has_failed"), NOTIFICATIONS.c.escalated_at)),
            asks=bindparam("new_asks"),
            next_ask_at=bindparam("new_next_ask_at"),
            updated_at=now,
        ),
        [_parameters(change.after) for change in changes],
    )
    audit.append(connection, [_record(change) for change in changes if _moved(change)], now)


def _with_flag(change: Change, now: datetime) -> Change:
    """The failed-delivery flag follows the status; a parked doubt sets it by itself."""
    after = change.after
    if after.status is not NotificationStatus.PLANNED:
        # Only what is planned waits for anything.
        after = replace(after, hold=None)
    if after.status is not NotificationStatus.OUTCOME_UNKNOWN:
        after = replace(after, failed=after.status in _FAILED)
    failed_at = change.before.failed_at
    if after.failed:
        failed_at = failed_at or now
    elif after.status is not NotificationStatus.PLANNED:
        # Planned again, it may end without an attempt: then its failure is still the old one.
        failed_at = None
    return replace(change, after=replace(after, failed_at=failed_at))


def _moved(change: Change) -> bool:
    return change.before.status is not change.after.status or change.why is not None


def _parameters(after: Notification) -> dict[str, object]:
    return {
        "row": after.id,
        "new_status": after.status.value,
        "new_attempts": after.attempts,
        "new_channel": after.channel,
        "new_recipient": after.recipient,
        "new_diverted_to": after.diverted_to,
        "new_reason": after.reason,
        "new_not_before": after.not_before,
        "new_hold": after.hold,
        "new_cleared_at": after.cleared_at,
        "new_provider_id": after.provider_id,
        "new_error_code": after.error_code,
        "new_provider": after.provider,
        "new_failed": after.failed,
        "new_failed_at": after.failed_at,
        "has_failed": after.failed_at is not None,
        "new_asks": after.asks,
        "new_next_ask_at": after.next_ask_at,
    }


def _record(change: Change) -> AuditRecord:
    return AuditRecord(
        actor=change.actor,
        action="status",
        entity="notification",
        entity_id=change.after.id,
        from_status=change.before.status.value,
        to_status=change.after.status.value,
        reason=change.why or change.after.reason,
        detail=change.detail,
    )
