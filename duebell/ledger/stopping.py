"""Whether a fault of the sender stops its channel: at once, or not before it is sure.

A refusal that any message would meet is sure. Where the provider takes messages and fails them
later, it may be one bad number among good ones: then several failures in a row are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from duebell.ledger import channel_stops
from duebell.ledger.channel_stops import PAUSES, Stop
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
    current = channel_stops.in_force(connection).get(fault.channel)
    if current is not None:
        return current
    ended_at = channel_stops.last_ended(connection, fault.channel)
    if ended_at is not None and fault.begun_at < ended_at:
        return None
    if fault.is_late and _count(connection, fault.channel) < LATE_FAULTS:
        return None
    forget(connection, fault.channel)
    channel_stops.stop(
        connection, fault.channel, fault.code, fault.reason, fault.at, is_late=fault.is_late
    )
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


def _count(connection: Connection, channel: str) -> int:
    added = insert_or(connection, FAULTS).values(channel=channel, count=1)
    counted = added.on_conflict_do_update(
        index_elements=["channel"], set_={"count": FAULTS.c.count + 1}
    )
    return int(connection.execute(counted.returning(FAULTS.c.count)).scalar_one())
