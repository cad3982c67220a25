"""How long messages took and how their fate was heard, over a stretch of the audit trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from duebell.domain.delivery import NotificationStatus
from duebell.domain.latencies import (
    ABOVE,
    ASKED,
    BUCKETS,
    CALLBACK,
    DELIVERY,
    FINAL_WORDS,
    SEND,
    SUM,
    Key,
)
from duebell.domain.signals import SignalSource
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AUDIT
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.tables import DeliveryReportRow

REPORTS = DeliveryReportRow.__table__  # type: ignore[attr-defined]

_S = NotificationStatus
_FINAL = (_S.DELIVERED.value, _S.UNDELIVERED.value)
_BEFORE = (_S.PLANNED.value, _S.SENDING.value, _S.OUTCOME_UNKNOWN.value)

#: Each change of a notification, with the message and its last attempt.
_MESSAGES = AUDIT.join(NOTIFICATIONS, NOTIFICATIONS.c.id == AUDIT.c.entity_id).join(
    ATTEMPTS,
    (ATTEMPTS.c.notification_id == NOTIFICATIONS.c.id)
    & (ATTEMPTS.c.number == NOTIFICATIONS.c.attempts),
)


def increments(connection: Connection, begin: int, end: int) -> dict[Key, float]:
    """By how much the numbers grow with the records after ``begin``, up to ``end``.

    The database adds up by itself, so that 10,000 records keep no thread of Python from answering.
    """
    is_within = (AUDIT.c.id > begin) & (AUDIT.c.id <= end) & (AUDIT.c.entity == "notification")
    grown: dict[Key, float] = {}
    for name, query in ((SEND, _sent(is_within)), (DELIVERY, _ended(is_within))):
        for channel, bucket, count, seconds in connection.execute(query):
            grown[name, f"{channel},{bucket}"] = count
            key = (name, f"{channel},{SUM}")
            grown[key] = grown.get(key, 0.0) + float(seconds)
    for provider, status, asked, count in connection.execute(_final_words(is_within)):
        grown[FINAL_WORDS, f"{provider},{status},{ASKED if asked else CALLBACK}"] = count
    return grown


def _sent(is_within: ColumnElement[bool]) -> Select[Any]:
    """From the webhook until the provider had it: first attempts of what did not have to wait.

    A retry by hand may come days later, and what waits for the end of the night is not slow. The
    final word may be the first word of a provider that has the message.
    """
    notification, signal = NOTIFICATIONS.c, SIGNALS.c
    seconds = _seconds(signal.received_at, AUDIT.c.at)
    is_told = (signal.id == notification.signal_id) & (signal.source == SignalSource.WEBHOOK.value)
    return _histogram(
        SEND,
        seconds,
        _MESSAGES.join(SIGNALS, is_told),
        is_within,
        AUDIT.c.from_status.in_(_BEFORE),
        AUDIT.c.to_status.in_((_S.ACCEPTED.value, *_FINAL)),
        ATTEMPTS.c.number == 1,
        notification.cleared_at == notification.created_at,
    )


def _ended(is_within: ColumnElement[bool]) -> Select[Any]:
    """From the provider's taking it to its final word."""
    taken_at = func.coalesce(ATTEMPTS.c.finished_at, ATTEMPTS.c.started_at)
    seconds = _seconds(taken_at, AUDIT.c.at)
    is_final = AUDIT.c.to_status.in_(_FINAL) & AUDIT.c.from_status.not_in(_FINAL)
    return _histogram(DELIVERY, seconds, _MESSAGES, is_within, is_final)


def _final_words(is_within: ColumnElement[bool]) -> Select[Any]:
    """Which final words came, and whether the last report on the message answered a question.

    What could not be delivered for now, and is planned again, was undelivered all the same.
    """
    reports = REPORTS.c
    asked = (
        select(reports.asked)
        .where(reports.notification_id == AUDIT.c.entity_id)
        .order_by(reports.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_again = and_(AUDIT.c.from_status == _S.ACCEPTED.value, AUDIT.c.to_status == _S.PLANNED.value)
    is_final = AUDIT.c.to_status.in_(_FINAL) & AUDIT.c.from_status.not_in(_FINAL)
    status = case((is_again, _S.UNDELIVERED.value), else_=AUDIT.c.to_status)
    words = (
        select(ATTEMPTS.c.provider, status.label("status"), asked.label("asked"))
        .select_from(_MESSAGES)
        .where(is_within, or_(is_final, is_again))
        .subquery()
        .c
    )
    labels = (words.provider, words.status, words.asked)
    return select(*labels, func.count()).where(words.asked.is_not(None)).group_by(*labels)


def _histogram(
    name: str,
    seconds: ColumnElement[float],
    rows: FromClause,
    *conditions: ColumnElement[bool],
) -> Select[Any]:
    """By channel and bucket: how many, and how many seconds in all."""
    # Worked out once for each row, and not again for each bound.
    took = (
        select(ATTEMPTS.c.channel, seconds.label("seconds"))
        .select_from(rows)
        .where(*conditions)
        .cte("took")
        .prefix_with("MATERIALIZED")
        .c
    )
    bounds: list[Any] = [(took.seconds <= one, literal_column(f"'{one}'")) for one in BUCKETS[name]]
    bucket = case(*bounds, else_=literal_column(f"'{ABOVE}'"))
    # Two machines' clocks may differ by a little.
    total = func.sum(case((took.seconds < 0, 0.0), else_=took.seconds))
    return select(took.channel, bucket, func.count(), total).group_by(took.channel, bucket)


class _seconds(FunctionElement[float]):
    """Seconds from one moment to another."""

    type = Float()
    inherit_cache = True


@compiles(_seconds, "sqlite")
def _sqlite_seconds(element: _seconds, compiler: SQLCompiler, **options: Any) -> str:
    begin, end = (compiler.process(part, **options) for part in element.clauses)
    return f"((julianday({end}) - julianday({begin})) * 86400.0)"


@compiles(_seconds, "postgresql")
def _postgres_seconds(element: _seconds, compiler: SQLCompiler, **options: Any) -> str:
    begin, end = (compiler.process(part, **options) for part in element.clauses)
    return f"extract(epoch from ({end} - {begin}))::float"
