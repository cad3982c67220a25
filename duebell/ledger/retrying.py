"""An operator's word that messages that failed are sent again.

Sending again only plans: a worker reads the books, and sends what is still right. Where an earlier
try may have arrived, the provider is asked first, by a worker too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from duebell.domain import asking
from duebell.domain.delivery import NotificationStatus, OutcomeKind
from duebell.domain.sentences import as_part
from duebell.ledger import again, automations, last_tries, notifications, suppression_reading
from duebell.ledger.doorbell import ring
from duebell.ledger.erasing import ERASED
from duebell.ledger.notifications import NOTIFICATIONS, Change, Notification
from duebell.ledger.stranded import FORGOTTEN
from duebell.ledger.traces import GONE
from duebell.ledger.unsent import way_to_lift
from duebell.ledger.waiting_doubts import why_not_yet

_S = NotificationStatus

#: Tells something of a provider's code: whether it leaves open that a message arrived which the
#: provider had taken, or whether the same words would only fail again.
OfCode = Callable[[str], bool]

_ASKED = "an operator wants it sent again"
_LEFT_OUT = "its earlier outcome is in doubt: name it by its id, or {anyway}"
_SAME_WORDS = "the same words would fail again: mend the template, then name it by its id"
_FAILS_AGAIN = (
    "its words were why it failed ({code}): unless the template is mended, it fails again"
)
_UNASKABLE = "nobody can be asked any more whether it arrived: to send it all the same, {anyway}"

#: Why a message is not sent again, by its status.
_NOT_AGAIN = {
    _S.PLANNED: "it waits to be sent already",
    _S.SENDING: "it is being sent",
    _S.ACCEPTED: "the provider has it, and has not said yet what became of it",
    _S.DELIVERED: "it was delivered",
    _S.UNCONFIRMED: "it was sent, and may have arrived: to send it again, {anyway}",
}


class Answer(StrEnum):
    """What an operator's word did."""

    PLANNED = "planned again"
    ASKED = "asked about first"
    ABANDONED = "abandoned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an operator's word did to one notification; ``reason`` says why where it was refused.

    ``tries`` is how often it had been tried by then; ``warning`` what the operator should know of
    a word that was obeyed.
    """

    id: str
    answer: Answer
    reason: str = ""
    tries: int = field(default=0, compare=False)
    warning: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether nothing was changed."""
        return self.answer is Answer.REFUSED


def _nothing(_code: str) -> bool:
    """No code tells that the same words would fail again."""
    return False


@dataclass(frozen=True, slots=True)
class Terms:
    """Who has it sent again and when; and what of doubts.

    ``even_if_doubtful`` also sends what may have arrived, and of which nobody can be asked.
    ``leaves_doubtful`` leaves alone what is in doubt, or ``comes_again`` by its code with the same
    words, because it was not named one by one. ``grace`` is how long a doubt is waited with.
    ``is_automation`` says that it is nobody's word, and ``anyway`` how a person says the contrary.
    """

    by: str
    now: datetime
    is_doubtful: OfCode
    even_if_doubtful: bool = False
    leaves_doubtful: bool = False
    comes_again: OfCode = _nothing
    grace: timedelta = timedelta(seconds=60)
    is_automation: bool = False
    anyway: str = "add --even-if-doubtful"

    @property
    def planned_by(self) -> str:
        """Why a message is planned again."""
        return again.BY_AUTOMATION if self.is_automation else again.BY_HAND

    @property
    def asked_by(self) -> str:
        """Why its provider is asked first."""
        return automations.ASKED if self.is_automation else _ASKED


