"""Reading from the ledger what became of a firm's messages on one day.

A try counts on the day on which it was made, whatever is decided about its message later: one that
failed on Monday, was sent again on Tuesday and was not wanted any more stays a failure of Monday.
What was not tried counts on the day on which it was decided that it may leave, or was planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from duebell.domain.delivery import NotificationStatus, OutcomeKind
from duebell.domain.provider_names import PROVIDER_NAMES
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import without_addresses
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.measuring.summary import RuleDay, Tally, Try, added_up, words_of, words_of_try

_S = NotificationStatus
_MESSAGE, _ATTEMPT = NOTIFICATIONS.c, ATTEMPTS.c

#: Of these nothing came, and the message was tried again or still waits.
_NOTHING = (OutcomeKind.NOT_SENT.value, "absent")
_TELLS = or_(_ATTEMPT.outcome.is_(None), _ATTEMPT.outcome.not_in(_NOTHING))
#: What is not tried, or not tried any more, whatever was before.
_UNTRIED = (_S.PLANNED.value, _S.SUPPRESSED.value)


def rules_of_day(
    connection: Connection, is_ours: ColumnElement[bool], begin: datetime, end: datetime
) -> tuple[RuleDay, ...]:
    """What became of these messages, by rule; each counts once in a column."""
    found: dict[str, tuple[str, set[str]]] = {}
    for id_, rule, words in _tries(connection, is_ours, begin, end):
        # The last try of the day is what became of the message on it.
        found[id_] = (rule, set(words))
    for id_, rule, words in _untried(connection, is_ours, begin, end):
        found.setdefault(id_, (rule, set()))[1].update(words)
    return added_up((without_addresses(rule) or "", words, 1) for rule, words in found.values())


_Said = tuple[str, str, tuple[str, ...]]


def _tries(
    connection: Connection, is_ours: ColumnElement[bool], begin: datetime, end: datetime
) -> Iterator[_Said]:
    """What came of each try that was begun then, the last of a message after the others."""
    query = (
        select(
            *(_MESSAGE.id, _MESSAGE.rule, _MESSAGE.status, _ATTEMPT.outcome, _ATTEMPT.provider_id),
            _ATTEMPT.number == _MESSAGE.attempts,
            _ATTEMPT.provider_id == _MESSAGE.provider_id,
        )
        .join(NOTIFICATIONS, _MESSAGE.id == _ATTEMPT.notification_id)
        # The provider stands first in the index.
        .where(_ATTEMPT.provider.in_(list(PROVIDER_NAMES)))
        .where(_ATTEMPT.started_at >= begin, _ATTEMPT.started_at < end, _TELLS, is_ours)
        .order_by(_ATTEMPT.notification_id, _ATTEMPT.number)
    )
    for id_, rule, status, outcome, sid, is_last, is_it in connection.execute(query):
        was_taken = outcome == OutcomeKind.ACCEPTED or sid is not None
        one = Try(status, outcome or "", was_taken, is_last, is_last if is_it is None else is_it)
        yield id_, rule, words_of_try(one)


def _untried(
    connection: Connection, is_ours: ColumnElement[bool], begin: datetime, end: datetime
) -> Iterator[_Said]:
    """What was decided about then and is not told by a try that was made since."""
    since = func.coalesce(_MESSAGE.cleared_at, _MESSAGE.created_at)
    is_told = and_(_ATTEMPT.id.is_not(None), _ATTEMPT.started_at >= since, _TELLS)
    is_last = and_(_ATTEMPT.notification_id == _MESSAGE.id, _ATTEMPT.number == _MESSAGE.attempts)
    query = (
        select(_MESSAGE.id, _MESSAGE.rule, _MESSAGE.status, _MESSAGE.failed, _MESSAGE.hold)
        .outerjoin(ATTEMPTS, is_last)
        .where(is_ours, _is_that_day(begin, end))
        .where(or_(_MESSAGE.status.in_(_UNTRIED), ~is_told))
    )
    rows: Iterator[Row[tuple[str, str, str, bool, str | None]]] = iter(connection.execute(query))
    for id_, rule, status, failed, hold in rows:
        yield id_, rule, words_of(Tally(rule, status, failed, hold is not None, 1))


def _is_that_day(begin: datetime, end: datetime) -> ColumnElement[bool]:
    return or_(
        and_(_MESSAGE.cleared_at >= begin, _MESSAGE.cleared_at < end),
        and_(
            _MESSAGE.cleared_at.is_(None), _MESSAGE.created_at >= begin, _MESSAGE.created_at < end
        ),
    )
