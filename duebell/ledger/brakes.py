"""Brakes: what passes a cap is held, until a person releases or drops it.

SQLite has one writer at a time, so its counts are exact. On PostgreSQL a transaction counts what is
committed and its own; each process writes one after the other, so one of each other process can
pass a cap unseen, and the next one trips it. Whoever plans for an account locks its engaged brake,
as does who ends it: nothing can come to be held by a brake that has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from duebell.domain.brakes import BrakeStatus, Caps, Trip, trips
from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.domain.failures import BrakeRefused
from duebell.ledger import audit, inbox, notifications
from duebell.ledger.audit import AuditRecord
from duebell.ledger.brake_reading import BRAKES, Standing, count, is_held, standings
from duebell.ledger.doorbell import ring
from duebell.ledger.notifications import NOTIFICATIONS, Change
from duebell.ledger.statements import insert_or, rows_among


@dataclass(frozen=True, slots=True)
class Cleared:
    """A notification that this run decided to let leave now; ``client_id`` is whom it is about.

    Exempt are Duebell's own events, messages to staff, and those of a backfill, which has brakes of
    its own. They are counted and never held.
    """

    notification_id: str
    account_id: str
    client_id: str | None = None
    is_exempt: bool = False


@dataclass(frozen=True, slots=True)
class Engaged:
    """A brake that engaged just now, and how many messages it holds so far."""

    id: int
    account_id: str
    reason: str
    count: int

    @property
    def object_id(self) -> str:
        """What the signal that tells operators of it is about: the brake, and a sentence."""
        return f"{self.id}:{self.reason}; {self.count} held"


def apply(
    connection: Connection,
    inserted: Sequence[Cleared],
    caps: Caps,
    clients_known: Mapping[str, int],
    now: datetime,
) -> list[Engaged]:
    """Hold what passes a cap, and all that comes while a brake is engaged.

    Called in the transaction of the plans, when the rows have their ``cleared_at``, with whatever
    was cleared in it for the first time or again. Gives the brakes that engaged now, each once.
    """
    wanted: dict[str, list[Cleared]] = {}
    for one in inserted:
        if not one.is_exempt:
            wanted.setdefault(one.account_id, []).append(one)
    if not wanted:
        return []
    engaged = []
    for account_id, standing in standings(connection, sorted(wanted), now).items():
        cleared = wanted[account_id]
        if standing.brake_id is not None:
            _hold(connection, standing, _holdable(connection, cleared), now)
            continue
        clients = clients_known.get(account_id)
        if brake := _judge(connection, standing, cleared, caps, clients, now):
            engaged.append(brake)
    return engaged


def _judge(
    connection: Connection,
    standing: Standing,
    cleared: Sequence[Cleared],
    caps: Caps,
    clients: int | None,
    now: datetime,
) -> Engaged | None:
    tells_clients = any(one.client_id for one in cleared)
    counts = count(connection, standing, len(cleared), caps, clients, tells_clients=tells_clients)
    if trips(counts, caps) is None:
        return None
    ids = _holdable(connection, cleared)
    trip = trips(replace(counts, run=len(ids)), caps)
    if trip is None or not ids:
        return None
    engaged, is_new = _engage(connection, standing, trip, now)
    _hold(connection, engaged, ids, now)
    if not is_new or engaged.brake_id is None:
        return None
    return Engaged(engaged.brake_id, engaged.account_id, engaged.reason, len(ids))


def _holdable(connection: Connection, cleared: Sequence[Cleared]) -> list[str]:
    """Those that no person has released before: what was released once is not held again."""
    query = select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.brake_id.is_(None),
        NOTIFICATIONS.c.status == NotificationStatus.PLANNED.value,
    )
    ids = [one.notification_id for one in cleared]
    return [row[0] for row in rows_among(connection, query, NOTIFICATIONS.c.id, ids)]


def _engage(
    connection: Connection, standing: Standing, trip: Trip, now: datetime
) -> tuple[Standing, bool]:
    """Engage a brake, or join that of a process that was faster; True where it is a new one."""
    statement = insert_or(connection, BRAKES).values(
        account_id=standing.account_id,
        cap=trip.cap.value,
        reason=trip.reason,
        status=BrakeStatus.ENGAGED.value,
        held=0,
        engaged_at=now,
    )
    statement = statement.on_conflict_do_nothing().returning(BRAKES.c.id)
    while (id_ := connection.execute(statement).scalar()) is None:
        joined = standings(connection, [standing.account_id], now)[standing.account_id]
        if joined.brake_id is not None:
            return joined, False
    _audit(connection, id_, BrakeStatus.ENGAGED, "duebell", trip.reason, now)
    return replace(standing, brake_id=id_, reason=trip.reason), True


def _hold(connection: Connection, brake: Standing, ids: Sequence[str], now: datetime) -> None:
    if not ids:
        return
    connection.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.id == bindparam("row"))
        .values(
            hold=Hold.BRAKE.value,
            brake_id=brake.brake_id,
            cleared_at=None,
            reason=f"held by brake {brake.brake_id}: {brake.reason}",
            updated_at=now,
        ),
        [{"row": id_} for id_ in ids],
    )
    connection.execute(
        update(BRAKES).where(BRAKES.c.id == brake.brake_id).values(held=BRAKES.c.held + len(ids))
    )


def release(connection: Connection, brake_id: int, *, by: str, now: datetime) -> int:
    """Let go what a brake holds: it is planned again, from the books; gives how many.

    From now on the hour counts anew, and none of these counts or is held again.

    Raises:
        BrakeRefused: if there is no such brake, or it has ended.
    """
    _end(connection, brake_id, BrakeStatus.RELEASED, by, now)
    freed = connection.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.brake_id == brake_id, is_held())
        .values(hold=None, cleared_at=now, reason=None, updated_at=now)
        .returning(NOTIFICATIONS.c.signal_id)
    )
    signal_ids = list(freed.scalars())
    inbox.reopen(connection, {id_ for id_ in signal_ids if id_ is not None}, now)
    ring(connection)
    why = f"{len(signal_ids)} messages planned again"
    _audit(connection, brake_id, BrakeStatus.RELEASED, by, why, now)
    return len(signal_ids)


def drop(connection: Connection, brake_id: int, *, by: str, now: datetime) -> int:
    """Suppress what a brake holds: nobody will hear of it; gives how many. The hour counts anew.

    Raises:
        BrakeRefused: if there is no such brake, or it has ended.
    """
    _end(connection, brake_id, BrakeStatus.DROPPED, by, now)
    ids = connection.execute(
        select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.brake_id == brake_id, is_held())
    )
    reason = f"dropped by an operator (brake {brake_id})"
    changes = [
        Change(
            before,
            replace(before, status=NotificationStatus.SUPPRESSED, reason=reason, hold=None),
            by,
        )
        for before in notifications.lock(connection, list(ids.scalars())).values()
        if before.status is NotificationStatus.PLANNED
    ]
    notifications.write(connection, changes, now)
    _audit(
        connection, brake_id, BrakeStatus.DROPPED, by, f"{len(changes)} messages suppressed", now
    )
    return len(changes)


def _end(
    connection: Connection, brake_id: int, status: BrakeStatus, by: str, now: datetime
) -> None:
    columns = (BRAKES.c.status, BRAKES.c.ended_at, BRAKES.c.ended_by)
    found = select(*columns).where(BRAKES.c.id == brake_id).with_for_update()
    row = connection.execute(found).first()
    if row is None:
        raise BrakeRefused(f"there is no brake {brake_id}: `duebell brake list --all` shows all")
    if row.status != BrakeStatus.ENGAGED:
        raise BrakeRefused(
            f"brake {brake_id} was {row.status} at {row.ended_at:%Y-%m-%d %H:%M} UTC "
            f"by {row.ended_by}; it holds nothing any more"
        )
    connection.execute(
        update(BRAKES)
        .where(BRAKES.c.id == brake_id)
        .values(status=status.value, ended_at=now, ended_by=by)
    )


def _audit(
    connection: Connection, brake_id: int, status: BrakeStatus, by: str, why: str, now: datetime
) -> None:
    is_new = status is BrakeStatus.ENGAGED
    record = AuditRecord(
        actor=by,
        action=status.value,
        entity="brake",
        entity_id=str(brake_id),
        from_status=None if is_new else BrakeStatus.ENGAGED.value,
        to_status=status.value,
        reason=why,
    )
    audit.append(connection, [record], now)
