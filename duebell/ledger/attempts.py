"""Attempts: the intent before a call to a provider, and its outcome after it.

Moving ``planned → sending`` is the right to send, and exactly one caller gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, or_, select, text, update

from duebell.domain import asking
from duebell.domain.delivery import NotificationStatus, OutcomeKind, SendOutcome
from duebell.domain.rules import Channel
from duebell.domain.worth import worth_until
from duebell.ledger import again, audit, channel_stops, notifications, opt_outs, refusing, stopping
from duebell.ledger.again import Failure
from duebell.ledger.audit import AuditRecord
from duebell.ledger.notifications import NOTIFICATIONS, Change, Notification
from duebell.ledger.tables import AttemptRow, WorkerRow

ATTEMPTS = AttemptRow.__table__  # type: ignore[attr-defined]
WORKERS = WorkerRow.__table__  # type: ignore[attr-defined]

_S = NotificationStatus

#: Statuses that acceptance overtakes, as a report does: both prove that the provider has it. What
#: an operator has left at that stays so.
_UNPROVEN = frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN, _S.PLANNED, _S.SUPPRESSED})

#: For how long a message waits at least, and at most, that finds its channel stopped.
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=30)

#: Which statuses an outcome may still change. All but "unknown" also end a doubt: a call that was
#: given up, and whose answer came after all, is known.
_ENDED_BY = {
    OutcomeKind.ACCEPTED: _UNPROVEN,
    OutcomeKind.REJECTED: frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN}),
    OutcomeKind.NOT_SENT: frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN}),
    OutcomeKind.UNKNOWN: frozenset({_S.SENDING}),
}


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
class Ended:
    """How a call ended. ``grace`` is the pause before an unknown outcome is asked about."""

    notification_id: str
    number: int
    outcome: SendOutcome
    at: datetime
    grace: timedelta
    not_before: datetime | None = None


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
            changes.append(Change(before, kept, "duebell"))
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


def finish(connection: Connection, endings: Sequence[Ended]) -> list[NotificationStatus]:
    """Record outcomes; gives each notification's status, which a callback may have moved on."""
    found = notifications.lock(connection, {ended.notification_id for ended in endings})
    bound = _bound_elsewhere(connection, endings)
    connection.execute(
        update(ATTEMPTS)
        .where(
            ATTEMPTS.c.notification_id == bindparam("of"),
            ATTEMPTS.c.number == bindparam("nth"),
        )
        .values(
            outcome=bindparam("new_outcome"),
            # A callback that overtook this write has bound the id already.
            provider_id=func.coalesce(bindparam("new_provider_id"), ATTEMPTS.c.provider_id),
            error_code=bindparam("new_error_code"),
            reason=bindparam("new_reason"),
            finished_at=bindparam("new_finished_at"),
        ),
        [_ended_row(ended, bound) for ended in endings],
    )
    changes = []
    for ended in endings:
        change = _change_by(connection, ended, found[ended.notification_id])
        found[ended.notification_id] = change.after
        changes.append(change)
        opt_outs.heed(
            connection,
            ended.notification_id,
            ended.number,
            ended.outcome.failure,
            reason=ended.outcome.reason,
            now=ended.at,
        )
    notifications.write(connection, changes, endings[0].at)
    pairs = zip(endings, changes, strict=True)
    late = [_late(ended) for ended, one in pairs if one.before.status is one.after.status]
    audit.append(connection, late, endings[0].at)
    _end_stops(connection, endings, changes)
    return [change.after.status for change in changes]


def _end_stops(connection: Connection, endings: Sequence[Ended], changes: Sequence[Change]) -> None:
    """A provider that takes a message begun after the stop has proved that the channel works;
    where it takes all and sends none, only a report can.
    """
    stops = channel_stops.in_force(connection)
    for ended, change in zip(endings, changes, strict=True):
        stop = stops.get(change.after.channel)
        if stop is None or stop.is_late or ended.outcome.kind is not OutcomeKind.ACCEPTED:
            continue
        if _begun_at(connection, ended) <= stop.since:
            continue  # it was under way when the channel was stopped
        del stops[stop.channel]
        channel_stops.end(connection, stop.channel, "duebell", ended.at)


def _begun_at(connection: Connection, ended: Ended) -> datetime:
    query = select(ATTEMPTS.c.started_at).where(
        ATTEMPTS.c.notification_id == ended.notification_id, ATTEMPTS.c.number == ended.number
    )
    begun_at: datetime = connection.execute(query).scalar_one()
    return begun_at


