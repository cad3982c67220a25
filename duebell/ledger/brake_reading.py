"""What the ledger knows of brakes: which is engaged, what counts for the next, what each holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from duebell.domain.brakes import LEAST_CLIENTS, WINDOW, BrakeStatus, Caps, Counts, trips
from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.domain.rules import CLIENT, CONTACTS
from duebell.domain.signals import SignalSource
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.people_tables import BrakeRow
from duebell.ledger.statements import portions_of

BRAKES = BrakeRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Standing:
    """The brake that is engaged for an account, if one is, and from when on its messages count."""

    account_id: str
    since: datetime
    brake_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Brake:
    """A brake with what it holds now."""

    id: int
    account_id: str
    status: BrakeStatus
    cap: str
    reason: str
    held_now: int
    engaged_at: datetime
    ended_at: datetime | None
    ended_by: str | None


def standings(
    connection: Connection, account_ids: Sequence[str], now: datetime
) -> dict[str, Standing]:
    """Where each account stands; who finds a brake engaged keeps others from ending it."""
    begin = now - WINDOW
    is_recent = or_(BRAKES.c.status == BrakeStatus.ENGAGED.value, BRAKES.c.ended_at > begin)
    rows = connection.execute(
        select(
            BRAKES.c.account_id, BRAKES.c.id, BRAKES.c.reason, BRAKES.c.status, BRAKES.c.ended_at
        )
        .where(BRAKES.c.account_id.in_(account_ids), is_recent)
        .order_by(BRAKES.c.id)
        .with_for_update()
    )
    found = {account_id: Standing(account_id, begin) for account_id in account_ids}
    for account_id, id_, reason, status, ended_at in rows:
        before = found[account_id]
        if status == BrakeStatus.ENGAGED:
            found[account_id] = replace(before, brake_id=id_, reason=reason)
        else:
            found[account_id] = replace(before, since=max(before.since, ended_at))
    return found


def count(
    connection: Connection,
    standing: Standing,
    run: int,
    caps: Caps,
    clients: int | None,
    *,
    tells_clients: bool,
) -> Counts:
    """What was cleared in an account since its messages count, with what this run clears.

    Whom it told is only looked at where that may be a share: where this run tells clients, and the
    number of all is known.
    """
    counted = select(func.count()).select_from(NOTIFICATIONS).where(*_counted(standing))
    hour = connection.execute(counted).scalar_one()
    counts = Counts(run, hour, clients=clients)
    if clients is None or not tells_clients or hour < LEAST_CLIENTS:
        return counts
    counts = replace(counts, clients_told=_clients_told(connection, standing))
    if trips(counts, caps) is None:
        return counts
    return replace(counts, clients_told=_clients_told_unasked(connection, standing))


def _counted(standing: Standing) -> tuple[ColumnElement[bool], ...]:
    return (
        NOTIFICATIONS.c.account_id == standing.account_id,
        NOTIFICATIONS.c.cleared_at > standing.since,
        # What a person released was allowed by a person.
        NOTIFICATIONS.c.brake_id.is_(None),
    )


def _to_clients(standing: Standing) -> tuple[ColumnElement[bool], ...]:
    # Staff hears about clients too.
    return (*_counted(standing), NOTIFICATIONS.c.audience.in_([CLIENT, CONTACTS]))


def _clients_told(connection: Connection, standing: Standing) -> int:
    told = select(func.count(NOTIFICATIONS.c.client_id.distinct()))
    return connection.execute(told.where(*_to_clients(standing))).scalar_one()


def _clients_told_unasked(connection: Connection, standing: Standing) -> int:
    """Without those whom a backfill told, as somebody asked it to."""
    # Not joined: PostgreSQL would read all signals that there ever were for it.
    told = select(NOTIFICATIONS.c.client_id, NOTIFICATIONS.c.signal_id)
    rows = connection.execute(told.where(*_to_clients(standing))).all()
    signal_ids = {id_ for _, id_ in rows if id_ is not None}
    asked: set[int] = set()
    backfilled = select(SIGNALS.c.id).where(SIGNALS.c.source == SignalSource.BACKFILL.value)
    for portion in portions_of(signal_ids):
        asked |= set(connection.execute(backfilled.where(SIGNALS.c.id.in_(portion))).scalars())
    return len({client_id for client_id, id_ in rows if client_id and id_ not in asked})


def is_held() -> ColumnElement[bool]:
    """The condition of a notification waiting for a person, because a brake holds it."""
    return and_(
        NOTIFICATIONS.c.status == NotificationStatus.PLANNED.value,
        NOTIFICATIONS.c.hold == Hold.BRAKE.value,
    )


def listed(connection: Connection, *, with_ended: bool = False) -> list[Brake]:
    """The brakes that are engaged, newest first; with those that have ended, if asked for."""
    held = (
        select(func.count())
        .where(NOTIFICATIONS.c.brake_id == BRAKES.c.id, is_held())
        .scalar_subquery()
    )
    query = select(
        BRAKES.c.id,
        BRAKES.c.account_id,
        BRAKES.c.status,
        BRAKES.c.cap,
        BRAKES.c.reason,
        held,
        BRAKES.c.engaged_at,
        BRAKES.c.ended_at,
        BRAKES.c.ended_by,
    ).order_by(BRAKES.c.id.desc())
    if not with_ended:
        query = query.where(BRAKES.c.status == BrakeStatus.ENGAGED.value)
    return [
        Brake(id_, account_id, BrakeStatus(status), *rest)
        for id_, account_id, status, *rest in connection.execute(query)
    ]
