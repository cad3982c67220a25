"""Whether a fault of the sender stops its channel: at once, or not before it is sure.

A refusal that any message would meet is sure. Where the provider takes messages and fails them
later, it may be one bad number among good ones: then several failures in a row are needed, of
messages to more than one person, and none that was begun since may have left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, ScalarSelect, case, delete, or_, select

from duebell.ledger import channel_stops
from duebell.ledger.channel_stops import PAUSES, Stop
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.sending_tables import LateFaultsRow
from duebell.ledger.statements import insert_or

FAULTS = LateFaultsRow.__table__  # type: ignore[attr-defined]

#: So many messages in a row must fail for the sender's sake that the provider had taken.
LATE_FAULTS = 3


@dataclass(frozen=True, slots=True)
class SenderFault:
    """That a message could not be sent for a reason that others would meet as well.

    ``begun_at`` is when its attempt was begun; ``is_late`` that the provider had taken it first.
    """

    notification_id: str
    channel: str
    code: str
    reason: str
    at: datetime
    begun_at: datetime
    is_late: bool


def heed(connection: Connection, fault: SenderFault) -> Stop | None:
    """The stop that holds the channel after this fault; None where it goes on.

    What was begun before the last stop ended tells nothing of the channel as it is now.
    """
    # Locked: whoever is just ending it must find what is put off because of it.
    current = channel_stops.lock(connection).get(fault.channel)
    if current is not None:
        return current
    ended_at = channel_stops.last_ended(connection, fault.channel)
    if ended_at is not None and fault.begun_at < ended_at:
        return None
    begun_at = _suspicion(connection, fault) if fault.is_late else None
    if fault.is_late and begun_at is None:
        return None
    forget(connection, fault.channel)
    known = (fault.channel, fault.code, fault.reason, fault.at)
    channel_stops.stop(connection, *known, is_late=fault.is_late, begun_at=begun_at)
    return channel_stops.in_force(connection).get(fault.channel)


def next_try(stop: Stop | None, now: datetime) -> datetime:
    """When a message that failed so is tried again."""
    return stop.next_try_at if stop is not None else now + PAUSES[0]


def suspected(connection: Connection) -> set[str]:
    """The channels on which messages failed late, and none has left since."""
    return set(connection.execute(select(FAULTS.c.channel)).scalars())


def forget(connection: Connection, channel: str) -> None:
    """Count anew: a message has left."""
    connection.execute(delete(FAULTS).where(FAULTS.c.channel == channel))


def _suspicion(connection: Connection, fault: SenderFault) -> datetime | None:
    """Count a late fault; where it is enough of them, when the first of the messages was begun."""
    mine, theirs = _recipient(fault.notification_id), _recipient(FAULTS.c.notification_id)
    first = {
        "channel": fault.channel,
        "count": 1,
        "notification_id": fault.notification_id,
        "begun_at": fault.begun_at,
        "is_several": False,
    }
    added = insert_or(connection, FAULTS).values(**first)
    is_earlier = added.excluded.begun_at < FAULTS.c.begun_at
    counted = added.on_conflict_do_update(
        index_elements=["channel"],
        set_={
            "count": FAULTS.c.count + 1,
            "begun_at": case((is_earlier, added.excluded.begun_at), else_=FAULTS.c.begun_at),
            "is_several": or_(FAULTS.c.is_several, mine.is_distinct_from(theirs)),
        },
    )
    columns = (FAULTS.c.count, FAULTS.c.is_several, FAULTS.c.begun_at)
    count, is_several, begun_at = connection.execute(counted.returning(*columns)).one()
    return begun_at if is_several and count >= LATE_FAULTS else None


def _recipient(notification_id: str | ColumnElement[str]) -> ScalarSelect[str]:
    """Whom a message goes to: the person's own address, also where safe mode sends it elsewhere."""
    query = select(NOTIFICATIONS.c.recipient).where(NOTIFICATIONS.c.id == notification_id)
    return query.scalar_subquery()
