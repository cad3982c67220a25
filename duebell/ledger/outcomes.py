"""How calls to a provider ended: recorded with what follows for the message and for its channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, update

from duebell.domain import asking
from duebell.domain.delivery import NotificationStatus, OutcomeKind, SendOutcome
from duebell.domain.worth import worth_until
from duebell.ledger import again, audit, channel_stops, notifications, opt_outs, stopping
from duebell.ledger.again import Failure
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AuditRecord
from duebell.ledger.notifications import Change, Notification

_S = NotificationStatus

#: Statuses that acceptance overtakes, as a report does: both prove that the provider has it. What
#: an operator has left at that stays so.
_UNPROVEN = frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN, _S.PLANNED, _S.SUPPRESSED})

#: Which statuses an outcome may still change. All but "unknown" also end a doubt: a call that was
#: given up, and whose answer came after all, is known.
_ENDED_BY = {
    OutcomeKind.ACCEPTED: _UNPROVEN,
    OutcomeKind.REJECTED: frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN}),
    OutcomeKind.NOT_SENT: frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN}),
    OutcomeKind.UNKNOWN: frozenset({_S.SENDING}),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended. ``grace`` is the pause before an unknown outcome is asked about."""

    notification_id: str
    number: int
    outcome: SendOutcome
    at: datetime
    grace: timedelta
    not_before: datetime | None = None


def finish(connection: Connection, endings: Sequence[Ended]) -> list[NotificationStatus]:
    """Record outcomes; gives each notification's status, which a callback may have moved on."""
    found = notifications.lock(connection, {ended.notification_id for ended in endings})
    _end_attempts(connection, endings)
    _heed_addresses(connection, endings)
    changes = []
    for ended in endings:
        change = _change_by(connection, ended, found[ended.notification_id])
        found[ended.notification_id] = change.after
        changes.append(change)
    notifications.write(connection, changes, endings[0].at)
    pairs = list(zip(endings, changes, strict=True))
    late = [_late(ended) for ended, one in pairs if one.before.status is one.after.status]
    audit.append(connection, late, endings[0].at)
    woken = _end_stops(connection, endings, changes)
    # What was not sent is left to the run that tried, which may try again by itself.
    others = [one for ended, one in pairs if ended.outcome.kind is not OutcomeKind.NOT_SENT]
    again.bring_out(connection, others, endings[0].at, woken)
    return [change.after.status for change in changes]


def _end_attempts(connection: Connection, endings: Sequence[Ended]) -> None:
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


def _heed_addresses(connection: Connection, endings: Sequence[Ended]) -> None:
    for ended in endings:
        opt_outs.heed(
            connection,
            ended.notification_id,
            ended.number,
            ended.outcome.failure,
            reason=ended.outcome.reason,
            now=ended.at,
        )


def _end_stops(
    connection: Connection, endings: Sequence[Ended], changes: Sequence[Change]
) -> list[int]:
    """A provider that takes a message begun after the stop has proved that the channel works;
    where it takes all and sends none, only a report can. Gives the signals to be looked at again.
    """
    stops, woken = channel_stops.in_force(connection), list[int]()
    for ended, change in zip(endings, changes, strict=True):
        stop = stops.get(change.after.channel)
        if stop is None or stop.is_late or ended.outcome.kind is not OutcomeKind.ACCEPTED:
            continue
        if _begun_at(connection, ended) <= stop.since:
            continue  # it was under way when the channel was stopped
        del stops[stop.channel]
        woken += channel_stops.ended(connection, stop.channel, "duebell", ended.at) or []
    return woken


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
    stop = stopping.heed(connection, _failure(connection, ended).of_sender(told))
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
