"""What the provider must be asked about, and what its answers change.

An accepted message without a final status is asked about less and less often. A call whose outcome
is unknown is looked for in the provider's list; only when it had nothing several times, at growing
pauses, is the message believed never to have been taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from duebell.domain import asking
from duebell.domain.delivery import FINAL, NotificationStatus, OutcomeKind
from duebell.domain.rules import Channel
from duebell.domain.worth import worth_until
from duebell.ledger import again, notifications
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.notifications import NOTIFICATIONS, Change, Notification
from duebell.ledger.statements import skipping_locked

_S = NotificationStatus

_NEVER_MORE = {
    Channel.SMS.value: "the carrier took the message and never said more",
    Channel.EMAIL.value: "the email was handed over, and nobody ever said whether it arrived",
}

_ABSENT = "absent"
_LOST = "it is too late to find out whether it was taken"

#: A question that nobody answered (the asking process died) is asked again after this long.
QUESTION_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Question:
    """A message to ask about: by the provider's id, or by address and text where it has none."""

    notification_id: str
    status: NotificationStatus
    attempt: int
    channel: str
    provider: str
    provider_id: str | None
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    started_at: datetime
    asks: int

    def is_lost(self, now: datetime) -> bool:
        """Whether nothing can be found out any more where nothing was found: its provider may have
        forgotten it, or whom it went to and what it said has been erased here.
        """
        if self.channel == Channel.EMAIL:
            return asking.is_forgotten(self.channel, self.started_at, now)
        return self.provider_id is None and not (self.recipient and self.body)


def take(connection: Connection, now: datetime, most: int) -> list[Question]:
    """Take the questions that are due; nobody else gets them for a while."""
    chosen = skipping_locked(
        select(NOTIFICATIONS.c.id)
        .where(NOTIFICATIONS.c.next_ask_at <= now)
        .order_by(NOTIFICATIONS.c.next_ask_at)
        .limit(most)
    )
    taken = connection.execute(
        update(NOTIFICATIONS)
        .where(NOTIFICATIONS.c.id.in_(chosen))
        .values(next_ask_at=now + QUESTION_LEASE)
        .returning(NOTIFICATIONS.c.id)
    )
    return _questions(connection, list(taken.scalars()))


def _questions(connection: Connection, ids: list[str]) -> list[Question]:
    rows = connection.execute(
        select(
            NOTIFICATIONS.c.id,
            NOTIFICATIONS.c.status,
            ATTEMPTS.c.number,
            ATTEMPTS.c.channel,
            ATTEMPTS.c.provider,
            ATTEMPTS.c.provider_id,
            ATTEMPTS.c.recipient,
            ATTEMPTS.c.body,
            ATTEMPTS.c.started_at,
            NOTIFICATIONS.c.asks,
        )
        .join(ATTEMPTS, ATTEMPTS.c.notification_id == NOTIFICATIONS.c.id)
        .where(NOTIFICATIONS.c.id.in_(ids), ATTEMPTS.c.number == NOTIFICATIONS.c.attempts)
        .order_by(ATTEMPTS.c.started_at)
    )
    return [Question(row[0], NotificationStatus(row[1]), *row[2:]) for row in rows]


def is_awaited(connection: Connection, now: datetime) -> bool:
    """Whether a question is due whose answer an operator waits for."""
    query = select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.next_ask_at <= now, NOTIFICATIONS.c.asks <= asking.BEFORE_RETRY
    )
    return connection.execute(query.limit(1)).first() is not None


def bound_ids(connection: Connection, provider_ids: list[str]) -> frozenset[str]:
    """Of these provider ids, those that belong to an attempt already."""
    rows = connection.execute(
        select(ATTEMPTS.c.provider_id).where(ATTEMPTS.c.provider_id.in_(provider_ids))
    )
    return frozenset(rows.scalars())


def answered_nothing_new(
    connection: Connection, question: Question, now: datetime, *, was_asked: bool = True
) -> NotificationStatus:
    """The provider has the message and no final word: ask later, or give up after days.

    ``was_asked`` is False of a provider that cannot be asked.
    """
    before = notifications.lock(connection, [question.notification_id])[question.notification_id]
    if not _is_open(before, question):
        return before.status
    if again.awaits_retry(before):
        was_asked = was_asked and not question.is_lost(now)
        after = again.after_last_question(before, now, was_asked=was_asked)
        _write(connection, Change(before, after, "reconcile"), now)
        return after.status
    if before.status in FINAL and before.next_ask_at is not None:
        # Two last words contradicted each other, and the provider has no answer: the first stands.
        notifications.write(
            connection, [Change(before, replace(before, next_ask_at=None), "reconcile")], now
        )
    if before.status is not _S.ACCEPTED:
        return before.status
    if asking.is_hopeless(question.channel, question.started_at, now):
        reason = _NEVER_MORE.get(question.channel, _NEVER_MORE[Channel.SMS])
        after = replace(before, status=_S.UNCONFIRMED, reason=reason, next_ask_at=None)
    else:
        asks = before.asks + 1
        # The last question is asked when asking ends, and not up to a day later.
        last_at = asking.gives_up_at(question.channel, question.started_at)
        next_at = min(asking.next_question(asks, now), last_at)
        after = replace(before, asks=asks, next_ask_at=next_at)
    notifications.write(connection, [Change(before, after, "reconcile")], now)
    return after.status


