"""What the schedules of a test share: one ledger, emptied between them, and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select
from sqlmodel import SQLModel

from duebell.domain.delivery import NotificationStatus
from duebell.domain.signals import SignalStatus
from duebell.ledger.audit_tables import AuditHeadRow, AuditLinkRow
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.tables import AuditRow, DecisionRow
from duebell.settings import Settings
from duebell.wording.rendering import Renderer
from tests.ledger_scenes import Clock

#: Longer than a signal is ever put off, but for the night.
A_WHILE = timedelta(hours=1)
#: The ledger lets nothing of these go.
_STAYING = {row.__tablename__ for row in (AuditRow, DecisionRow, AuditLinkRow, AuditHeadRow)}
DOUBTFUL = (NotificationStatus.SENDING, NotificationStatus.OUTCOME_UNKNOWN)


@dataclass(frozen=True)
class Bench:
    """What all schedules of a test share."""

    ledger: Ledger
    clock: Clock
    renderer: Renderer
    settings: Settings

    async def forget_everything(self) -> None:
        """Empty the ledger, all but what its audit chain holds, which lets nothing go."""
        await self.ledger.write(_empty)

    async def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        self.clock.pass_(seconds=seconds)

    async def what_is_left(self) -> tuple[int, int]:
        """Signals that are not worked off, and texts of which nobody knows whether they were sent.

        What waits for the morning is left to it.
        """
        now = self.clock()
        return await self.ledger.read(lambda c: _what_is_left(c, now))

    async def given_up(self, account_id: str) -> frozenset[str]:
        """The records of which something was refused until it was not worth sending any more."""
        return await self.ledger.read(lambda c: _given_up(c, account_id))


def _given_up(connection: Connection, account_id: str) -> frozenset[str]:
    table = NOTIFICATIONS.c
    is_given_up = (table.account_id == account_id) & (table.status == NotificationStatus.REJECTED)
    return frozenset(connection.execute(select(table.object_id).where(is_given_up)).scalars())


def _empty(connection: Connection) -> None:
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name not in _STAYING:
            connection.execute(table.delete())


def _what_is_left(connection: Connection, now: datetime) -> tuple[int, int]:
    is_soon = or_(SIGNALS.c.not_before.is_(None), SIGNALS.c.not_before < now + A_WHILE)
    signals = select(func.count()).where(SIGNALS.c.status != SignalStatus.DONE, is_soon)
    doubts = select(func.count()).where(NOTIFICATIONS.c.status.in_(DOUBTFUL))
    return connection.execute(signals).scalar_one(), connection.execute(doubts).scalar_one()
