"""What a plan lets leave now, and what it holds: quiet hours, the budget, a brake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from duebell.domain.brakes import Caps
from duebell.domain.decisions import Hold, PlannedNotification
from duebell.domain.delivery import NotificationStatus
from duebell.domain.events import BRAKE_ENGAGED
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import brakes, inbox, notifications
from duebell.ledger.brakes import Cleared, Engaged
from duebell.ledger.inbox import Arrival
from duebell.ledger.notifications import Change, Notification
from duebell.ledger.plan_records import PlanRecord


@dataclass(frozen=True, slots=True)
class BrakeTerms:
    """When too much leaves at once: the caps, and how many clients each account has."""

    caps: Caps
    clients: Mapping[str, int] = field(default_factory=dict)


def clear_anew(
    connection: Connection,
    wanted: Mapping[str, tuple[PlanRecord, PlannedNotification]],
    known: Mapping[str, Notification],
    inserted: AbstractSet[str],
    now: datetime,
) -> list[Change]:
    """Hold or clear what was planned earlier as the plan of now has it; gives what has changed.

    It also goes the way of that plan: by the rule's channel, or by the other one as its fallback.
    What a brake holds is a person's to release, whatever time it is.
    """
    plans = {
        known[key].id: planned
        for key, (_, planned) in wanted.items()
        if key in known and known[key].id not in inserted and _differs(known[key], planned)
    }
    # Another process may be about to send one of them: it is decided on the locked row.
    locked = notifications.lock(connection, list(plans)) if plans else {}
    changes = [
        _changed(before, plans[id_], now)
        for id_, before in locked.items()
        if _differs(before, plans[id_])
    ]
    notifications.write(connection, changes, now)
    return changes


def cleared_by(changes: Sequence[Change]) -> set[str]:
    """Which notifications may leave now, and might not before."""
    return {one.after.id for one in changes if one.before.hold and one.after.hold is None}


def _differs(before: Notification, planned: PlannedNotification) -> bool:
    if before.status is not NotificationStatus.PLANNED or before.hold == Hold.BRAKE:
        return False
    return _waits_otherwise(before, planned) or before.channel != planned.channel


def _waits_otherwise(before: Notification, planned: PlannedNotification) -> bool:
    is_later = planned.hold is not None and before.not_before != planned.not_before
    return before.hold != planned.hold or is_later


def _changed(before: Notification, planned: PlannedNotification, now: datetime) -> Change:
    address = planned.contact.address
    fallback = planned.fallback.value if planned.fallback else None
    channel = planned.channel.value
    after = replace(before, channel=channel, fallback=fallback, recipient=address)
    why = None if before.channel == planned.channel else f"it goes by {planned.channel} now"
    if _waits_otherwise(before, planned):
        hold = planned.hold.value if planned.hold else None
        not_before = planned.not_before if planned.hold else None
        cleared_at = None if planned.hold else now
        after = replace(after, hold=hold, not_before=not_before, cleared_at=cleared_at)
        why = why or hold or "it may leave now"
    return Change(before, after, "duebell", why)


def brake(
    connection: Connection,
    wanted: Mapping[str, tuple[PlanRecord, PlannedNotification]],
    known: Mapping[str, Notification],
    leaving: AbstractSet[str],
    terms: BrakeTerms | None,
    now: datetime,
) -> list[Engaged]:
    """Hold what passes a cap, of all that this plan lets leave; gives the brakes that engaged.

    A signal about each is left in the same transaction, so that somebody is told of it for certain.
    """
    if terms is None:
        return []
    cleared = [
        Cleared(
            known[key].id, planned.occurrence.account_id, item.client_id, _is_exempt(item, planned)
        )
        for key, (item, planned) in wanted.items()
        if key in known and known[key].id in leaving and planned.hold is None
    ]
    if not cleared:
        return []
    engaged = brakes.apply(connection, cleared, terms.caps, terms.clients, now)
    if engaged:
        inbox.record(connection, [Arrival(_signal(one), now) for one in engaged])
    return engaged


def _signal(engaged: Engaged) -> Signal:
    return Signal(engaged.account_id, BRAKE_ENGAGED, engaged.object_id, SignalSource.OWN)


def _is_exempt(item: PlanRecord, planned: PlannedNotification) -> bool:
    """Whether a brake lets it through: staff, and backfills, which have brakes of their own."""
    return planned.is_staff or item.claimed.signal.source is SignalSource.BACKFILL