def answered_absent(
    connection: Connection,
    question: Question,
    now: datetime,
    grace: timedelta,
    *,
    may_resend: bool,
    nothing: str = "",
    was_asked: bool = True,
) -> NotificationStatus:
    """The provider has nothing: ask again, and in the end send again or leave it to a person.

    ``nothing`` says so in words; a provider that cannot be asked has not even that to say.

    A message that the provider once had and has no longer is only asked about less and less often.
    """
    before = notifications.lock(connection, [question.notification_id])[question.notification_id]
    if not _is_open(before, question):
        return before.status
    if before.status is not _S.OUTCOME_UNKNOWN:
        return answered_nothing_new(connection, question, now, was_asked=was_asked)
    if question.is_lost(now):
        was_asked, may_resend, nothing = False, False, nothing or _LOST
    nothing = nothing or "the provider has nothing of it"
    asks = before.asks + 1
    if again.awaits_retry(before):
        after, asks = _by_hand(connection, before, now, was_asked=was_asked), 1
    elif asks < asking.QUESTIONS_BEFORE_ABSENT:
        after = replace(before, asks=asks, next_ask_at=asking.next_doubt(asks, grace, now))
    elif may_resend and _doubts(connection, before) < asking.MOST_DOUBTFUL_ATTEMPTS:
        after = _planned_again(connection, before, asks, nothing, now)
    else:
        reason = f"{nothing}; an operator decides whether it is sent again"
        after = replace(before, asks=asks, next_ask_at=None, failed=True, reason=reason)
    why = f"asked {_often(asks)}: {nothing}" if was_asked else nothing
    if not was_asked and after.next_ask_at is not None:
        why = f"{nothing}; Duebell waits for its report, and then it is yours to decide"
    _write(connection, Change(before, after, "reconcile", why), now)
    return after.status


def _write(connection: Connection, change: Change, now: datetime) -> None:
    """Write a change, and have the message sent if that is what follows from it."""
    notifications.write(connection, [change], now)
    again.bring_out(connection, [change], now)


def _often(asks: int) -> str:
    return "once" if asks == 1 else f"{asks} times"


def _is_open(before: Notification, question: Question) -> bool:
    """Whether the question still stands: not if somebody else asked meanwhile (two answers are not
    two questions), if the message was sent once more, or if a report or a person decided.
    """
    return before.attempts == question.attempt and before.asks == question.asks


def _by_hand(
    connection: Connection, before: Notification, now: datetime, *, was_asked: bool
) -> Notification:
    after = again.after_last_question(before, now, was_asked=was_asked)
    if was_asked and after.status is _S.PLANNED:
        _mark_absent(connection, before, now)
    return after


def _mark_absent(connection: Connection, before: Notification, now: datetime) -> None:
    connection.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.notification_id == before.id, ATTEMPTS.c.number == before.attempts)
        .values(outcome=_ABSENT, finished_at=now)
    )


def _doubts(connection: Connection, of: Notification) -> int:
    """How many attempts left a doubt that nothing the provider has ended."""
    is_doubtful = or_(
        ATTEMPTS.c.outcome.is_(None), ATTEMPTS.c.outcome.in_((OutcomeKind.UNKNOWN, _ABSENT))
    )
    query = select(func.count()).where(
        ATTEMPTS.c.notification_id == of.id, is_doubtful, ATTEMPTS.c.provider_id.is_(None)
    )
    return int(connection.execute(query).scalar_one())


def _planned_again(
    connection: Connection, before: Notification, asks: int, nothing: str, now: datetime
) -> Notification:
    _mark_absent(connection, before, now)
    if now > worth_until(before.event, again.since(before)):
        reason = f"{nothing}, and it is not worth sending any more"
        return replace(before, status=_S.REJECTED, asks=asks, next_ask_at=None, reason=reason)
    planned = again.plan_again(before, f"{nothing}; it is sent again", now)
    return replace(planned, asks=asks, not_before=None)
