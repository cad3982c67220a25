"""What people were told before, and what keeps messages from them: what a decision must know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, func, select

from duebell.domain.circumstances import FirstMessages, Told
from duebell.domain.decisions import PlannedNotification
from duebell.domain.delivery import NEVER_HEARD
from duebell.domain.events import CONFIRMATIONS
from duebell.domain.occurrences import Occurrence
from duebell.ledger import first_messages, pauses, suppression_reading
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.occurrences import OCCURRENCES
from duebell.ledger.statements import rows_among

_IS_HEARD = NOTIFICATIONS.c.status.not_in(NEVER_HEARD)

_TOLD = (
    select(
        NOTIFICATIONS.c.contact_key,
        NOTIFICATIONS.c.cleared_at,
        NOTIFICATIONS.c.dedup_key,
        NOTIFICATIONS.c.attempts,
        *(OCCURRENCES.c[name] for name in ("account_id", "object_id", "event_type", "occurrence")),
    )
    .join(OCCURRENCES, OCCURRENCES.c.id == NOTIFICATIONS.c.occurrence_id)
    .where(NOTIFICATIONS.c.cleared_at.is_not(None))
)


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows of the people behind a batch."""

    suppressed: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    pauses: Mapping[tuple[str, str, str], date] = field(
        default_factory=lambda: MappingProxyType({})
    )
    told: tuple[Told, ...] = ()
    firsts: FirstMessages = field(default_factory=FirstMessages)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a batch asks: of these (channel, address) pairs, and of these people by their keys.

    ``budgeted`` are those whose messages ``since`` then count; of ``told_once`` it matters whether
    they were ever told of these ``events``. ``creations`` are those whose changes are
    looked at, which wait for the first message.
    """

    addresses: frozenset[tuple[str, str]] = frozenset()
    budgeted: frozenset[str] = frozenset()
    since: datetime | None = None
    told_once: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    creations: frozenset[Occurrence] = frozenset()


def read(connection: Connection, asked: Asked) -> History:
    """What is known of these people and addresses."""
    lately = told_since(connection, asked.budgeted, asked.since) if asked.since else ()
    return History(
        suppressed=suppression_reading.in_force(connection, asked.addresses),
        pauses=pauses.in_force(connection),
        told=(*lately, *told_of(connection, asked.told_once, asked.events)),
        firsts=first_messages.read(connection, asked.creations),
    )


def told_since(
    connection: Connection, contact_keys: Collection[str], since: datetime
) -> tuple[Told, ...]:
    """What these people were told, or will be told for certain, since then."""
    query = _TOLD.where(NOTIFICATIONS.c.cleared_at >= since, _IS_HEARD)
    rows = rows_among(connection, query, NOTIFICATIONS.c.contact_key, contact_keys)
    return tuple(map(_told, rows))


def told_of(
    connection: Connection, contact_keys: Collection[str], events: Collection[str]
) -> tuple[Told, ...]:
    """Of what these people were told about these events, the first and the last.

    That is enough to know whether there is another fact than the one at hand, however long they are
    told of such things.
    """
    if not contact_keys or not events:
        return ()
    table = NOTIFICATIONS.c
    ends = (
        select(func.min(table.occurrence_id), func.max(table.occurrence_id))
        .where(table.cleared_at.is_not(None), table.event.in_(events), _IS_HEARD)
        .group_by(table.contact_key, table.event)
    )
    found = {
        id_ for row in rows_among(connection, ends, table.contact_key, contact_keys) for id_ in row
    }
    query = _TOLD.where(table.contact_key.in_(contact_keys), _IS_HEARD)
    return tuple(map(_told, rows_among(connection, query, table.occurrence_id, found)))


def told_before(
    connection: Connection, planned: PlannedNotification, since: datetime
) -> list[datetime]:
    """When the same person was told other messages, those that were cleared before this one.

    Runs that decide at the same moment do not see each other's messages; this does, once they are
    on record, and of two it names the same as the first to both.
    """
    table, event = NOTIFICATIONS.c, NOTIFICATIONS.c.event
    mine = planned.dedup_key
    query = select(table.dedup_key, table.cleared_at, table.attempts).where(
        table.contact_key == planned.contact.key,
        table.account_id == planned.occurrence.account_id,
        table.cleared_at >= since,
        event.not_in(CONFIRMATIONS),
        _IS_HEARD,
    )
    rows = {key: (at, begun) for key, at, begun in connection.execute(query)}
    if mine not in rows:
        return []
    rank = (rows[mine][0], mine)
    others = ((at, key, begun) for key, (at, begun) in rows.items() if key != mine)
    return [at for at, key, begun in others if begun or (at, key) < rank]


def _told(row: Row[Any]) -> Told:
    key, at, message, attempts, *parts = row
    occurrence = Occurrence(*parts)
    return Told(key, occurrence.event_type, occurrence.key, at, message, is_begun=attempts > 0)
