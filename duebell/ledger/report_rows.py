"""Delivery reports as rows: stored once each, and bound to the attempt that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, or_, select, update

from duebell.domain.delivery import DeliveryReport, FailureClass
from duebell.ledger import audit
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AuditRecord
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import DeliveryReportRow

#: What reports are about that are not about a message of ours.
_UNKNOWN = "unknown message"

REPORTS = DeliveryReportRow.__table__  # type: ignore[attr-defined]


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


def named(item: Heard, known: dict[str | tuple[str, int], RowMapping]) -> Heard:
    """With the provider's id, where a report has ours alone (a late bounce of an email)."""
    report = item.report
    if report.provider_id:
        return item
    attempt = known.get((report.notification_id or "", report.attempt or 0))
    own = f"{report.notification_id}/{report.attempt}"
    provider_id = (attempt["provider_id"] if attempt else None) or own
    return replace(item, report=replace(report, provider_id=provider_id))


def key_of(report: DeliveryReport) -> tuple[str, str, str]:
    """What makes a report the same as another."""
    return (report.provider_id, report.raw_status, report.error_code)


def attempts_of(
    connection: Connection, reports: Sequence[DeliveryReport]
) -> dict[str | tuple[str, int], RowMapping]:
    """The attempts that reports may be about, by the provider's id and by ours and their number."""
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


def attempt_for(
    report: DeliveryReport, known: dict[str | tuple[str, int], RowMapping]
) -> RowMapping | None:
    """By the provider's id; by ours where theirs is not known yet (the report overtook us)."""
    if (by_sid := known.get(report.provider_id)) is not None:
        return by_sid
    if report.notification_id is None or report.attempt is None:
        return None
    by_ours = known.get((report.notification_id, report.attempt))
    return by_ours if by_ours is not None and by_ours["provider_id"] is None else None


def bind(
    connection: Connection, items: Sequence[Heard], spoken_of: Sequence[RowMapping | None]
) -> None:
    """Write down the provider's ids of attempts that had none yet."""
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


def store(
    connection: Connection, items: Sequence[Heard], spoken_of: Sequence[RowMapping | None]
) -> set[tuple[str, str, str]]:
    """Store the reports; gives the keys of those that were not known before."""
    rows = {
        key_of(item.report): {
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


def overruled_among(connection: Connection, items: Sequence[Heard]) -> set[str]:
    """Of what was delivered by a word that gives way: what came back, whichever was heard first."""
    delivered = [item.report.provider_id for item in items if item.report.gives_way]
    if not delivered:
        return set()
    is_failure = REPORTS.c.error_code != ""
    query = select(REPORTS.c.provider_id).where(REPORTS.c.provider_id.in_(delivered), is_failure)
    return set(connection.execute(query).scalars())


def remember_told(connection: Connection, repeated: Sequence[Heard]) -> None:
    """Of a word that was known by asking, that the provider said it by itself after all, and when.

    Otherwise callbacks that are slower than we ask would look as if none came.
    """
    told = {key_of(item.report): item.at for item in repeated if not item.report.asked}
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
