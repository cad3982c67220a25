"""An operator's word about messages that failed: send them again, or leave it at that.

Sending again only plans: a worker reads the books, and sends what is still right. Where an earlier
try may have arrived, the provider is asked first, by a worker too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from duebell.domain import asking
from duebell.domain.delivery import NotificationStatus, OutcomeKind
from duebell.ledger import again, notifications, suppressions
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.doorbell import ring
from duebell.ledger.erasing import ERASED, GONE
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS, Change, Notification
from duebell.ledger.stranded import FORGOTTEN
from duebell.ledger.waiting_doubts import why_not_yet

_S = NotificationStatus

#: Tells something of a provider's code: whether it leaves open that a message arrived which the
#: provider had taken, or whether the same words would only fail again.
OfCode = Callable[[str], bool]

_ASKED = "an operator wants it sent again"
_LEFT_OUT = "its earlier outcome is in doubt: name it by its id, or add --even-if-doubtful"
_SAME_WORDS = "the same words would fail again: mend the template, then name it by its id"
_UNASKABLE = (
    "nobody can be asked any more whether it arrived: --even-if-doubtful sends it all the same"
)

#: Why a message is not sent again, and why it cannot be abandoned, by its status.
_NOT_AGAIN = {
    _S.PLANNED: "it waits to be sent already",
    _S.SENDING: "it is being sent",
    _S.ACCEPTED: "the provider has it, and has not said yet what became of it",
    _S.DELIVERED: "it was delivered",
    _S.UNCONFIRMED: "it was sent, and may have arrived: --even-if-doubtful sends it again",
}
_NOT_ABANDONED = {
    _S.SENDING: "it is being sent",
    _S.ACCEPTED: "the provider has it already",
    _S.DELIVERED: "it was delivered",
    _S.UNCONFIRMED: "it was sent already",
    _S.SUPPRESSED: "it is not sent anyway",
    _S.ABANDONED: "it is abandoned already",
}


class Answer(StrEnum):
    """What an operator's word did."""

    PLANNED = "planned again"
    ASKED = "asked about first"
    ABANDONED = "abandoned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an operator's word did to one notification; ``reason`` says why where it was refused."""

    id: str
    answer: Answer
    reason: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether nothing was changed."""
        return self.answer is Answer.REFUSED


def _nothing(_code: str) -> bool:
    """Nothing has to be named one by one."""
    return False


@dataclass(frozen=True, slots=True)
class Terms:
    """Who has it sent again and when; and what of doubts.

    ``even_if_doubtful`` also sends what may have arrived, and of which nobody can be asked.
    ``leaves_doubtful`` leaves doubts alone that were not named one by one, and ``leaves_out``
    tells by its code what else has to be named. ``grace`` is how long a doubt is waited with.
    """

    by: str
    now: datetime
    is_doubtful: OfCode
    even_if_doubtful: bool = False
    leaves_doubtful: bool = False
    leaves_out: OfCode = _nothing
    grace: timedelta = timedelta(seconds=60)


def failed_ids(
    connection: Connection,
    since: datetime | None = None,
    status: str | None = None,
) -> list[str]:
    """What carries the failed-delivery flag (since a moment; of one status), oldest first."""
    table = NOTIFICATIONS.c
    query = select(table.id).where(table.failed_at.is_not(None), table.failed.is_(True))
    if since is not None:
        query = query.where(table.failed_at >= since)
    if status is not None:
        query = query.where(table.status == status)
    return list(connection.execute(query.order_by(table.failed_at, table.id)).scalars())


def retry(connection: Connection, ids: Sequence[str], terms: Terms) -> list[Answered]:
    """Have messages sent again, each if that may be; in the order of their ids as given.

    Two who do so at once agree: the second finds it planned already.
    """
    ids = list(dict.fromkeys(ids))
    found = notifications.lock(connection, ids)
    answers, changes = [], []
    for id_ in ids:
        before = found.get(id_)
        answer, after = _retried(connection, id_, before, terms)
        answers.append(answer)
        if before is not None and after is not None:
            why = _ASKED if answer.answer is Answer.ASKED else None
            changes.append(Change(before, after, terms.by, why))
    notifications.write(connection, changes, terms.now)
    if changes:
        ring(connection)
    return answers


def _retried(
    connection: Connection, id_: str, before: Notification | None, terms: Terms
) -> tuple[Answered, Notification | None]:
    if before is None:
        return Answered(id_, Answer.REFUSED, f"there is no notification {id_}"), None
    if reason := _why_not(connection, before, terms):
        return Answered(id_, Answer.REFUSED, reason), None
    doubt = _doubted(connection, before, terms)
    if doubt is None:
        planned = again.plan_by_hand(connection, before, terms.now)
        return Answered(id_, Answer.PLANNED), planned
    if terms.leaves_doubtful and not terms.even_if_doubtful:
        return Answered(id_, Answer.REFUSED, _LEFT_OUT), None
    if not _is_on_record(connection, before):
        if not terms.even_if_doubtful:
            return Answered(id_, Answer.REFUSED, _UNASKABLE), None
        planned = again.plan_by_hand(connection, before, terms.now)
        return Answered(id_, Answer.PLANNED), planned
    asks = asking.BEFORE_RETRY_ANYWAY if terms.even_if_doubtful else asking.BEFORE_RETRY
    return Answered(id_, Answer.ASKED), replace(doubt, asks=asks, next_ask_at=terms.now)


def _why_not(connection: Connection, before: Notification, terms: Terms) -> str:
    if ERASED == before.reason or before.recipient == GONE:
        return ERASED
    by_status = _why_not_by_status(connection, before, terms)
    if not by_status and before.failed and terms.leaves_out(before.error_code or ""):
        return _SAME_WORDS
    if not by_status and not _is_remembered(connection, before):
        return FORGOTTEN
    return by_status


def _is_remembered(connection: Connection, before: Notification) -> bool:
    """Whether the signal is still there by which the books are looked at before it is sent."""
    query = select(SIGNALS.c.id).where(SIGNALS.c.id == before.signal_id)
    return connection.execute(query).scalar() is not None


def _why_not_by_status(connection: Connection, before: Notification, terms: Terms) -> str:
    if before.status is _S.SUPPRESSED:
        return _why_suppressed(connection, before)
    if before.status is _S.OUTCOME_UNKNOWN:
        is_asked = before.next_ask_at is not None
        is_enough = before.asks == asking.BEFORE_RETRY_ANYWAY or not terms.even_if_doubtful
        is_open = not before.failed or (is_asked and is_enough)
        return why_not_yet(connection, before, terms.grace) if is_open else ""
    if before.status is _S.UNCONFIRMED and terms.even_if_doubtful:
        return ""
    return _NOT_AGAIN.get(before.status, "")


def _why_suppressed(connection: Connection, before: Notification) -> str:
    address = (before.channel, before.recipient)
    reason = suppressions.in_force(connection, [address]).get(address)
    if reason:
        return f"{reason}; `duebell suppressions lift {before.channel} ADDRESS` lifts that"
    if suppressions.was_lifted(connection, *address, before.reason or ""):
        return ""  # who asks for it has lifted what was in its way
    return f"it was not sent on purpose: {before.reason or 'no reason is on record'}"


def _doubted(connection: Connection, before: Notification, terms: Terms) -> Notification | None:
    """The notification as the one whose provider is asked first; None where nothing is open.

    What was abandoned in doubt is in doubt again.
    """
    if before.status in (_S.OUTCOME_UNKNOWN, _S.UNCONFIRMED):
        return before
    if before.status is _S.ABANDONED and before.attempts:
        outcome = _last_outcome(connection, before)
        if outcome in (None, OutcomeKind.UNKNOWN):
            return replace(before, status=_S.OUTCOME_UNKNOWN, failed=True)
        if outcome != OutcomeKind.ACCEPTED:
            return None
        before = replace(before, status=_S.UNDELIVERED)
    is_open = before.status is _S.UNDELIVERED and terms.is_doubtful(before.error_code or "")
    return before if is_open else None


def _is_on_record(connection: Connection, before: Notification) -> bool:
    """Whether the attempt is still there that a provider would be asked about."""
    return connection.execute(_last(ATTEMPTS.c.id, before)).scalar() is not None


def _last_outcome(connection: Connection, before: Notification) -> str | None:
    found: str | None = connection.execute(_last(ATTEMPTS.c.outcome, before)).scalar()
    return found


def _last(column: ColumnElement[Any], before: Notification) -> Select[tuple[Any]]:
    """Something of a notification's last attempt."""
    return select(column).where(
        ATTEMPTS.c.notification_id == before.id, ATTEMPTS.c.number == before.attempts
    )


def abandon(
    connection: Connection, ids: Collection[str], by: str, now: datetime, reason: str = ""
) -> list[Answered]:
    """Leave it at that for these messages: nobody sends them again, and none is flagged."""
    ids = list(dict.fromkeys(ids))
    found = notifications.lock(connection, ids)
    answers, changes = [], []
    for id_ in ids:
        before = found.get(id_)
        why_not = _NOT_ABANDONED.get(before.status) if before else f"there is no notification {id_}"
        if before is None or why_not:
            answers.append(Answered(id_, Answer.REFUSED, why_not or ""))
            continue
        told = reason or "an operator has left it at that"
        after = replace(before, status=_S.ABANDONED, reason=told, next_ask_at=None, not_before=None)
        after = replace(after, asks=0)  # an answer that is under way sends it no more
        changes.append(Change(before, after, by))
        answers.append(Answered(id_, Answer.ABANDONED))
    notifications.write(connection, changes, now)
    return answers
