"""Telling staff of failures that nobody has seen to: each once, many in one digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from duebell.domain.events import OWN_EVENTS
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import audit, inbox
from duebell.ledger.audit import AuditRecord
from duebell.ledger.failures import FAILED, IS_FAILED
from duebell.ledger.inbox import Arrival
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import rows_among

_TABLE = NOTIFICATIONS.c
#: Stands before the number of further failures in what a digest is known by.
_MORE = "+"


def escalate(connection: Connection, after: timedelta, failures: int, now: datetime) -> int:
    """Have staff told of what failed, if it is due; gives how many digests that makes.

    One for each account of which a failure is ``after`` old, or has so many ``failures``. What
    staff was to be told and did not arrive is never told: an alarm must not raise the next one.
    """
    by_account: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for id_, account_id, failed_at in _untold(connection):
        by_account[account_id].append((id_, failed_at))
    due = {
        account_id: [id_ for id_, _ in found]
        for account_id, found in sorted(by_account.items())
        if len(found) >= failures or min(at for _, at in found) <= now - after
    }
    for account_id, ids in due.items():
        _tell(connection, account_id, ids, now)
    return len(due)


def _untold(connection: Connection) -> Iterator[Row[Any]]:
    """The failures that nobody was told of, locked in the order of their ids."""
    is_untold = and_(IS_FAILED, _TABLE.escalated_at.is_(None), _TABLE.event.not_in(OWN_EVENTS))
    # In the order of the partial index: by their ids SQLite would read every message there is.
    seen = select(_TABLE.id).where(is_untold).order_by(_TABLE.failed_at, _TABLE.id)
    query = select(_TABLE.id, _TABLE.account_id, _TABLE.failed_at).where(is_untold)
    ids = sorted(connection.execute(seen).scalars())
    # Another worker waits here, and finds them escalated.
    return rows_among(connection, query.order_by(_TABLE.id).with_for_update(), _TABLE.id, ids)


def _tell(connection: Connection, account_id: str, ids: list[str], now: datetime) -> None:
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        connection.execute(
            update(NOTIFICATIONS).where(_TABLE.id.in_(some)).values(escalated_at=now)
        )
    records = [AuditRecord("duebell", "escalated", "notification", id_) for id_ in ids]
    audit.append(connection, records, now)
    signal = Signal(account_id, FAILED, object_id(ids, now), SignalSource.OWN)
    inbox.record(connection, [Arrival(signal, now)])


def object_id(ids: Sequence[str], at: datetime) -> str:
    """What a digest is known by: its first failure, how many more there are, and the moment by
    which all are found.
    """
    more = f"{_MORE}{len(ids) - 1}" if len(ids) > 1 else ""
    return f"{ids[0]}{more}:{at.isoformat()}"


def count_of(digest: str) -> int:
    """How many failures a digest was made of, by what it is known by."""
    others = digest.partition(":")[0].partition(_MORE)[2]
    return 1 + (int(others) if others.isdecimal() else 0)
