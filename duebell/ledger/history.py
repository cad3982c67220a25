"""What people were told before, and what keeps messages from them: what a decision must know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import Connection, select

from duebell.domain.circumstances import Told
from duebell.domain.delivery import NotificationStatus
from duebell.domain.occurrences import Occurrence
from duebell.ledger import pauses, suppressions
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.occurrences import OCCURRENCES
from duebell.ledger.statements import rows_among

#: What nobody has heard, or will.
_UNHEARD = (
    NotificationStatus.SUPPRESSED,
    NotificationStatus.REJECTED,
    NotificationStatus.ABANDONED,
)


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger knows of the people behind a batch."""

    suppressed: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    pauses: Mapping[tuple[str, str, str], date] = field(
        default_factory=lambda: MappingProxyType({})
    )
    told: tuple[Told, ...] = ()


def read(
    connection: Connection,
    addresses: Collection[tuple[str, str]],
    contact_keys: Collection[str],
    told_since: datetime | None,
) -> History:
    """What is known of these (channel, address) pairs and of these people.

    ``told_since`` is how far back it matters what they were told; None where it does not.
    """
    told = told_to(connection, contact_keys, told_since) if told_since is not None else ()
    return History(
        suppressed=suppressions.in_force(connection, addresses),
        pauses=pauses.in_force(connection),
        told=told,
    )


def told_to(
    connection: Connection, contact_keys: Collection[str], since: datetime
) -> tuple[Told, ...]:
    """What these people were told, or will be told for certain, since then."""
    notification, fact = NOTIFICATIONS.c, OCCURRENCES.c
    query = (
        select(
            notification.contact_key,
            notification.cleared_at,
            fact.account_id,
            fact.object_id,
            fact.event_type,
            fact.occurrence,
        )
        .join(OCCURRENCES, fact.id == notification.occurrence_id)
        .where(notification.cleared_at >= since, notification.status.not_in(_UNHEARD))
    )
    rows = rows_among(connection, query, notification.contact_key, contact_keys)
    return tuple(
        Told(key, occurrence.event_type, occurrence.key, at)
        for key, at, *parts in rows
        for occurrence in (Occurrence(*parts),)
    )
