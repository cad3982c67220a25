"""Whether the message that a record was made has left: what changes meanwhile waits for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from duebell.domain.circumstances import FirstMessages
from duebell.domain.delivery import NEVER_HEARD, NotificationStatus
from duebell.domain.events import kind_of_event, update_of
from duebell.domain.occurrences import Occurrence
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.occurrences import OCCURRENCES
from duebell.ledger.statements import rows_among

#: A message tells what the books said at most so long before it left.
READ_BEFORE = timedelta(seconds=30)


_LAST_BEGUN = (
    select(func.max(ATTEMPTS.c.started_at))
    .where(ATTEMPTS.c.notification_id == NOTIFICATIONS.c.id)
    .scalar_subquery()
    .label("begun_at")
)


@dataclass(frozen=True, slots=True)
class _First:
    contact_key: str
    is_waiting: bool
    leaves_at: datetime | None
    begun_at: datetime | None


def read(connection: Connection, creations: Collection[Occurrence]) -> FirstMessages:
    """What became of the messages about these creations, and which changes they told."""
    waiting: dict[tuple[str, str], datetime | None] = {}
    covered: set[tuple[str, str]] = set()
    for (account_id, event), ids in _by_kind(creations).items():
        firsts = _firsts(connection, account_id, event, ids)
        changes = _changes(connection, account_id, event, list(firsts)) if firsts else {}
        for object_id, people in firsts.items():
            creation = Occurrence(account_id, object_id, event)
            for one in people:
                if one.is_waiting:
                    waiting[(creation.key, one.contact_key)] = one.leaves_at
                covered |= _told(one, changes.get(object_id, {}))
    return FirstMessages(waiting, covered)


def _by_kind(creations: Iterable[Occurrence]) -> dict[tuple[str, str], set[str]]:
    ids: dict[tuple[str, str], set[str]] = {}
    for one in creations:
        ids.setdefault((one.account_id, one.event_type), set()).add(one.object_id)
    return ids


def _firsts(
    connection: Connection, account_id: str, event: str, ids: Collection[str]
) -> dict[str, list[_First]]:
    table = NOTIFICATIONS.c
    query = (
        select(
            *(table.object_id, table.contact_key, table.status, table.hold),
            *(table.not_before, table.cleared_at, _LAST_BEGUN),
        )
        .where(table.account_id == account_id, table.event == event)
        .where(table.status.not_in(NEVER_HEARD), table.contact_key.is_not(None))
    )
    found: dict[str, list[_First]] = {}
    for row in rows_among(connection, query, table.object_id, ids):
        leaves_at = row.not_before if row.hold else row.not_before or row.cleared_at
        is_waiting = row.status == NotificationStatus.PLANNED
        first = _First(row.contact_key, is_waiting, leaves_at, row.begun_at)
        found.setdefault(row.object_id, []).append(first)
    return found


def _changes(
    connection: Connection, account_id: str, event: str, ids: Collection[str]
) -> dict[str, dict[str, datetime]]:
    """When each change of these records was come upon, by record and occurrence key."""
    kind = kind_of_event(event)
    assert kind is not None, event  # noqa: S101 - a creation is that of a kind
    table = OCCURRENCES.c
    query = select(table.object_id, table.occurrence, table.created_at).where(
        table.account_id == account_id, table.event_type == update_of(kind)
    )
    found: dict[str, dict[str, datetime]] = {}
    for object_id, occurrence, created_at in rows_among(connection, query, table.object_id, ids):
        key = Occurrence(account_id, object_id, update_of(kind), occurrence).key
        found.setdefault(object_id, {})[key] = created_at
    return found


def _told(first: _First, changes: Mapping[str, datetime]) -> set[tuple[str, str]]:
    if first.is_waiting or first.begun_at is None:
        return set()
    read_at = first.begun_at - READ_BEFORE
    return {(key, first.contact_key) for key, at in changes.items() if at <= read_at}
