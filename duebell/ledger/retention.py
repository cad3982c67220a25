"""What is forgotten after its time: people first, then the history itself, by portions.

Messages and occurrences stay for good, without names, addresses and texts: they are what keeps a
fact from being told twice. Where rows of the audit trail go, their links stay and say so, and an
audit record names them, so that the chain stays whole. The newest row of a table is never removed:
SQLite would give its number to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import takewhile

from sqlalchemy import (
    Connection,
    ScalarSelect,
    Table,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)

from duebell.domain.delivery import FINAL, NotificationStatus
from duebell.ledger import audit
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_chain import AUDIT_SOURCE, CHAIN, DECISION_SOURCE, SOURCES
from duebell.ledger.audit_gone import KEPT, RETENTION, removal
from duebell.ledger.erasing import erase_people, erase_texts
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.report_rows import REPORTS
from duebell.ledger.statements import portions_of
from duebell.ledger.tables import AuditRow
from duebell.ledger.traces import GONE

#: Rows that one transaction changes at most: it holds SQLite's write lock.
PORTION = 500

AUDIT: Table = AuditRow.__table__  # type: ignore[attr-defined]
ACTOR = "duebell"
REMOVED = "removed"

#: Nothing more will be heard of these, unless an operator sends them again from the books.
_SETTLED = tuple(sorted(FINAL))

#: Removes a portion of what is older; gives how many rows that were.
Removal = Callable[[Connection, datetime, datetime], int]


def forget_people(connection: Connection, before: datetime, now: datetime) -> int:
    """Erase names, addresses and texts of a portion of settled messages; gives how many."""
    table = NOTIFICATIONS.c
    parked = and_(table.status == NotificationStatus.OUTCOME_UNKNOWN, table.next_ask_at.is_(None))
    is_settled = or_(table.status.in_(_SETTLED), parked)
    is_known = or_(table.recipient != GONE, table.contact_name != GONE)
    ids = connection.execute(
        select(table.id)
        # The moment it was made has an index, and is never after the last change.
        .where(table.created_at < before, table.updated_at < before, is_settled, is_known)
        .order_by(table.id)
        .limit(PORTION)
        .with_for_update()
    ).scalars()
    listed = list(ids)
    if listed:
        erase_texts(connection, listed)
        erase_people(connection, listed)
        record = AuditRecord(ACTOR, "forgot", RETENTION, "people", detail={"messages": len(listed)})
        audit.append(connection, [record], now)
    return len(listed)


def removed_before(connection: Connection) -> datetime | None:
    """Up to when decisions, or rows of the audit trail, are gone; None where none are."""
    newest = connection.execute(
        select(AUDIT.c.detail)
        .where(AUDIT.c.entity == RETENTION, AUDIT.c.entity_id.in_(SOURCES))
        .where(AUDIT.c.action == REMOVED)
        .order_by(AUDIT.c.id.desc())
        .limit(1)
    ).scalar()
    before = (newest or {}).get("before")
    return None if before is None else datetime.fromisoformat(before)


def _newest(table: Table) -> ScalarSelect[int]:
    return select(func.max(table.c.id)).scalar_subquery()


def _remove_chained(source: str) -> Removal:
    table = SOURCES[source]

    def remove(connection: Connection, before: datetime, now: datetime) -> int:
        # Another process may remove the same rows: each is counted by who marks it.
        marked = connection.execute(
            update(CHAIN)
            .where(
                CHAIN.c.source == source,
                CHAIN.c.row_id.in_(_oldest(connection, source, before)),
                CHAIN.c.erased_at.is_(None),
            )
            .values(erased_at=now)
            .returning(CHAIN.c.row_id)
        ).scalars()
        gone = list(marked)
        if gone:
            connection.execute(delete(table).where(table.c.id.in_(gone)))
            detail = removal(source, gone, before)
            audit.append(
                connection, [AuditRecord(ACTOR, REMOVED, RETENTION, source, detail=detail)], now
            )
        return len(gone)

    return remove


def _oldest(connection: Connection, source: str, before: datetime) -> list[int]:
    """A portion from the beginning of a table, up to the first row that is younger.

    Never one out of the middle: that is how a row is known that somebody else has taken out.
    """
    table = SOURCES[source]
    query = select(table.c.id, table.c.at).where(table.c.id < _newest(table))
    if source == AUDIT_SOURCE:
        query = query.where(AUDIT.c.entity.not_in(KEPT))
    rows = connection.execute(query.order_by(table.c.id).limit(PORTION))
    return [id_ for id_, _ in takewhile(lambda row: row[1] < before, rows)]


def _remove_reports(connection: Connection, before: datetime, now: datetime) -> int:
    old = select(REPORTS.c.id).where(REPORTS.c.received_at < before).order_by(REPORTS.c.id)
    gone = delete(REPORTS).where(REPORTS.c.id.in_(old.limit(PORTION)))
    return connection.execute(gone).rowcount


def _remove_attempts(connection: Connection, before: datetime, now: datetime) -> int:
    """Remove old ones but the newest by each channel: a late word, and an opt-out, is about that.

    It tells, too, whether a message that an operator sends again may have arrived.
    """
    newer = ATTEMPTS.alias("newer")
    is_outdone = exists().where(
        newer.c.notification_id == ATTEMPTS.c.notification_id,
        newer.c.channel == ATTEMPTS.c.channel,
        newer.c.number > ATTEMPTS.c.number,
    )
    # Found by an index alone: most messages had one attempt.
    had_several = select(newer.c.notification_id).where(newer.c.number > 1)
    is_old = and_(ATTEMPTS.c.started_at < before, NOTIFICATIONS.c.updated_at < before)
    old = (
        select(ATTEMPTS.c.id)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.id == ATTEMPTS.c.notification_id)
        .where(ATTEMPTS.c.notification_id.in_(had_several), is_outdone)
        .where(is_old, NOTIFICATIONS.c.status.in_(_SETTLED))
        .limit(PORTION)
    )
    return connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.id.in_(old))).rowcount


def _remove_signals(connection: Connection, before: datetime, now: datetime) -> int:
    """Remove what is done, and is not needed to send a message that waits or has failed."""
    led_to = NOTIFICATIONS.c.signal_id
    is_over = and_(NOTIFICATIONS.c.status.in_(_SETTLED), NOTIFICATIONS.c.failed.is_(False))
    is_needed = exists().where(led_to == SIGNALS.c.id, not_(is_over))
    is_done = and_(SIGNALS.c.status == "done", SIGNALS.c.done_at < before)
    is_done = and_(is_done, SIGNALS.c.id < _newest(SIGNALS))
    old = select(SIGNALS.c.id).where(is_done, ~is_needed).order_by(SIGNALS.c.id).limit(PORTION)
    ids = list(connection.execute(old).scalars())
    if not ids:
        return 0
    # Messages first and in order, as whoever sends one again does it.
    about = select(NOTIFICATIONS.c.id).where(led_to.in_(ids))
    locked = connection.execute(about.order_by(NOTIFICATIONS.c.id).with_for_update()).scalars()
    for portion in portions_of(locked.all()):
        forgets = update(NOTIFICATIONS).where(NOTIFICATIONS.c.id.in_(portion), is_over)
        connection.execute(forgets.values(signal_id=None))
    is_free = and_(is_done, ~exists().where(led_to == SIGNALS.c.id))
    gone = delete(SIGNALS).where(SIGNALS.c.id.in_(ids), is_free)
    return connection.execute(gone).rowcount


#: How a portion of each kind of row is removed, by what people call them.
REMOVALS: Mapping[str, Removal] = {
    "delivery reports": _remove_reports,
    "attempts": _remove_attempts,
    "signals": _remove_signals,
    "decisions": _remove_chained(DECISION_SOURCE),
    "audit records": _remove_chained(AUDIT_SOURCE),
}
