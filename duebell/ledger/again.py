"""Sending again what provably did not arrive: by itself, where the reason may pass.

Decided in the transaction that records the failure. The message is only planned: the next look at
the books decides whether it is still right. All transactions take messages first, then addresses,
then stops of channels and signals last, each in the order of their ids: no two wait in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from duebell.domain import asking
from duebell.domain.delivery import FailureClass, NotificationStatus
from duebell.domain.provider_names import provider_name
from duebell.domain.sentences import as_part
from duebell.domain.worth import worth_until
from duebell.ledger import inbox, stopping
from duebell.ledger.notifications import Change, Notification
from duebell.ledger.stopping import SenderFault
from duebell.ledger.tables import AttemptRow

ATTEMPTS = AttemptRow.__table__  # type: ignore[attr-defined]

#: Why a message is planned that somebody has sent again: an operator, or an automation of Prefect.
BY_HAND, BY_AUTOMATION = "an operator has it sent again", "an automation has it sent again"
#: The same once its provider was to be asked first.
NO_BETTER_WORD = "asked once more, its provider has no better word of it"
_NOT_ASKED = "its provider cannot be asked whether it arrived"
_ANYWAY = "`duebell notifications retry ID --even-if-doubtful` sends it all the same"

#: What is asked about first when an operator has it sent again, if its outcome is in doubt.
_ASKED_FIRST = (
    *(NotificationStatus.OUTCOME_UNKNOWN, NotificationStatus.UNDELIVERED),
    NotificationStatus.UNCONFIRMED,
)
_UNREACHABLE = (FailureClass.RECIPIENT, FailureClass.COMPLIANCE)


@dataclass(frozen=True, slots=True)
class Failure:
    """That a provider could not, or would not, send a message, and what follows from its code.

    ``again_at`` is when it may be sent again, for failures that pass by themselves; ``is_late``
    that the provider had taken it first; ``begun_at`` when its attempt was begun.
    """

    failure: FailureClass | None
    code: str
    reason: str
    at: datetime
    begun_at: datetime
    again_at: datetime | None = None
    stops_channel: bool = False
    is_late: bool = False

    def of_sender(self, failed: Notification) -> SenderFault:
        """As a fault of the sender, met by a message."""
        return SenderFault(
            failed.id,
            failed.channel,
            self.code,
            self.reason,
            self.at,
            self.begun_at,
            is_late=self.is_late,
        )


def after_failure(connection: Connection, failed: Notification, what: Failure) -> Notification:
    """What becomes of a message that failed: as it is, or planned again.

    By the other channel of its rule where this address cannot be reached; after a pause where that
    may help; and when the channel works again, where nothing could be sent on it.
    """
    again_at, why = what.again_at, f"{as_part(what.reason)}; it is sent again"
    if what.stops_channel:
        stop = stopping.heed(connection, what.of_sender(failed))
        again_at, why = stopping.next_try(stop, what.at), stop.waiting if stop else why
    if what.failure in _UNREACHABLE or _is_unexplained(what):
        if failed.fallback is None:
            return failed
        why = f"{as_part(what.reason)}; it goes by {failed.fallback} now"
        return plan_again(failed, why, what.at)
    if again_at is None or not _may_go_again(connection, failed, again_at):
        return failed
    return plan_again(failed, why, again_at)


def _is_unexplained(what: Failure) -> bool:
    """Whether nobody knows why an accepted message failed, nor when it might pass."""
    return what.is_late and what.failure is FailureClass.TEMPORARY and what.again_at is None


def plan_again(before: Notification, reason: str | None, not_before: datetime) -> Notification:
    """The notification as it is when it is to be sent once more; :func:`bring_out` sees to that.

    Where safe mode sent it still stands: the attempt that failed may prove to have arrived there.
    """
    return replace(
        before,
        status=NotificationStatus.PLANNED,
        reason=reason,
        not_before=not_before,
        next_ask_at=None,
    )


def bring_out(
    connection: Connection,
    changes: Iterable[Change],
    now: datetime,
    woken: Collection[int] = (),
) -> None:
    """Have the signals looked at again of what was planned again, and those that were woken."""
    times = dict.fromkeys(woken, now)
    for change in changes:
        after = change.after
        is_again = change.before.status is not after.status is NotificationStatus.PLANNED
        if is_again and after.signal_id is not None:
            due = after.not_before or now
            times[after.signal_id] = min(times.get(after.signal_id, due), due)
    inbox.reopen_each(connection, times)


def awaits_retry(notification: Notification) -> bool:
    """Whether it is asked about because an operator wants it sent again."""
    return notification.status in _ASKED_FIRST and asking.is_before_retry(notification.asks)


def after_last_question(before: Notification, now: datetime, *, was_asked: bool) -> Notification:
    """What becomes of a message that an operator has sent again, now that its provider has no other
    word of it; where it could not be asked, only the operator's explicit word sends it.
    """
    if was_asked or before.asks == asking.BEFORE_RETRY_ANYWAY:
        reason = NO_BETTER_WORD if was_asked else _NOT_ASKED
        return replace(plan_by_hand(before, now, reason), asks=0)
    reason = f"{provider_name(before.provider)} cannot be asked whether it arrived; {_ANYWAY}"
    return replace(before, asks=0, next_ask_at=None, failed=True, reason=reason)


def plan_by_hand(before: Notification, now: datetime, reason: str = BY_HAND) -> Notification:
    """The notification as an operator has it sent again: its worth counts from now."""
    planned = plan_again(before, reason, now)
    return replace(planned, hold=None, cleared_at=now)


def since(notification: Notification) -> datetime:
    """Since when it might have left: not while it waited for the end of quiet hours."""
    return notification.cleared_at or notification.created_at


def _may_go_again(connection: Connection, failed: Notification, at: datetime) -> bool:
    if at > worth_until(failed.event, since(failed)):
        return False
    taken = connection.execute(
        select(func.count())
        .select_from(ATTEMPTS)
        .where(
            ATTEMPTS.c.notification_id == failed.id,
            # Not by the outcome: a report may come before our own write.
            ATTEMPTS.c.provider_id.is_not(None),
        )
    ).scalar_one()
    return bool(taken <= asking.MOST_RESENDS)
