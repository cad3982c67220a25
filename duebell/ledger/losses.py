"""Losses of the connection to FreshBooks: told to people as signals, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import audit, inbox
from duebell.ledger.audit import AUDIT, AuditRecord
from duebell.ledger.inbox import SIGNALS, Arrival
from duebell.ledger.tables import TokenPairRow

PAIRS = TokenPairRow.__table__  # type: ignore[attr-defined]

#: The own event by which people are told. It belongs to no account.
LOST = "connection.lost"
_ANNOUNCED = "announced"


def tell_lost(connection: Connection, name: str, generation: int, now: datetime) -> None:
    """Record the signal for a dead token pair; in the transaction that marks it as dead."""
    _record(connection, f"{name}:{generation}", now)


def tell_inactive(connection: Connection, account_id: str, now: datetime) -> bool:
    """Record the signal for an inactive account, once a day (UTC); False where it was told."""
    object_id = f"{account_id}:inactive:{now:%Y-%m-%d}"
    told = connection.execute(
        select(func.count())
        .select_from(SIGNALS)
        .where(
            SIGNALS.c.account_id == "",
            SIGNALS.c.event == LOST,
            SIGNALS.c.object_id == object_id,
        )
    ).scalar_one()
    if not told:
        _record(connection, object_id, now)
    return not told


def _record(connection: Connection, object_id: str, now: datetime) -> None:
    signal = Signal("", LOST, object_id, SignalSource.OWN)
    inbox.record(connection, [Arrival(signal, now)])


@dataclass(frozen=True, slots=True)
class LostConnection:
    """A connection that a person has to make again."""

    name: str
    generation: int
    reason: str


def lost_connection(connection: Connection) -> LostConnection | None:
    """The lost connection, if there is one."""
    row = connection.execute(
        select(PAIRS.c.connection, PAIRS.c.generation, PAIRS.c.lost_reason).where(
            PAIRS.c.lost_reason.is_not(None)
        )
    ).first()
    return None if row is None else LostConnection(*row)


def claim_announcement(connection: Connection, lost: LostConnection, now: datetime) -> bool:
    """Win the right to announce a loss outside of Duebell, once per loss."""
    # The row is locked, so that two processes cannot both find that nobody has announced it.
    connection.execute(
        select(PAIRS.c.generation).where(PAIRS.c.connection == lost.name).with_for_update()
    )
    mark = f"generation {lost.generation}"
    if _is_announced(connection, lost.name, mark):
        return False
    record = AuditRecord("duebell", _ANNOUNCED, "connection", lost.name, reason=mark)
    audit.append(connection, [record], now)
    return True


def _is_announced(connection: Connection, name: str, mark: str) -> bool:
    found = connection.execute(
        select(AUDIT.c.id)
        .where(
            AUDIT.c.entity == "connection",
            AUDIT.c.entity_id == name,
            AUDIT.c.action == _ANNOUNCED,
            AUDIT.c.reason == mark,
        )
        .limit(1)
    )
    return found.first() is not None
