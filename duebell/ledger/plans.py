"""Recording what was decided: occurrences and notifications once each, and a row per decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from duebell.domain.books import kind_of
from duebell.domain.changes import Seen
from duebell.domain.decisions import Decision, Hold, PlannedNotification, Verdict
from duebell.domain.delivery import NOT_HEARD, NotificationStatus
from duebell.domain.rules import shown_audience
from duebell.domain.worth import worth_until
from duebell.ledger import audit, clearing, notifications, occurrences, seen, unsent
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_chain import DECISION_SOURCE, insert_linked
from duebell.ledger.brakes import Engaged
from duebell.ledger.clearing import BrakeTerms
from duebell.ledger.notifications import NOTIFICATIONS, Notification
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.seen import RecordKey
from duebell.ledger.statements import insert_or, rows_among
from duebell.ledger.tables import DecisionRow

DECISIONS = DecisionRow.__table__  # type: ignore[attr-defined]

PROVIDER = "twilio"

#: The same words about the same fact at the same place are one message.
_PLACE = ("channel", "recipient", "template")

_HEARD = "the same person has heard of it already"
_TOLD_LONG_AGO = "others were told of it before this person was meant"


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
    left_out = _left_out(connection, rows, records, now)
    rows = [row for row in rows if row["dedup_key"] not in left_out]
    inserted = _insert_notifications(connection, rows, now)
    known = _notifications(connection, list(wanted))
    changes = clearing.clear_anew(connection, wanted, known, inserted, now)
    leaving = inserted | clearing.cleared_by(changes)
    engaged = clearing.brake(connection, wanted, known, leaving, brakes, now)
    if inserted or changes:
        known = _notifications(connection, list(wanted))
    if decisions := _decision_rows(records, known, inserted, left_out, now):
        insert_linked(connection, DECISION_SOURCE, decisions)
    seen.write(connection, _sights(records), now)
    return Recorded(known, engaged)


def _withdraw(connection: Connection, records: Sequence[PlanRecord], now: datetime) -> None:
    # Only a signal that was worked on before can have planned something that is unwanted now.
    again = {item.claimed: item.plan for item in records if item.claimed.tries > 1}
    unsent.withdraw(connection, again, now)
    stops = {key: reason for item in records for key, reason in item.stops.items()}
    unsent.stop_invoices(connection, stops, now)


def _left_out(
    connection: Connection,
    rows: list[dict[str, Any]],
    records: Sequence[PlanRecord],
    now: datetime,
) -> dict[str, str]:
    """What a new look at a record must not plan anew, by dedup key, and why.

    Between two looks a list may be renamed, a rule may go by another channel, or one may be added.
    Nobody is told again for that, and of what was told a while ago nobody else is.
    """
    again = {item.claimed.id for item in records if item.claimed.tries > 1}
    facts = {row["occurrence_id"] for row in rows if row["signal_id"] in again}
    if not facts:
        return {}
    told = _told_of(connection, facts)
    return {
        row["dedup_key"]: reason
        for row in rows
        if (reason := told[row["occurrence_id"]].why_not(row, now)) is not None
    }


@dataclass(slots=True)
class _ToldOf:
    """Who was meant to hear of a fact, who has heard of it, and since when that is."""

    known: set[str] = field(default_factory=set)
    meant: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    places: set[tuple[Any, ...]] = field(default_factory=set)
    since: datetime | None = None

    def why_not(self, row: Mapping[str, Any], now: datetime) -> str | None:
        """Why a message that was not planned before is not planned now."""
        if row["dedup_key"] in self.known:
            return None
        # Under another list's name a person has another key; the same words at one address are one.
        if row["contact_key"] in self.heard or _place(row) in self.places:
            return _HEARD
        is_new = row["contact_key"] not in self.meant
        is_old = self.since is not None and now > worth_until(row["event"], self.since)
        return _TOLD_LONG_AGO if is_new and is_old else None


def _told_of(connection: Connection, facts: set[int]) -> defaultdict[int, _ToldOf]:
    table = NOTIFICATIONS.c
    columns = ("occurrence_id", "dedup_key", "contact_key", "status", "created_at", *_PLACE)
    found: defaultdict[int, _ToldOf] = defaultdict(_ToldOf)
    query = select(*(table[name] for name in columns)).where(table.occurrence_id.in_(facts))
    for row in connection.execute(query).mappings():
        told = found[row["occurrence_id"]]
        told.known.add(row["dedup_key"])
        told.meant.add(row["contact_key"])
        if NotificationStatus(row["status"]) not in NOT_HEARD:
            told.heard.add(row["contact_key"])
            told.places.add(_place(row))
            told.since = min(told.since or row["created_at"], row["created_at"])
    return found


def _place(row: Mapping[str, Any] | RowMapping) -> tuple[Any, ...]:
    return tuple(row[name] for name in _PLACE)


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


def _decision_rows(
    records: Sequence[PlanRecord],
    known: dict[str, Notification],
    inserted: set[str],
    left_out: Mapping[str, str],
    now: datetime,
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for item in records:
        rows += _decisions_of(item, known, inserted, left_out, now)
        # The next signal of this batch that comes to the same fact repeats it.
        inserted = inserted - {
            known[one.dedup_key].id for one in item.plan.notifications if one.dedup_key in known
        }
    return rows


def _decisions_of(
    item: PlanRecord,
    known: dict[str, Notification],
    inserted: set[str],
    left_out: Mapping[str, str],
    now: datetime,
) -> list[dict[str, Any]]:
    rows = []
    for decision in item.plan.decisions:
        notification = known.get(decision.planned.dedup_key) if decision.planned else None
        verdict, reason = decision.verdict, decision.reason
        if decision.planned is not None and notification is None:
            verdict, reason = Verdict.MERGED, left_out.get(decision.planned.dedup_key, _HEARD)
        if notification is not None and notification.hold == Hold.BRAKE:
            verdict, reason = Verdict.HELD, f"{Hold.BRAKE.value}: it waits for a person; {reason}"
        elif notification is not None and notification.id not in inserted:
            verdict, reason = _said_again(item, decision, notification)
        rows.append(
            {
                "at": now,
                "account_id": item.claimed.signal.account_id,
                "event": item.claimed.signal.event,
                "object_id": item.claimed.signal.object_id,
                "client_id": item.client_id,
                "invoice_number": item.number,
                "signal_id": item.claimed.id,
                "notification_id": notification.id if notification else None,
                "occurrence": decision.occurrence.occurrence if decision.occurrence else None,
                "rule": decision.rule.name if decision.rule else None,
                "audience": decision.audience,
                "verdict": verdict.value,
                "reason": reason,
                "rulebook": item.rulebook or None,
                "facts": item.facts,
            }
        )
    return rows


def _said_again(
    item: PlanRecord, decision: Decision, notification: Notification
) -> tuple[Verdict, str]:
    is_own = notification.signal_id == item.claimed.id and item.claimed.tries > 1
    if is_own and notification.status is NotificationStatus.PLANNED:
        return decision.verdict, decision.reason
    return Verdict.REPEATED, f"told before: the notification is {notification.status}"
