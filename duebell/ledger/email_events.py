"""What carriers of emails tell by themselves: applied once each, and heeded for the address.

The same account may send other people's emails, too: of those nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from duebell.domain.consent import EmailEvent, EventResult, Source
from duebell.domain.delivery import FailureClass
from duebell.domain.rules import Channel
from duebell.ledger import reports, suppressions
from duebell.ledger.email_targets import Targets
from duebell.ledger.report_rows import Heard
from duebell.ledger.reports import ReportResult
from duebell.ledger.sending_tables import HeardEventRow
from duebell.ledger.statements import insert_or

HEARD = HeardEventRow.__table__  # type: ignore[attr-defined]

#: A carrier tells an event again for a day at most.
KEPT_FOR = timedelta(days=7)
#: Events that one transaction applies at most: it holds SQLite's write lock.
PORTION = 200
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


def portions(items: Sequence[HeardEvent]) -> Iterator[Sequence[HeardEvent]]:
    """The events in the order in which they happened, in portions for a transaction each."""
    ordered = sorted(items, key=_happened_at)
    for start in range(0, len(ordered), PORTION):
        yield ordered[start : start + PORTION]


def _happened_at(item: HeardEvent) -> datetime:
    """When it happened; never after it was heard, whatever the carrier's clock says."""
    return min(item.event.at or item.at, item.at)


def apply(connection: Connection, items: Sequence[HeardEvent]) -> list[EventResult]:
    """Apply events, in order, each once."""
    connection.execute(delete(HEARD).where(HEARD.c.at < items[0].at - KEPT_FOR))
    news = _record(connection, items)
    new = [item for item in items if _is_first(item, news)]
    told = _tell(connection, new)
    return [told.pop(item.event.event_id, EventResult.REPEATED) for item in items]


def _record(connection: Connection, items: Sequence[HeardEvent]) -> set[str]:
    """Remember the events; gives the ids of those that were not heard before."""
    rows = {item.event.event_id: {"id": item.event.event_id, "at": item.at} for item in items}
    stored = connection.execute(
        insert_or(connection, HEARD).on_conflict_do_nothing().returning(HEARD.c.id),
        [rows[id_] for id_ in sorted(rows)],
    )
    return set(stored.scalars())


def _is_first(item: HeardEvent, news: set[str]) -> bool:
    is_first = item.event.event_id in news
    news.discard(item.event.event_id)
    return is_first


def _tell(connection: Connection, items: Sequence[HeardEvent]) -> dict[str, EventResult]:
    """Heed new events and apply their reports; what each did, by its id."""
    if not items:
        return {}
    targets = Targets(connection, [item.event for item in items], items[0].at)
    addresses = {item.event.event_id: targets.address_of(item.event) for item in items}
    ours = [item for item in items if addresses[item.event.event_id] is not None]
    # Messages before addresses, as everywhere else, so that no two block each other.
    changed = _report(connection, ours)
    for item in ours:
        if _heed(connection, item, addresses[item.event.event_id] or ""):
            changed.add(item.event.event_id)
    results = {id_: EventResult.NOT_OURS for id_, found in addresses.items() if found is None}
    for item in ours:
        is_changed = item.event.event_id in changed
        results[item.event.event_id] = EventResult.APPLIED if is_changed else EventResult.NO_NEWS
    return results


def _report(connection: Connection, items: Sequence[HeardEvent]) -> set[str]:
    """Apply what they say of deliveries; gives the ids of the events that changed something."""
    named = [item for item in items if _is_named(item.event)]
    # The address was heeded by the event itself, which knows better which one it is.
    heard = [replace(item.heard, is_heeded=True) for item in named if item.heard is not None]
    ids = [item.event.event_id for item in named if item.heard is not None]
    results = reports.apply(connection, heard) if heard else []
    pairs = zip(ids, results, strict=True)
    return {id_ for id_, result in pairs if result is ReportResult.APPLIED}


def _is_named(event: EmailEvent) -> bool:
    """Whether it is known which email it is about."""
    is_theirs = event.report is not None and bool(event.report.provider_id)
    return is_theirs or (event.notification_id is not None and event.attempt is not None)


def _heed(connection: Connection, item: HeardEvent, address: str) -> bool:
    said_at = _happened_at(item)
    if item.event.wants_more:
        return suppressions.lift(
            connection,
            Channel.EMAIL,
            address,
            by="recipient",
            now=item.at,
            sources=_LIFTED,
            said_at=said_at,
        )
    return suppressions.from_provider(
        connection,
        Channel.EMAIL,
        address,
        item.failure,
        reason=item.explanation,
        now=item.at,
        said_at=said_at,
    )
