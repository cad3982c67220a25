"""One planned message of a batch, with all that is known of it on its way out."""

from __future__ import annotations

from dataclasses import dataclass

from duebell.domain.decisions import PlannedNotification
from duebell.domain.delivery import NotificationStatus
from duebell.domain.dossiers import Dossier
from duebell.domain.signals import ClaimedSignal
from duebell.ledger.notifications import Notification
from duebell.notifying.sending import Sent


@dataclass(slots=True)
class Pending:
    """A planned notification of this batch, with the record it speaks of."""

    planned: PlannedNotification
    found: Dossier
    claimed: ClaimedSignal
    notification: Notification
    result: Sent | None = None

    @property
    def is_left(self) -> bool:
        """Whether it is still to be sent, as far as this run knows."""
        is_planned = self.notification.status is NotificationStatus.PLANNED
        is_cleared = is_planned and self.notification.hold is None
        return is_cleared and self.result in (None, Sent.LATER)
