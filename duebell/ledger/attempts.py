"""Attempts: the intent before a call to a provider. How it ended is in ``outcomes``.

Moving ``planned → sending`` is the right to send, and exactly one caller gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, text

from duebell.domain import asking
from duebell.domain.delivery import NotificationStatus
from duebell.domain.rules import Channel
from duebell.domain.worth import worth_until
from duebell.ledger import again, channel_stops, notifications, refusing
from duebell.ledger.notifications import NOTIFICATIONS, Change, Notification
from duebell.ledger.tables import AttemptRow, WorkerRow

ATTEMPTS = AttemptRow.__table__  # type: ignore[attr-defined]
WORKERS = WorkerRow.__table__  # type: ignore[attr-defined]

_S = NotificationStatus

_BROKEN_OFF = "the worker ended between the call and its answer"

#: For how long a message waits at least, and at most, that finds its channel stopped.
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Intent:
    """That a worker is about to send this text to this address.

    ``instead_of`` is the person's own address where safe mode sends it elsewhere. ``today`` is the
    business' calendar day, by which pauses end; the UTC day where it is not known.
    """

    notification_id: str
    worker_id: str
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    at: datetime
    today: date | None = None
    instead_of: str = field(default="", repr=False)
    channel: str = Channel.SMS.value
    provider: str = "twilio"


@dataclass(frozen=True, slots=True)
class Withheld:
    """That a planned notification is not sent, for a reason found in the moment before sending.

    ``status`` is ``suppressed`` where that is on purpose, ``rejected`` where something is wrong.
    """

    notification_id: str
    reason: str
    at: datetime
    status: NotificationStatus = NotificationStatus.SUPPRESSED


def begin(connection: Connection, intents: Sequence[Intent]) -> list[int | None]:
    """Win the right to send; gives the attempt's number, or None where it must not be sent.

    That is: somebody else has the right, or an opt-out or a pause has come in between. Then it is
    suppressed here and now, so that whoever is told "STOP is recorded" gets nothing afterwards. Or
    its channel is stopped: then it waits.
    """
    found = notifications.lock(connection, {intent.notification_id for intent in intents})
    refusals = refusing.refusals(connection, intents)
    stops = channel_stops.in_force(connection)
    if stops:
        stops = channel_stops.lock(connection)
    numbers: list[int | None] = []
    changes, rows = [], []
    for intent, reason in zip(intents, refusals, strict=True):
        before = found.get(intent.notification_id)
        if before is None or not _may_be_sent(before, intent):
            numbers.append(None)
            continue
        kept = _kept(connection, before, intent, reason, stops)
        if kept is not None:
            found[before.id] = kept
            why = (
                kept.reason if kept.status is _S.PLANNED and kept.reason != before.reason else None
            )
            changes.append(Change(before, kept, "duebell", why))
            numbers.append(None)
            continue
        found[before.id] = after = _begun(before, intent)
        changes.append(Change(before, after, intent.worker_id, f"attempt {after.attempts}"))
        rows.append(_attempt_row(intent, after.attempts))
        numbers.append(after.attempts)
    if rows:
        connection.execute(insert(ATTEMPTS), rows)
    notifications.write(connection, changes, intents[0].at)
    return numbers


def _may_be_sent(notification: Notification, intent: Intent) -> bool:
    is_due = notification.not_before is None or notification.not_before <= intent.at
    # Another run may have planned it anew meanwhile, for the other channel.
    is_this = notification.channel == intent.channel
    # What waits for something is cleared by a new look at the books, never by time alone.
    return notification.status is _S.PLANNED and is_due and is_this and notification.hold is None


def _kept(
    connection: Connection,
    before: Notification,
    intent: Intent,
    refusal: str | None,
    stops: dict[str, channel_stops.Stop],
) -> Notification | None:
    """What becomes of a message that does not leave now; None where it may leave."""
    if refusal is not None:
        return _refused(before, intent, refusal)
    is_put_off = before.not_before is not None or before.attempts > 0
    if is_put_off and intent.at > worth_until(before.event, again.since(before)):
        # It was put off or in doubt for long; what waited for quiet hours counts from their end.
        reason = f"it could not be sent while it was worth it: {before.reason or 'it waited'}"
        return replace(before, status=_S.REJECTED, reason=reason)
    stop = stops.get(intent.channel)
    if stop is None:
        return None
    if channel_stops.let_through(connection, stop, intent.at):
        stops.update(channel_stops.in_force(connection))
        return None
    next_at = max(stop.next_try_at, intent.at + _SHORTEST_WAIT)
    not_before = min(next_at, intent.at + _LONGEST_WAIT)
    return replace(before, not_before=not_before, reason=stop.waiting)


def _refused(before: Notification, intent: Intent, reason: str) -> Notification:
    diverted_to = intent.recipient if intent.instead_of else None
    return replace(before, status=_S.SUPPRESSED, reason=reason, diverted_to=diverted_to)


def _begun(before: Notification, intent: Intent) -> Notification:
    return replace(
        before,
        status=_S.SENDING,
        attempts=before.attempts + 1,
        not_before=None,
        reason=None,
        provider=intent.provider,
        # The address may have been corrected in the books since the notification was planned.
        recipient=intent.instead_of or intent.recipient,
        diverted_to=intent.recipient if intent.instead_of else None,
    )


def _attempt_row(intent: Intent, number: int) -> dict[str, object]:
    return {
        "notification_id": intent.notification_id,
        "number": number,
        "channel": intent.channel,
        "provider": intent.provider,
        "worker_id": intent.worker_id,
        "recipient": intent.recipient,
        "body": intent.body,
        "started_at": intent.at,
    }


def withhold(connection: Connection, items: Sequence[Withheld]) -> list[bool]:
    """End planned notifications unsent; False where one had moved on already."""
    found = notifications.lock(connection, {item.notification_id for item in items})
    changes, results = [], []
    for item in items:
        before = found[item.notification_id]
        may = before.status is _S.PLANNED
        results.append(may)
        if may:
            after = replace(before, status=item.status, reason=item.reason)
            found[before.id] = after
            changes.append(Change(before, after, "duebell"))
    notifications.write(connection, changes, items[0].at)
    return results


def doubt_abandoned(
    connection: Connection, now: datetime, grace: timedelta, most: int = 500
) -> int:
    """Find calls whose worker died or hangs: their outcome is unknown and will be asked about."""
    living = select(WORKERS.c.id).where(WORKERS.c.lease_until > now)
    rows = connection.execute(
        select(ATTEMPTS.c.notification_id)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.id == ATTEMPTS.c.notification_id)
        .where(
            # With the very words of its partial index, which SQLite would not use otherwise.
            text("notifications.status IN ('planned', 'sending')"),
            NOTIFICATIONS.c.status == _S.SENDING,
            ATTEMPTS.c.number == NOTIFICATIONS.c.attempts,
            ATTEMPTS.c.finished_at.is_(None),
            or_(
                ATTEMPTS.c.worker_id.not_in(living),
                ATTEMPTS.c.started_at < now - asking.CALL_CEILING,
            ),
        )
        .limit(most)
    )
    found = notifications.lock(connection, set(rows.scalars()))
    changes = [
        Change(before, _in_doubt(before, now + grace), "duebell")
        for before in found.values()
        if before.status is _S.SENDING
    ]
    notifications.write(connection, changes, now)
    return len(changes)


def _in_doubt(before: Notification, next_ask_at: datetime) -> Notification:
    return replace(
        before,
        status=_S.OUTCOME_UNKNOWN,
        reason=_BROKEN_OFF,
        asks=0,
        next_ask_at=next_ask_at,
    )
