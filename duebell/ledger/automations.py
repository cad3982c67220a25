"""What an automation may have sent again: not at once, not for ever, not what a person gave up.

A failure starts an automation, and what it sends may fail once more and start it again. Nobody
watches that, so it is bounded here and not where the automation is written down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from duebell.domain.delivery import NotificationStatus
from duebell.ledger.again import BY_AUTOMATION
from duebell.ledger.notifications import Notification
from duebell.ledger.statements import rows_among
from duebell.ledger.tables import AuditRow

AUDIT = AuditRow.__table__  # type: ignore[attr-defined]

#: Why a provider is asked before an automation has a message sent again.
ASKED = "an automation wants it sent again"

#: How long ago a message must have failed. The shipped automation starts after an hour; Prefect's
#: UI forgets that when it saves one, which would send again whatever fails in the same moment.
SOONEST = timedelta(minutes=50)
#: How often automations have a message sent again. What does not pass within hours needs a person.
MOST = 3

_SPAN = f"{SOONEST // timedelta(minutes=1)} minutes"
_TOO_SOON = (
    f"it failed less than {_SPAN} ago, and an automation waits for longer: give it its delay back "
    "(schedule_after, in its file; the Prefect UI loses it)"
)
_TOO_OFTEN = f"automations had it sent again {MOST} times already: it needs a person"
_GIVEN_UP = "a person has left it at that"


def left_alone(
    connection: Connection, found: Mapping[str, Notification], now: datetime
) -> dict[str, str]:
    """Why an automation leaves some of these alone, by their ids."""
    often = _often(connection, found)
    reasons = {id_: _why(one, often.get(id_, 0), now) for id_, one in found.items()}
    return {id_: reason for id_, reason in reasons.items() if reason}


def _why(before: Notification, times: int, now: datetime) -> str:
    if before.status is NotificationStatus.ABANDONED:
        return _GIVEN_UP
    if not before.failed:
        return ""
    if before.failed_at is not None and before.failed_at > now - SOONEST:
        return _TOO_SOON
    return _TOO_OFTEN if times >= MOST else ""


def _often(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """How often automations had each of these sent again, or asked about for that."""
    query = (
        select(AUDIT.c.entity_id, func.count())
        .where(AUDIT.c.entity == "notification", AUDIT.c.reason.in_((BY_AUTOMATION, ASKED)))
        .group_by(AUDIT.c.entity_id)
    )
    return {row[0]: row[1] for row in rows_among(connection, query, AUDIT.c.entity_id, ids)}
