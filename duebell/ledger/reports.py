"""Delivery reports: recorded once each, bound to the attempt they are about, forward-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, or_, select, update

from duebell.domain import asking
from duebell.domain.delivery import (
    FINAL,
    DeliveryReport,
    FailureClass,
    NotificationStatus,
    ReportedStatus,
    Step,
    advance,
)
from duebell.ledger import again, audit, channel_stops, notifications, opt_outs, stopping
from duebell.ledger.again import Failure
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AuditRecord
from duebell.ledger.notifications import Change, Notification
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import DeliveryReportRow

#: What reports are about that are not about a message of ours.
_UNKNOWN = "unknown message"

REPORTS = DeliveryReportRow.__table__  # type: ignore[attr-defined]

#: What proves that a message has left the provider.
_LEFT = (ReportedStatus.SENT, ReportedStatus.DELIVERED)


class ReportResult(StrEnum):
    """What a report did."""

    APPLIED = "applied"
    NO_NEWS = "no news"  # late, or less than what was known
    REPEATED = "repeated"  # the very same word came before
    UNKNOWN_MESSAGE = "unknown message"  # recorded, but not about a message of ours


@dataclass(frozen=True, slots=True)
class Heard:
    """A report, the moment it was heard, and what its error code says: a sentence for an operator,
    whose fault it is, when the message may be sent again and whether any other could be sent.

    ``is_heeded`` says that the address was seen to already, by who knows better which one it is.
    """

    report: DeliveryReport
    at: datetime
    explanation: str = ""
    failure: FailureClass | None = None
    again_at: datetime | None = None
    stops_channel: bool = False
    is_heeded: bool = False


def apply(connection: Connection, items: Sequence[Heard]) -> list[ReportResult]:
    """Record and apply reports, in order; each tells what it did."""
    attempts = _attempts_of(connection, [item.report for item in items])
    items = [_named(item, attempts) for item in items]
    spoken_of = [_attempt_for(item.report, attempts) for item in items]
    ids = {attempt["notification_id"] for attempt in spoken_of if attempt}
    found = notifications.lock(connection, ids)
    _bind(connection, items, spoken_of)
    news = _record(connection, items, spoken_of)
    _remember_told(connection, [item for item in items if _key(item.report) not in news])
    overruled = _overruled(connection, items)
    results, changes = [], []
    suspected = stopping.suspected(connection)
    for item, attempt in zip(items, spoken_of, strict=True):
        is_new = _key(item.report) in news
        news.discard(_key(item.report))
        if attempt is not None and is_new:
            _heed(connection, item, attempt)
            _count_faults(connection, suspected, item, attempt["channel"])
        if attempt is None or not (is_new or item.report.asked):
            results.append(ReportResult.REPEATED if not is_new else ReportResult.UNKNOWN_MESSAGE)
            continue
        before = found[attempt["notification_id"]]
        is_overruled = item.report.provider_id in overruled and item.report.gives_way
        after = before if is_overruled else _after(before, item, attempt["number"])
        if _has_failed(before, after):
            after = again.after_failure(connection, after, _failure(item, attempt))
        elif _is_last_question(before, after, item, attempt["number"]):
            after = again.after_last_question(connection, after, item.at, was_asked=True)
        found[before.id] = after
        # The steps of one notification are written in order, so the last one stands.
        changes.append(Change(before, after, "provider"))
        moved = after.status is not before.status
        results.append(ReportResult.APPLIED if moved else ReportResult.NO_NEWS)
    notifications.write(connection, changes, items[0].at)
    _end_late_stops(connection, items, spoken_of)
    return results


def _named(item: Heard, known: dict[str | tuple[str, int], RowMapping]) -> Heard:
    """With the provider's id, where a report has ours alone (a late bounce of an email)."""
    report = item.report
    if report.provider_id:
        return item
    attempt = known.get((report.notification_id or "", report.attempt or 0))
    own = f"{report.notification_id}/{report.attempt}"
    provider_id = (attempt["provider_id"] if attempt else None) or own
    return replace(item, report=replace(report, provider_id=provider_id))


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
) -> None:
    """A channel works again once a message that was begun after its stop has left the provider."""
    proofs = [
        (attempt, item)
        for item, attempt in zip(items, spoken_of, strict=True)
        if attempt is not None and item.report.status in _LEFT
    ]
    stops = channel_stops.in_force(connection) if proofs else {}
    for attempt, item in proofs:
        stop = stops.get(attempt["channel"])
        if stop is not None and attempt["started_at"] > stop.since:
            del stops[stop.channel]
            channel_stops.end(connection, stop.channel, "duebell", item.at)


def _key(report: DeliveryReport) -> tuple[str, str, str]:
    return (report.provider_id, report.raw_status, report.error_code)


