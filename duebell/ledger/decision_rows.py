"""Decisions as rows: one for every rule and person, and for every silence, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from duebell.domain.decisions import Decision, Hold, Verdict
from duebell.domain.delivery import NotificationStatus
from duebell.ledger.notifications import Notification
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.told_before import HEARD


def decision_rows(
    records: Sequence[PlanRecord],
    known: dict[str, Notification],
    inserted: set[str],
    left_out: Mapping[str, str],
    now: datetime,
) -> list[dict[str, Any]]:
    """The rows of all decisions; ``inserted`` are the notifications that are planned first now."""
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
            verdict, reason = Verdict.MERGED, left_out.get(decision.planned.dedup_key, HEARD)
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