def _bound_elsewhere(connection: Connection, endings: Sequence[Ended]) -> set[tuple[str, int, str]]:
    """The provider's ids that are thought to be another attempt's, by attempt.

    A message of a twin (same number, same text) that was in doubt was taken for it meanwhile.
    """
    named = [one for one in endings if one.outcome.provider_id]
    sids = [one.outcome.provider_id for one in named]
    rows = connection.execute(
        select(ATTEMPTS.c.provider_id, ATTEMPTS.c.notification_id, ATTEMPTS.c.number).where(
            ATTEMPTS.c.provider_id.in_(sids)
        )
    )
    owners = {row[0]: (row[1], row[2]) for row in rows} if sids else {}
    keys = [(one.notification_id, one.number, one.outcome.provider_id) for one in named]
    return {key for key in keys if owners.get(key[2], key[:2]) != key[:2]}


def _ended_row(ended: Ended, bound: set[tuple[str, int, str]]) -> dict[str, object]:
    provider_id = ended.outcome.provider_id
    is_free = (ended.notification_id, ended.number, provider_id) not in bound
    return {
        "of": ended.notification_id,
        "nth": ended.number,
        "new_outcome": ended.outcome.kind.value,
        "new_provider_id": (provider_id if is_free else None) or None,
        "new_error_code": ended.outcome.error_code or None,
        "new_reason": ended.outcome.reason or None,
        "new_finished_at": ended.at,
    }


def _change_by(connection: Connection, ended: Ended, before: Notification) -> Change:
    is_open = before.status in _ENDED_BY[ended.outcome.kind] and not _has_failed(ended, before)
    is_current = before.attempts == ended.number
    after = _after(connection, ended, before) if is_open and is_current else before
    return Change(before, after, "duebell", detail=_told(ended))


def _told(ended: Ended) -> dict[str, object]:
    """What the audit trail has of an attempt."""
    outcome = ended.outcome
    told: dict[str, object] = {"attempt": ended.number, "outcome": outcome.kind.value}
    known = {"provider_id": outcome.provider_id, "error_code": outcome.error_code}
    return told | {name: value for name, value in known.items() if value}


def _late(ended: Ended) -> AuditRecord:
    """That a call ended which changed no status: another one counts, or it had moved on."""
    return AuditRecord(
        *("duebell", "attempt", "notification", ended.notification_id),
        reason=ended.outcome.reason or None,
        detail=_told(ended),
    )


def _has_failed(ended: Ended, before: Notification) -> bool:
    """Whether a report that overtook this write has told of its failure: it is planned again."""
    is_known = before.provider_id is not None
    return is_known and before.provider_id == ended.outcome.provider_id


def _after(connection: Connection, ended: Ended, before: Notification) -> Notification:
    outcome = ended.outcome
    told = replace(before, reason=outcome.reason or None, error_code=outcome.error_code or None)
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return replace(
                told,
                status=_S.ACCEPTED,
                not_before=None,
                provider_id=outcome.provider_id,
                next_ask_at=asking.next_question(0, ended.at),
                asks=0,
            )
        case OutcomeKind.REJECTED:
            rejected = replace(told, status=_S.REJECTED, next_ask_at=None)
            return again.after_failure(connection, rejected, _failure(connection, ended))
        case OutcomeKind.NOT_SENT if ended.at > worth_until(before.event, again.since(before)):
            reason = f"it could not be handed over in time: {outcome.reason}"
            return replace(told, status=_S.REJECTED, reason=reason, next_ask_at=None)
        case OutcomeKind.NOT_SENT:
            return _not_sent(connection, ended, told)
        case OutcomeKind.UNKNOWN:
            next_ask_at = asking.next_doubt(0, ended.grace, ended.at)
            return replace(told, status=_S.OUTCOME_UNKNOWN, asks=0, next_ask_at=next_ask_at)


def _not_sent(connection: Connection, ended: Ended, told: Notification) -> Notification:
    waiting = replace(
        told, status=_S.PLANNED, not_before=ended.not_before, diverted_to=None, next_ask_at=None
    )
    if not ended.outcome.stops_channel:
        return waiting
    stop = stopping.heed(connection, _failure(connection, ended).by(told.channel))
    if stop is None:
        return waiting
    return replace(waiting, not_before=stop.next_try_at, reason=stop.waiting)


def _failure(connection: Connection, ended: Ended) -> Failure:
    outcome = ended.outcome
    return Failure(
        outcome.failure,
        outcome.error_code,
        outcome.reason,
        ended.at,
        _begun_at(connection, ended),
        stops_channel=outcome.stops_channel,
    )


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
        Change(
            before,
            replace(
                before,
                status=_S.OUTCOME_UNKNOWN,
                reason="the worker ended between the call and its answer",
                asks=0,
                next_ask_at=now + grace,
            ),
            "duebell",
        )
        for before in found.values()
        if before.status is _S.SENDING
    ]
    notifications.write(connection, changes, now)
    return len(changes)
