"""Recording what was decided: occurrences and notifications once each, and a row per decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from duebell.domain.books import kind_of
from duebell.domain.changes import Seen
from duebell.domain.decisions import PlannedNotification
from duebell.domain.delivery import NotificationStatus
from duebell.domain.rules import shown_audience
from duebell.ledger import audit, clearing, notifications, occurrences, seen, unsent
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_chain import DECISION_SOURCE, insert_linked
from duebell.ledger.brakes import Engaged
from duebell.ledger.clearing import BrakeTerms
from duebell.ledger.decision_rows import decision_rows
from duebell.ledger.notifications import NOTIFICATIONS, Notification
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.seen import RecordKey
from duebell.ledger.statements import insert_or, rows_among
from duebell.ledger.tables import DecisionRow
from duebell.ledger.told_before import why_left_out

DECISIONS = DecisionRow.__table__  # type: ignore[attr-defined]

PROVIDER = "twilio"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The notification of every dedup key, planned now or earlier, and brakes that engaged now."""

    known: dict[str, Notification]
    engaged: list[Engaged] = field(default_factory=list)


def record(
    connection: Connection,
    records: Sequence[PlanRecord],
    new_id: Callable[[], str],
    now: datetime,
    brakes: BrakeTerms | None = None,
) -> Recorded:
    """Record plans.

    Idempotent: what an earlier run recorded stays as it is and is given back, except for what is
    still planned: it is suppressed where it is not wanted any more, and held or cleared anew.
    """
    facts = [(one, item.claimed.id) for item in records for one in item.plan.occurrences]
    occurrence_ids = occurrences.record(connection, facts, now)
    wanted: dict[str, tuple[PlanRecord, PlannedNotification]] = {}
    for item in records:
        for planned in item.plan.notifications:
            wanted.setdefault(planned.dedup_key, (item, planned))
    rows = [
        _notification_row(item, planned, occurrence_ids[planned.occurrence.key], new_id(), now)
        for planned_key, (item, planned) in sorted(wanted.items())
    ]
    _withdraw(connection, records, now)
    left_out = why_left_out(connection, rows, records, now)
    rows = [row for row in rows if row["dedup_key"] not in left_out]
    inserted = _insert_notifications(connection, rows, now)
    known = _notifications(connection, list(wanted))
    changes = clearing.clear_anew(connection, wanted, known, inserted, now)
    leaving = inserted | clearing.cleared_by(changes)
    engaged = clearing.brake(connection, wanted, known, leaving, brakes, now)
    if inserted or changes:
        known = _notifications(connection, list(wanted))
    if decisions := decision_rows(records, known, inserted, left_out, now):
        insert_linked(connection, DECISION_SOURCE, decisions)
    seen.write(connection, _sights(records), now)
    return Recorded(known, engaged)


def _withdraw(connection: Connection, records: Sequence[PlanRecord], now: datetime) -> None:
    # Only a signal that was worked on before can have planned something that is unwanted now.
    again = {item.claimed: item.plan for item in records if item.claimed.tries > 1}
    unsent.withdraw(connection, again, now)
    stops = {key: reason for item in records for key, reason in item.stops.items()}
    unsent.stop_invoices(connection, stops, now)


def _sights(records: Sequence[PlanRecord]) -> dict[RecordKey, tuple[Seen, datetime]]:
    """What is remembered of the records; of several looks at one, the last that knows most."""
    sights: dict[RecordKey, tuple[Seen, datetime]] = {}
    for item in records:
        if item.plan.seen is None or item.dossier is None or item.dossier.record is None:
            continue
        record = item.dossier.record
        key = (record.account_id, kind_of(record), record.id)
        before = sights.get(key)
        is_announced = item.plan.seen.announced or (before is not None and before[0].announced)
        sights[key] = (replace(item.plan.seen, announced=is_announced), item.dossier.at)
    return sights


def _notification_row(
    item: PlanRecord, planned: PlannedNotification, occurrence_id: int, id_: str, now: datetime
) -> dict[str, Any]:
    return {
        "id": id_,
        "dedup_key": planned.dedup_key,
        "occurrence_id": occurrence_id,
        "signal_id": item.claimed.id,
        "account_id": planned.occurrence.account_id,
        "event": planned.occurrence.event_type,
        "object_id": planned.occurrence.object_id,
        "client_id": item.client_id,
        "invoice_number": item.number,
        "invoice_id": item.invoice_id,
        "rule": planned.rule.name,
        "audience": shown_audience(planned.audience),
        "template": planned.rule.template,
        "channel": planned.channel.value,
        "fallback": planned.fallback.value if planned.fallback else None,
        "contact_key": planned.contact.key,
        "contact_name": planned.contact.name,
        "recipient": planned.contact.address,
        "status": NotificationStatus.PLANNED.value,
        "not_before": planned.not_before,
        "hold": planned.hold.value if planned.hold else None,
        "cleared_at": None if planned.hold else now,
        "attempts": 0,
        "provider": PROVIDER,
        "failed": False,
        "asks": 0,
        "created_at": now,
        "updated_at": now,
    }


def _insert_notifications(
    connection: Connection, rows: list[dict[str, Any]], now: datetime
) -> set[str]:
    if not rows:
        return set()
    statement = insert_or(connection, NOTIFICATIONS).on_conflict_do_nothing()
    inserted = set(connection.execute(statement.returning(NOTIFICATIONS.c.id), rows).scalars())
    audit.append(
        connection,
        [
            AuditRecord(
                actor="duebell",
                action="planned",
                entity="notification",
                entity_id=row["id"],
                to_status=row["status"],
                reason=f"rule {row['rule']}",
            )
            for row in rows
            if row["id"] in inserted
        ],
        now,
    )
    return inserted


def _notifications(connection: Connection, dedup_keys: list[str]) -> dict[str, Notification]:
    found = select(NOTIFICATIONS.c.dedup_key, *notifications.COLUMNS)
    rows = rows_among(connection, found, NOTIFICATIONS.c.dedup_key, dedup_keys)
    return {row[0]: Notification.from_row(row[1:]) for row in rows}
