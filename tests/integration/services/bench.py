"""What the schedules of a test share: one ledger, emptied between them, and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select
from sqlmodel import SQLModel

from duebell.domain.delivery import NotificationStatus
from duebell.domain.signals import SignalStatus
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.tables import AuditRow
from duebell.settings import Settings
from duebell.wording.rendering import Renderer
from tests.ledger_scenes import Clock

#: Longer than a signal is ever put off, but for the night.
A_WHILE = timedelta(hours=1)
DOUBTFUL = (NotificationStatus.SENDING, NotificationStatus.OUTCOME_UNKNOWN)


@dataclass(frozen=True)
class Bench:
    """What all schedules of a test share."""

    ledger: Ledger
    clock: Clock
    renderer: Renderer
    settings: Settings

    async def forget_everything(self) -> None:
        """Empty the ledger, all but its audit trail, which lets nothing go."""
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


def _empty(connection: Connection) -> None:
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name != AuditRow.__tablename__:
            connection.execute(table.delete())


def _what_is_left(connection: Connection, now: datetime) -> tuple[int, int]:
    is_soon = or_(SIGNALS.c.not_before.is_(None), SIGNALS.c.not_before < now + A_WHILE)
    signals = select(func.count()).where(SIGNALS.c.status != SignalStatus.DONE, is_soon)
    doubts = select(func.count()).where(NOTIFICATIONS.c.status.in_(DOUBTFUL))
    return connection.execute(signals).scalar_one(), connection.execute(doubts).scalar_one()
