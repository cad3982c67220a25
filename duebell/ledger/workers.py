"""Workers' leases (what a living worker claimed is its own) and the pace that senders share.

A guest is a process that has Prefect runs of its own (a backfill at a terminal) and works no
signals off. It has a lease, so that nobody takes its runs for those of a dead worker, and is no
worker to anybody who asks whether there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from duebell.ledger.statements import insert_or
from duebell.ledger.tables import PaceRow, WorkerRow

WORKERS = WorkerRow.__table__  # type: ignore[attr-defined]
PACE = PaceRow.__table__  # type: ignore[attr-defined]

#: A worker that has not been heard of for this long is dead, and its work is taken up by others.
LEASE = timedelta(seconds=15)
#: How often a worker renews its lease.
HEARTBEAT_SECONDS = 4.0
#: How a guest's id begins; a host's name has no colon.
GUEST_PREFIX = "guest:"
#: Rows of dead workers are kept this long, for whoever reads the attempts that name them.
KEEP_DEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process, or a guest."""

    id: str
    host: str
    pid: int


def beat(connection: Connection, worker: Worker, now: datetime) -> None:
    """Renew the worker's lease."""
    statement = insert_or(connection, WORKERS).values(
        id=worker.id,
        host=worker.host,
        pid=worker.pid,
        started_at=now,
        lease_until=now + LEASE,
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"lease_until": statement.excluded.lease_until}
        )
    )


def leave(connection: Connection, worker_id: str, now: datetime) -> None:
    """End the worker's lease now, so that nobody waits for it to run out."""
    connection.execute(update(WORKERS).where(WORKERS.c.id == worker_id).values(lease_until=now))
    connection.execute(delete(WORKERS).where(WORKERS.c.lease_until < now - KEEP_DEAD))


def is_working(now: datetime) -> ColumnElement[bool]:
    """The condition of a row being that of a worker which lives and works signals off."""
    is_guest: ColumnElement[bool] = WORKERS.c.id.startswith(GUEST_PREFIX)
    return and_(WORKERS.c.lease_until > now, ~is_guest)


def living(connection: Connection, now: datetime, *, with_guests: bool = False) -> frozenset[str]:
    """The ids of the workers whose lease has not run out."""
    is_living = WORKERS.c.lease_until > now if with_guests else is_working(now)
    return frozenset(connection.execute(select(WORKERS.c.id).where(is_living)).scalars())


def reserve_pace(
    connection: Connection, sender: str, segments: int, per_second: float, now: datetime
) -> datetime:
    """Book the next free stretch of a sender's rate; gives the moment at which it begins.

    The rate counts SMS segments per second, which is what carriers and Twilio count.
    """
    connection.execute(
        insert_or(connection, PACE).values(sender=sender, next_at=now).on_conflict_do_nothing()
    )
    row = select(PACE.c.next_at).where(PACE.c.sender == sender).with_for_update()
    begins: datetime = max(connection.execute(row).scalar_one(), now)
    connection.execute(
        update(PACE)
        .where(PACE.c.sender == sender)
        .values(next_at=begins + timedelta(seconds=segments / per_second))
    )
    return begins


def count_living(connection: Connection, now: datetime) -> int:
    """How many workers are alive."""
    return connection.execute(
        select(func.count()).select_from(WORKERS).where(is_working(now))
    ).scalar_one()
