"""What carriers of emails tell by themselves: applied once each, and heeded for the address.

The same account may send other people's emails, too: of those nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from duebell.domain.consent import EmailEvent, EventResult, Source
from duebell.domain.delivery import FailureClass
from duebell.domain.rules import Channel
from duebell.ledger import reports, suppressions
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.reports import Heard, ReportResult
from duebell.ledger.sending_tables import HeardEventRow
from duebell.ledger.statements import insert_or

HEARD = HeardEventRow.__table__  # type: ignore[attr-defined]

#: A carrier tells an event again for a day at most.
KEPT_FOR = timedelta(days=7)
#: So long after an email something may still be told of its address alone.
_OURS_FOR = timedelta(days=30)
#: What a reader who subscribes again takes back; an address that bounces still does.
_LIFTED = frozenset({Source.COMPLAINT})


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """An event as it was heard, with what its code says."""

    event: EmailEvent
    at: datetime
    explanation: str = ""
    failure: FailureClass | None = None
    heard: Heard | None = None


def apply(connection: Connection, items: Sequence[HeardEvent]) -> list[EventResult]:
    """Apply events, in order, each once."""
    connection.execute(delete(HEARD).where(HEARD.c.at < items[0].at - KEPT_FOR))
    news = _record(connection, items)
    results = []
    for item in items:
        is_new = item.event.event_id in news
        news.discard(item.event.event_id)
        results.append(_apply(connection, item) if is_new else EventResult.REPEATED)
    return results


def _record(connection: Connection, items: Sequence[HeardEvent]) -> set[str]:
    """Remember the events; gives the ids of those that were not heard before."""
    rows = {item.event.event_id: {"id": item.event.event_id, "at": item.at} for item in items}
    stored = connection.execute(
        insert_or(connection, HEARD).on_conflict_do_nothing().returning(HEARD.c.id),
        [rows[id_] for id_ in sorted(rows)],
    )
    return set(stored.scalars())


def _apply(connection: Connection, item: HeardEvent) -> EventResult:
    address = _our_address(connection, item)
    if address is None:
        return EventResult.NOT_OURS
    is_changed = _heed(connection, item, address)
    if item.heard is not None and _is_named(item.event):
        [result] = reports.apply(connection, [item.heard])
        is_changed = is_changed or result is ReportResult.APPLIED
    return EventResult.APPLIED if is_changed else EventResult.NO_NEWS


def _is_named(event: EmailEvent) -> bool:
    """Whether it is known which email it is about."""
    is_theirs = event.report is not None and bool(event.report.provider_id)
    return is_theirs or (event.notification_id is not None and event.attempt is not None)


def _our_address(connection: Connection, item: HeardEvent) -> str | None:
    """Where our email went that this is about; None where none is known."""
    event = item.event
    found = select(ATTEMPTS.c.recipient).where(ATTEMPTS.c.channel == Channel.EMAIL.value)
    ways = []
    if event.notification_id is not None:
        ways.append(found.where(ATTEMPTS.c.notification_id == event.notification_id))
    if event.report is not None and event.report.provider_id:
        ways.append(found.where(ATTEMPTS.c.provider_id == event.report.provider_id))
    if not ways and event.address:
        spellings = {event.address, event.address.lower()}
        recent = ATTEMPTS.c.started_at > item.at - _OURS_FOR
        ways.append(found.where(ATTEMPTS.c.recipient.in_(spellings), recent))
    for way in ways:
        if (address := connection.execute(way.limit(1)).scalar()) is not None:
            return str(address)
    return None


def _heed(connection: Connection, item: HeardEvent, address: str) -> bool:
    if item.event.wants_more:
        return suppressions.lift(
            connection, Channel.EMAIL, address, by="recipient", now=item.at, sources=_LIFTED
        )
    return suppressions.from_provider(
        connection, Channel.EMAIL, address, item.failure, reason=item.explanation, now=item.at
    )
