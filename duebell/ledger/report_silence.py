"""Providers of messages that report nothing by themselves any more, as the ledger shows it.

Messages that were taken, against what was told of any. Every question is bounded by time and goes
by an index: ``attempts_begun`` for messages, ``delivery_reports_called`` for what was told of texts
and ``ix_heard_events_at`` for what was told of emails. Twilio Email never reports, so that nothing
is missed of it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, text

from duebell.domain.silence import (
    FEWEST_UNREPORTED,
    LOOK_BACK,
    SENDGRID_EVENTS,
    TWILIO_STATUS,
    WEBHOOK_PATIENCE,
    Silence,
)
from duebell.ledger.sending_tables import HeardEventRow
from duebell.ledger.tables import AttemptRow, DeliveryReportRow

ATTEMPTS = AttemptRow.__table__  # type: ignore[attr-defined]
REPORTS = DeliveryReportRow.__table__  # type: ignore[attr-defined]
HEARD = HeardEventRow.__table__  # type: ignore[attr-defined]

#: More messages than this prove no more.
MOST_MESSAGES = 200

_TWILIO, _SENDGRID = "twilio", "sendgrid"
_PROVIDERS = {TWILIO_STATUS: _TWILIO, SENDGRID_EVENTS: _SENDGRID}


def find(connection: Connection, now: datetime) -> list[Silence]:
    """The reports that do not come, though there is something to report."""
    found = (_silence_of(connection, event, now) for event in _PROVIDERS)
    return [one for one in found if one is not None]


def last_told(connection: Connection, event: str, now: datetime) -> datetime | None:
    """When a provider last reported something by itself, if it did lately."""
    if event == TWILIO_STATUS:
        # No join, in which SQLite would begin with all that Twilio ever took.
        provider = select(ATTEMPTS.c.provider).where(
            ATTEMPTS.c.provider_id == REPORTS.c.provider_id
        )
        query = (
            select(REPORTS.c.received_at)
            .where(
                # The index's own condition, word for word: SQLite takes it for no other.
                text("NOT asked"),
                REPORTS.c.received_at > now - LOOK_BACK,
                provider.scalar_subquery() == _TWILIO,
            )
            .order_by(REPORTS.c.received_at.desc())
        )
    else:
        query = select(HEARD.c.at).where(HEARD.c.at > now - LOOK_BACK).order_by(HEARD.c.at.desc())
    found: datetime | None = connection.execute(query.limit(1)).scalar()
    return found


def _silence_of(connection: Connection, event: str, now: datetime) -> Silence | None:
    provider, begin, end = _PROVIDERS[event], now - LOOK_BACK, now - WEBHOOK_PATIENCE
    # Where too little was sent, as on most days of a provider that is not used, this is all.
    if len(_messages(connection, provider, begin, end, FEWEST_UNREPORTED)) < FEWEST_UNREPORTED:
        return None
    told_at = last_told(connection, event, now)
    # Of a message that was begun after that nothing can have been told.
    begin = max(begin, told_at or begin)
    is_answered = [_was_asked_about()] if event == TWILIO_STATUS else []
    missed = _messages(connection, provider, begin, end, MOST_MESSAGES, *is_answered)
    if len(missed) < FEWEST_UNREPORTED:
        return None
    return Silence("", event, missed[0], len(missed))


def _messages(
    connection: Connection,
    provider: str,
    begin: datetime,
    end: datetime,
    most: int,
    *conditions: ColumnElement[bool],
) -> list[datetime]:
    """When messages were begun that this provider took in between, the oldest first."""
    rows = connection.execute(
        select(ATTEMPTS.c.started_at)
        .where(
            ATTEMPTS.c.provider == provider,
            ATTEMPTS.c.started_at > begin,
            ATTEMPTS.c.started_at <= end,
            ATTEMPTS.c.provider_id.is_not(None),
            *conditions,
        )
        .order_by(ATTEMPTS.c.started_at)
        .limit(most)
    )
    return list(rows.scalars())


def _was_asked_about() -> ColumnElement[bool]:
    """Whether the provider had a word about a message when it was asked."""
    return (
        select(REPORTS.c.id)
        .where(REPORTS.c.provider_id == ATTEMPTS.c.provider_id, REPORTS.c.asked.is_(True))
        .exists()
    )
