"""Webhooks that are silent, as the inbox shows it: what polls found against what webhooks told.

Those that report on messages are looked for in ``report_silence``, and told in the same way.

All questions are bounded by time and use the index on what was heard of an account and event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from duebell.domain.signals import Signal, SignalSource
from duebell.domain.silence import (
    LOOK_BACK,
    Silence,
    is_of_reports,
    is_telling,
    object_prefix,
    window,
)
from duebell.ledger import inbox, report_silence
from duebell.ledger.businesses import local_times
from duebell.ledger.inbox import SIGNALS, Arrival
from duebell.ledger.subscriptions import CALLBACKS

#: The own event by which people are told.
SILENT = "webhook.silent"
#: More facts than this prove no more.
MOST_FACTS = 200


def find(connection: Connection, base_url: str, now: datetime) -> list[Silence]:
    """The webhooks under this public URL that are silent: FreshBooks', and those of messages."""
    return [*_of_freshbooks(connection, base_url, now), *report_silence.find(connection, now)]


def _of_freshbooks(connection: Connection, base_url: str, now: datetime) -> list[Silence]:
    """The silent ones among those that FreshBooks verified once."""
    rows = connection.execute(
        select(CALLBACKS)
        .where(
            CALLBACKS.c.base_url == base_url,
            CALLBACKS.c.removed_at.is_(None),
            CALLBACKS.c.verified_at.is_not(None),
        )
        .order_by(CALLBACKS.c.id)
    ).mappings()
    wanted = [row for row in rows.all() if is_telling(row["event"])]
    found = (_silence_of(connection, row, now) for row in wanted)
    return [one for one in found if one is not None]


def sentences(
    connection: Connection, base_url: str, now: datetime, account_id: str | None = None
) -> list[str]:
    """The silent webhooks of an account, or of all, as people are told of them."""
    found = [one for one in find(connection, base_url, now) if account_id in (None, one.account_id)]
    return _in_words(connection, found)


def sentences_on_reports(connection: Connection, now: datetime) -> list[str]:
    """The providers of messages that do not report what became of them."""
    return _in_words(connection, report_silence.find(connection, now))


def _in_words(connection: Connection, found: Sequence[Silence]) -> list[str]:
    if not found:
        return []
    minute = local_times(connection).minute
    return [one.sentence(minute(one.since, one.account_id)) for one in found]


def _silence_of(connection: Connection, row: RowMapping, now: datetime) -> Silence | None:
    account_id, event = row["account_id"], row["event"]
    told_at = last_told(connection, account_id, event, now)
    begin, end = window(row["verified_at"], told_at, now)
    if begin >= end:
        return None
    facts = connection.execute(
        select(SIGNALS.c.received_at, SIGNALS.c.object_id)
        .where(
            *_of(account_id, event, SignalSource.POLL),
            SIGNALS.c.received_at > begin,
            SIGNALS.c.received_at <= end,
        )
        .order_by(SIGNALS.c.received_at)
        .limit(MOST_FACTS)
    ).all()
    told = _told_of(connection, account_id, event, [fact[1] for fact in facts], now)
    missed = [fact[0] for fact in facts if fact[1] not in told]
    return Silence(account_id, event, missed[0], len(missed)) if missed else None


def last_told(
    connection: Connection, account_id: str, event: str, now: datetime
) -> datetime | None:
    """When a webhook last told of this event, if it did lately."""
    found: datetime | None = connection.execute(
        select(SIGNALS.c.received_at)
        .where(
            *_of(account_id, event, SignalSource.WEBHOOK),
            SIGNALS.c.received_at > now - LOOK_BACK,
        )
        .order_by(SIGNALS.c.received_at.desc())
        .limit(1)
    ).scalar()
    return found


def _told_of(
    connection: Connection, account_id: str, event: str, objects: Sequence[str], now: datetime
) -> set[str]:
    """Which of these records a webhook told of, before or after the poll."""
    if not objects:
        return set()
    found = connection.execute(
        select(SIGNALS.c.object_id).where(
            *_of(account_id, event, SignalSource.WEBHOOK),
            SIGNALS.c.received_at > now - 2 * LOOK_BACK,
            SIGNALS.c.object_id.in_(set(objects)),
        )
    )
    return set(found.scalars())


def _of(account_id: str, event: str, source: SignalSource) -> tuple[ColumnElement[bool], ...]:
    return (
        SIGNALS.c.account_id == account_id,
        SIGNALS.c.event == event,
        SIGNALS.c.source == source.value,
    )


def tell(connection: Connection, silence: Silence, now: datetime) -> bool:
    """Record the signal by which people are told; False where this silence was told before.

    Until a webhook for the event comes it is one silence, and it is told again after a day.
    """
    told_at = _last_told(connection, silence, now)
    earlier = connection.execute(
        select(func.count())
        .select_from(SIGNALS)
        .where(
            SIGNALS.c.account_id == silence.account_id,
            SIGNALS.c.event == SILENT,
            SIGNALS.c.received_at > (told_at or now - LOOK_BACK),
            SIGNALS.c.object_id.startswith(object_prefix(silence.event), autoescape=True),
        )
    ).scalar_one()
    if earlier:
        return False
    signal = Signal(silence.account_id, SILENT, silence.object_id, SignalSource.OWN)
    inbox.record(connection, [Arrival(signal, now)])
    return True


def _last_told(connection: Connection, silence: Silence, now: datetime) -> datetime | None:
    if is_of_reports(silence.event):
        return report_silence.last_told(connection, silence.event, now)
    return last_told(connection, silence.account_id, silence.event, now)


def last_heard(connection: Connection) -> dict[tuple[str, str], datetime]:
    """When a webhook last told of each account and event that is subscribed to."""
    wanted = connection.execute(select(CALLBACKS.c.account_id, CALLBACKS.c.event).distinct()).all()
    found = {
        (account_id, event): connection.execute(
            select(func.max(SIGNALS.c.received_at)).where(
                *_of(account_id, event, SignalSource.WEBHOOK)
            )
        ).scalar()
        for account_id, event in wanted
    }
    return {key: at for key, at in found.items() if at is not None}
