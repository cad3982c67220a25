"""Delivery reports: recorded once each, bound to the attempt they are about, forward-only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from sqlalchemy import Connection, RowMapping

from duebell.domain import asking
from duebell.domain.delivery import (
    FINAL,
    DeliveryReport,
    NotificationStatus,
    ReportedStatus,
    Step,
    advance,
)
from duebell.ledger import again, channel_stops, notifications, opt_outs, stopping
from duebell.ledger.again import Failure
from duebell.ledger.notifications import Change, Notification
from duebell.ledger.report_rows import (
    Heard,
    attempt_for,
    attempts_of,
    bind,
    key_of,
    named,
    overruled_among,
    remember_told,
    store,
)

#: What proves that a message has left the provider.
_LEFT = (ReportedStatus.SENT, ReportedStatus.DELIVERED)


class ReportResult(StrEnum):
    """What a report did."""

    APPLIED = "applied"
    NO_NEWS = "no news"  # late, or less than what was known
    REPEATED = "repeated"  # the very same word came before
    UNKNOWN_MESSAGE = "unknown message"  # recorded, but not about a message of ours


def apply(connection: Connection, items: Sequence[Heard]) -> list[ReportResult]:
    """Record and apply reports, in order; each tells what it did."""
    attempts = attempts_of(connection, [item.report for item in items])
    items = [named(item, attempts) for item in items]
    spoken_of = [attempt_for(item.report, attempts) for item in items]
    ids = {attempt["notification_id"] for attempt in spoken_of if attempt}
    found = notifications.lock(connection, ids)
    bind(connection, items, spoken_of)
    news = store(connection, items, spoken_of)
    remember_told(connection, [item for item in items if key_of(item.report) not in news])
    overruled = overruled_among(connection, items)
    firsts = _firsts(items, news)
    _heed_addresses(connection, zip(items, spoken_of, firsts, strict=True))
    results, changes = [], []
    suspected = stopping.suspected(connection)
    for item, attempt, is_new in zip(items, spoken_of, firsts, strict=True):
        if attempt is not None and is_new:
            _count_faults(connection, suspected, item, attempt["channel"])
        if attempt is None or not (is_new or item.report.asked):
            results.append(ReportResult.REPEATED if not is_new else ReportResult.UNKNOWN_MESSAGE)
            continue
        before = found[attempt["notification_id"]]
        is_overruled = item.report.provider_id in overruled and item.report.gives_way
        after = before if is_overruled else _after(before, item, attempt["number"])
        found[before.id] = after = _with_what_follows(connection, before, after, item, attempt)
        # The steps of one notification are written in order, so the last one stands.
        changes.append(Change(before, after, "provider"))
        moved = after.status is not before.status
        results.append(ReportResult.APPLIED if moved else ReportResult.NO_NEWS)
    notifications.write(connection, changes, items[0].at)
    woken = _end_late_stops(connection, items, spoken_of)
    again.bring_out(connection, changes, items[0].at, woken)
    return results


def _firsts(items: Sequence[Heard], news: Collection[tuple[str, str, str]]) -> list[bool]:
    """Of each report whether it is the first to say something new."""
    left, firsts = set(news), []
    for item in items:
        firsts.append(key_of(item.report) in left)
        left.discard(key_of(item.report))
    return firsts


def _with_what_follows(
    connection: Connection,
    before: Notification,
    after: Notification,
    item: Heard,
    attempt: RowMapping,
) -> Notification:
    """The notification after a report; planned again where it failed, or nobody knows better."""
    if _has_failed(before, after):
        return again.after_failure(connection, after, _failure(item, attempt))
    if _is_last_question(before, after, item, attempt["number"]):
        return again.after_last_question(after, item.at, was_asked=True)
    return after


def _has_failed(before: Notification, after: Notification) -> bool:
    return after.status is NotificationStatus.UNDELIVERED and after.status is not before.status


def _is_last_question(before: Notification, after: Notification, item: Heard, attempt: int) -> bool:
    """Whether an operator has it sent again, and its provider has no better word of it."""
    is_asked = again.awaits_retry(before) and _answers(item.report, before, attempt)
    return is_asked and after.status in FINAL and after.status is before.status


def _answers(report: DeliveryReport, before: Notification, attempt: int) -> bool:
    """Whether a report is the answer to the question that is open, and not to an earlier one."""
    is_same = report.asks == before.asks and attempt == before.attempts
    return report.asked and is_same


def _count_faults(connection: Connection, suspected: set[str], item: Heard, channel: str) -> None:
    """Only faults with no success between them stop a channel; most channels have none."""
    if item.stops_channel:
        suspected.add(channel)
    elif item.report.status in _LEFT and channel in suspected:
        stopping.forget(connection, channel)
        suspected.discard(channel)


def _failure(item: Heard, attempt: RowMapping) -> Failure:
    return Failure(
        failure=item.failure,
        code=item.report.error_code,
        reason=item.explanation or f"the provider says {item.report.raw_status}",
        at=item.at,
        begun_at=attempt["started_at"],
        again_at=item.again_at,
        stops_channel=item.stops_channel,
        is_late=True,
    )


def _end_late_stops(
    connection: Connection, items: Sequence[Heard], spoken_of: Sequence[RowMapping | None]
) -> list[int]:
    """A channel works once a message has left the provider that was begun after those that failed.

    Gives the signals to be looked at again.
    """
    proofs = [
        (attempt, item)
        for item, attempt in zip(items, spoken_of, strict=True)
        if attempt is not None and item.report.status in _LEFT
    ]
    stops, woken = channel_stops.in_force(connection) if proofs else {}, list[int]()
    for attempt, item in proofs:
        stop = stops.get(attempt["channel"])
        if stop is not None and stop.is_disproved_by(attempt["started_at"]):
            del stops[stop.channel]
            woken += channel_stops.ended(connection, stop.channel, "duebell", item.at) or []
    return woken


def _heed_addresses(
    connection: Connection, told: Iterable[tuple[Heard, RowMapping | None, bool]]
) -> None:
    for item, attempt, is_new in told:
        if attempt is None or not is_new or item.is_heeded:
            continue
        opt_outs.heed(
            connection,
            attempt["notification_id"],
            attempt["number"],
            item.failure,
            reason=item.explanation,
            now=item.at,
        )


def _after(before: Notification, item: Heard, attempt: int) -> Notification:
    report = item.report
    if attempt != before.attempts and report.status is not ReportedStatus.DELIVERED:
        return before  # an earlier attempt; only its arrival would still matter
    is_planned_again = (
        before.status is NotificationStatus.PLANNED and before.provider_id == report.provider_id
    )
    if is_planned_again and report.status is not ReportedStatus.DELIVERED:
        return before  # it failed, and is to be sent again: a late word of that attempt
    step = _step(before, report, attempt)
    after = replace(before, status=step.status)
    if step.status is before.status:
        if _answers(report, before, attempt) and after.status in FINAL:
            return replace(after, next_ask_at=None)  # the provider confirmed its last word
        must_ask = step.must_ask and not report.asked
        return replace(after, next_ask_at=item.at) if must_ask else after
    return replace(
        after,
        provider_id=report.provider_id,
        error_code=report.error_code or None,
        reason=_reason(step.status, item),
        next_ask_at=None if step.status in FINAL else asking.next_question(0, item.at),
        asks=0,
    )


def _step(before: Notification, report: DeliveryReport, attempt: int) -> Step:
    """What a report changes; two attempts are two messages, which do not contradict each other."""
    is_other = before.provider_id != report.provider_id
    if before.status is NotificationStatus.DELIVERED and is_other:
        return Step(before.status)
    if attempt != before.attempts:
        return Step(NotificationStatus.DELIVERED)
    return advance(before.status, report)


def _reason(status: NotificationStatus, item: Heard) -> str | None:
    if status is not NotificationStatus.UNDELIVERED:
        return None
    return item.explanation or f"the provider says {item.report.raw_status}"