def no_such(id_: str) -> str:
    return f"there is no notification {id_}; `duebell notifications list` has their ids"


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
    left = automations.left_alone(connection, found, terms.now) if terms.is_automation else {}
    answers, changes = [], []
    for id_ in ids:
        before = found.get(id_)
        answer, after = _retried(connection, id_, before, terms, left.get(id_, ""))
        answers.append(answer)
        if before is not None and after is not None:
            why = terms.asked_by if answer.answer is Answer.ASKED else None
            changes.append(Change(before, after, terms.by, why))
    notifications.write(connection, changes, terms.now)
    again.bring_out(connection, changes, terms.now)
    if changes:
        ring(connection)
    return answers


def _retried(
    connection: Connection, id_: str, before: Notification | None, terms: Terms, left: str
) -> tuple[Answered, Notification | None]:
    """The answer, and the notification after it; ``left`` says why it is left alone, if it is."""
    if before is None:
        return Answered(id_, Answer.REFUSED, no_such(id_)), None
    if reason := left or _why_not(connection, before, terms):
        return _refused(before, reason, terms), None
    doubt = _doubted(connection, before, terms)
    if doubt is None:
        return _planned(before, terms)
    if terms.leaves_doubtful and not terms.even_if_doubtful:
        return _refused(before, _LEFT_OUT, terms), None
    if not last_tries.is_on_record(connection, before):
        is_meant = terms.even_if_doubtful
        return _planned(before, terms) if is_meant else (_refused(before, _UNASKABLE, terms), None)
    asks = asking.BEFORE_RETRY_ANYWAY if terms.even_if_doubtful else asking.BEFORE_RETRY
    asked = replace(doubt, asks=asks, next_ask_at=terms.now)
    return Answered(id_, Answer.ASKED, tries=before.attempts), asked


def _planned(before: Notification, terms: Terms) -> tuple[Answered, Notification]:
    planned = again.plan_by_hand(before, terms.now, terms.planned_by)
    warning = _FAILS_AGAIN.format(code=before.error_code) if _comes_again(before, terms) else ""
    answered = Answered(before.id, Answer.PLANNED, tries=before.attempts, warning=warning)
    return answered, planned


def _comes_again(before: Notification, terms: Terms) -> bool:
    return before.failed and terms.comes_again(before.error_code or "")


def _refused(before: Notification, reason: str, terms: Terms) -> Answered:
    # No format: the reason of another may hold braces.
    said = reason.replace("{anyway}", terms.anyway)
    return Answered(before.id, Answer.REFUSED, said, before.attempts)


def _why_not(connection: Connection, before: Notification, terms: Terms) -> str:
    if ERASED == before.reason or before.recipient == GONE:
        return ERASED
    by_status = _why_not_by_status(connection, before, terms)
    if not by_status and terms.leaves_doubtful and _comes_again(before, terms):
        return _SAME_WORDS
    if not by_status and not last_tries.has_signal(connection, before):
        return FORGOTTEN
    return by_status


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
    reason = suppression_reading.in_force(connection, [address]).get(address)
    if reason:
        return f"{as_part(reason)}; {way_to_lift(before.channel)} lifts that"
    if suppression_reading.was_lifted(connection, *address, before.reason or ""):
        return ""  # who asks for it has lifted what was in its way
    return f"it was not sent on purpose: {before.reason or 'no reason is on record'}"


def _doubted(connection: Connection, before: Notification, terms: Terms) -> Notification | None:
    """The notification as the one whose provider is asked first; None where nothing is open.

    What was abandoned in doubt is in doubt again.
    """
    if before.status in (_S.OUTCOME_UNKNOWN, _S.UNCONFIRMED):
        return before
    if before.status is _S.ABANDONED and before.attempts:
        outcome = last_tries.outcome(connection, before)
        if outcome in (None, OutcomeKind.UNKNOWN):
            return replace(before, status=_S.OUTCOME_UNKNOWN, failed=True)
        if outcome != OutcomeKind.ACCEPTED:
            return None
        before = replace(before, status=_S.UNDELIVERED)
    is_open = before.status is _S.UNDELIVERED and terms.is_doubtful(before.error_code or "")
    return before if is_open else None