def _attempts_of(
    connection: Connection, reports: Sequence[DeliveryReport]
) -> dict[str | tuple[str, int], RowMapping]:
    sids = [report.provider_id for report in reports]
    # Not by pairs of id and number: SQLite would read the whole table for many of them.
    ours = [report.notification_id for report in reports if report.notification_id]
    by_id = ATTEMPTS.c.notification_id.in_(ours)
    by_sid = ATTEMPTS.c.provider_id.in_(sids)
    rows = connection.execute(
        select(
            ATTEMPTS.c.id,
            ATTEMPTS.c.notification_id,
            ATTEMPTS.c.number,
            ATTEMPTS.c.provider_id,
            ATTEMPTS.c.channel,
            ATTEMPTS.c.started_at,
        ).where(or_(by_sid, by_id) if ours else by_sid)
    ).mappings()
    known: dict[str | tuple[str, int], RowMapping] = {}
    for row in rows:
        known[(row["notification_id"], row["number"])] = row
        if row["provider_id"]:
            known[row["provider_id"]] = row
    return known


def _attempt_for(
    report: DeliveryReport, known: dict[str | tuple[str, int], RowMapping]
) -> RowMapping | None:
    """By the provider's id; by ours where theirs is not known yet (the report overtook us)."""
    if (by_sid := known.get(report.provider_id)) is not None:
        return by_sid
    if report.notification_id is None or report.attempt is None:
        return None
    by_ours = known.get((report.notification_id, report.attempt))
    return by_ours if by_ours is not None and by_ours["provider_id"] is None else None


def _bind(
    connection: Connection, items: Sequence[Heard], spoken_of: Sequence[RowMapping | None]
) -> None:
    unbound = {
        attempt["id"]: item.report.provider_id
        for item, attempt in zip(items, spoken_of, strict=True)
        if attempt is not None and attempt["provider_id"] is None
    }
    if unbound:
        connection.execute(
            update(ATTEMPTS)
            .where(ATTEMPTS.c.id == bindparam("row"), ATTEMPTS.c.provider_id.is_(None))
            .values(provider_id=bindparam("sid")),
            [{"row": row, "sid": sid} for row, sid in sorted(unbound.items())],
        )


def _record(
    connection: Connection, items: Sequence[Heard], spoken_of: Sequence[RowMapping | None]
) -> set[tuple[str, str, str]]:
    """Store the reports; gives the keys of those that were not known before."""
    rows = {
        _key(item.report): {
            "notification_id": attempt["notification_id"] if attempt else None,
            "provider_id": item.report.provider_id,
            "raw_status": item.report.raw_status,
            "error_code": item.report.error_code,
            "asked": item.report.asked,
            "applied": attempt is not None,
            "received_at": item.at,
        }
        for item, attempt in zip(items, spoken_of, strict=True)
    }
    stored = connection.execute(
        insert_or(connection, REPORTS)
        .on_conflict_do_nothing()
        .returning(REPORTS.c.provider_id, REPORTS.c.raw_status, REPORTS.c.error_code),
        [rows[key] for key in sorted(rows)],
    )
    news = {(row[0], row[1], row[2]) for row in stored}
    records = [_told(rows[key]) for key in sorted(news)]
    audit.append(connection, records, items[0].at)
    return news


def _told(row: Mapping[str, Any]) -> AuditRecord:
    """What the audit trail has of a report that was not known before."""
    id_ = row["notification_id"]
    about = ("notification", id_) if id_ else (_UNKNOWN, row["provider_id"])
    detail = {"provider_id": row["provider_id"], "status": row["raw_status"]}
    detail |= {"error_code": row["error_code"]} if row["error_code"] else {}
    return AuditRecord("provider", "report", *about, detail={**detail, "asked": row["asked"]})


def _overruled(connection: Connection, items: Sequence[Heard]) -> set[str]:
    """Of what was delivered by a word that gives way: what came back, whichever was heard first."""
    delivered = [item.report.provider_id for item in items if item.report.gives_way]
    if not delivered:
        return set()
    is_failure = REPORTS.c.error_code != ""
    query = select(REPORTS.c.provider_id).where(REPORTS.c.provider_id.in_(delivered), is_failure)
    return set(connection.execute(query).scalars())


def _remember_told(connection: Connection, repeated: Sequence[Heard]) -> None:
    """Of a word that was known by asking, that the provider said it by itself after all, and when.

    Otherwise callbacks that are slower than we ask would look as if none came.
    """
    told = {_key(item.report): item.at for item in repeated if not item.report.asked}
    if told:
        connection.execute(
            update(REPORTS)
            .where(
                REPORTS.c.provider_id == bindparam("sid"),
                REPORTS.c.raw_status == bindparam("word"),
                REPORTS.c.error_code == bindparam("code"),
                REPORTS.c.asked.is_(True),
            )
            .values(asked=False, received_at=bindparam("at")),
            [
                {"sid": sid, "word": word, "code": code, "at": at}
                for (sid, word, code), at in sorted(told.items())
            ],
        )


def _heed(connection: Connection, item: Heard, attempt: RowMapping) -> None:
    if item.is_heeded:
        return
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
