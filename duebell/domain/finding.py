"""What a row of a list tells whoever reads the list again and again: news, a change, or nothing.

A list shows records as they are and never what happened to them. So each row is held against what
was last seen of the record; and a record that was never seen is news only where it cannot have been
there before we began to watch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from duebell.domain.books import Expense, Kind, Payment, Record, kind_of
from duebell.domain.changes import Seen
from duebell.domain.deriving import is_new
from duebell.domain.events import callbacks_for, creation_of, kinds_for, update_of

#: Kinds that do not say when a record was made, or (vendors) not in a time zone that is certain:
#: which records are new can only be told once those that were there before are known.
UNDATED = frozenset({Kind.PAYMENT, Kind.EXPENSE, Kind.VENDOR})


@dataclass(frozen=True, slots=True)
class Watch:
    """How a kind of record is watched.

    ``callbacks`` are the events that the rulebook wants to hear of; ``since`` is when watching
    began; ``knows_history`` says that all records from before that are among the seen ones.
    """

    since: datetime
    callbacks: frozenset[str]
    knows_history: bool = False


def polled_kinds(events: Iterable[str]) -> tuple[Kind, ...]:
    """The kinds of which a poll can find something that these event types tell."""
    events = frozenset(events)
    wanted = callbacks_for(events)
    return tuple(
        kind
        for kind in kinds_for(events)
        if creation_of(kind) in wanted or update_of(kind) in wanted
    )


def needs_history(kind: Kind, events: Iterable[str]) -> bool:
    """Whether what was there before has to be read once, so that the new can be told from it.

    Changes are found by comparing: without the old record its first change would say nothing.
    """
    events = frozenset(events)
    return update_of(kind) in events or (kind in UNDATED and creation_of(kind) in events)


def is_history(record: Record, since: datetime, since_day: date) -> bool:
    """Whether a record that is read for the first time was there before we began to watch.

    ``since_day`` is the business' calendar day at ``since``. Payments and expenses do not say when
    they were entered. One that was touched since then and is of these days (or later) counts as
    new: its webhook is on its way or lost. One of an older day was edited more likely than entered.
    """
    if isinstance(record, Payment | Expense):
        day = record.paid_on if isinstance(record, Payment) else record.spent_on
        is_touched = record.updated_at is not None and record.updated_at >= since
        return not (is_touched and day >= since_day - timedelta(days=1))
    return not is_new(record, since)


def event_of(record: Record, seen: Seen | None, marker: str, watch: Watch) -> str | None:
    """The event that a row stands for; None where there is nothing that anybody wants to hear.

    A change that nobody wants to hear of as a creation is one to look at as an update, and the
    other way round: whoever looks finds out what it is, and remembers the record.
    """
    kind = kind_of(record)
    created, updated = creation_of(kind), update_of(kind)
    is_untold = (seen is None or not seen.announced) and _is_news(record, watch)
    if seen is None:
        words = (created, updated) if is_untold else (updated,)
        if not is_untold and _is_untouched(record, watch.since):
            return None
    elif seen.marker != marker:
        # A draft that is issued by now: its creation was heard of before, as a draft's.
        words = (updated, created) if is_untold else (updated,)
    elif is_untold and kind in UNDATED:
        words = (created,)
    else:
        return None
    return next((word for word in words if word in watch.callbacks), None)


def _is_untouched(record: Record, since: datetime) -> bool:
    return record.updated_at is not None and record.updated_at < since


def _is_news(record: Record, watch: Watch) -> bool:
    if kind_of(record) in UNDATED:
        return watch.knows_history
    return is_new(record, watch.since)
