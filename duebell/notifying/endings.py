"""When a signal is worked on again whose message has not left, or whose record was not found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.domain.signals import ClaimedSignal
from duebell.notifying.pending import Pending
from duebell.runtime import Runtime

#: Pauses of a signal whose record could not be looked up: doubling up to the longest.
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 900.0


async def left_for_later(runtime: Runtime, pending: Mapping[str, Pending]) -> dict[int, datetime]:
    """The signals whose notifications the ledger still has as planned, and when they are due.

    The ledger is asked, because another run may have sent (or put off) what this one did not;
    and what this one called about may have proved never sent while the others were under way.
    """
    now = runtime.now()
    left: dict[int, datetime] = {}
    for id_, notification in (await runtime.ledger.notifications(list(pending))).items():
        if notification.status is NotificationStatus.PLANNED:
            if notification.hold == Hold.BRAKE:
                continue  # it waits for a person, who has it looked at again
            signal_id = pending[id_].claimed.id
            free_at = runtime.pacer_of(notification.channel).free_at(now)
            due = max(notification.not_before or now, free_at)
            left[signal_id] = min(left.get(signal_id, due), due)
    return left


def pause_of(claimed: ClaimedSignal) -> timedelta:
    """How long to wait before the record of a signal is looked up again."""
    doubled = FIRST_PAUSE_SECONDS * 2 ** min(claimed.tries - 1, 20)
    return timedelta(seconds=min(doubled, LONGEST_PAUSE_SECONDS))
