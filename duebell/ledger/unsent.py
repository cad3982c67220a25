"""Notifications that are planned and not sent: who waits for one, and which nobody wants now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, text, tuple_

from duebell.domain.circumstances import Paused
from duebell.domain.decisions import Hold, Plan, Verdict
from duebell.domain.delivery import NotificationStatus
from duebell.domain.rules import Channel
from duebell.domain.sentences import as_part
from duebell.domain.signals import ClaimedSignal
from duebell.ledger import inbox, notifications
from duebell.ledger.doorbell import ring
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS, Change
from duebell.ledger.statements import rows_among

_CREATED = "invoice.create"

#: With the very words of the partial index: SQLite would not see that one implies the other.
IS_PLANNED = text(
    "notifications.status IN ('planned', 'sending') AND notifications.status = 'planned'"
)


def open_objects(connection: Connection, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these (account, object) pairs, those whose creation was heard of and is not told yet.

    It is still being decided about, maybe by a run that saw the draft a moment ago, or its message
    is still to be sent.
    """
    undecided = select(SIGNALS.c.account_id, SIGNALS.c.object_id).where(
        # An expression, so that SQLite looks through the few open signals and not through all that
        # ever came in the account.
        tuple_(func.coalesce(SIGNALS.c.account_id, ""), SIGNALS.c.object_id).in_(list(keys)),
        SIGNALS.c.event == _CREATED,
        text("signals.status <> 'done'"),
    )
    unsent = select(NOTIFICATIONS.c.account_id, NOTIFICATIONS.c.object_id).where(
        NOTIFICATIONS.c.account_id.in_([account_id for account_id, _ in keys]),
        NOTIFICATIONS.c.object_id.in_([object_id for _, object_id in keys]),
        NOTIFICATIONS.c.event == _CREATED,
        NOTIFICATIONS.c.status == NotificationStatus.PLANNED,
    )
    return {(row[0], row[1]) for row in connection.execute(undecided.union(unsent))} & set(keys)


def withdraw(connection: Connection, plans: Mapping[ClaimedSignal, Plan], now: datetime) -> None:
    """Suppress what earlier runs planned for these signals and their plans do not want now.

    Otherwise a message that was put off, and whose invoice was paid meanwhile, would stay planned
    for ever. A draft is held and not refused, so its message waits with it.
    """
    if not plans:
        return
    by_id = {claimed.id: plan for claimed, plan in plans.items()}
    rows = connection.execute(
        select(
            NOTIFICATIONS.c.id,
            NOTIFICATIONS.c.signal_id,
            NOTIFICATIONS.c.dedup_key,
            NOTIFICATIONS.c.rule,
        ).where(
            NOTIFICATIONS.c.signal_id.in_(list(by_id)),
            NOTIFICATIONS.c.status == NotificationStatus.PLANNED,
        )
    )
    why = {row.id: _why_unwanted(by_id[row.signal_id], row.dedup_key, row.rule) for row in rows}
    found = {id_: one for id_, one in why.items() if one is not None}
    unreachable = {id_ for id_, one in found.items() if one.is_unreachable}
    reasons = {id_: one.reason for id_, one in found.items()}
    suppressed = {id_ for id_, one in found.items() if one.is_suppressed}
    _suppress(connection, reasons, now, unreachable=unreachable, suppressed=suppressed)


@dataclass(frozen=True, slots=True)
class _Unwanted:
    reason: str = "no rule wants it any more"
    is_unreachable: bool = False
    is_suppressed: bool = False


def _why_unwanted(plan: Plan, dedup_key: str, rule: str) -> _Unwanted | None:
    if any(planned.dedup_key == dedup_key for planned in plan.notifications):
        return None
    if any(decision.is_open for decision in plan.decisions):
        return None
    about_it = (
        _Unwanted(decision.reason, decision.is_unreachable, decision.verdict is Verdict.SUPPRESSED)
        for decision in plan.decisions
        if decision.planned is None and (decision.rule is None or decision.rule.name == rule)
    )
    return next(about_it, _Unwanted())


def stop(
    connection: Connection,
    account_id: str,
    kind: str,
    object_id: str,
    reason: str,
    now: datetime,
    actor: str = "duebell",
) -> int:
    """Suppress all that is still planned for a client or an invoice; gives how many.

    An empty account is any; an invoice is known by its id or its number.
    """
    table = NOTIFICATIONS.c
    # The number of a bill is the vendor's, and may be the same.
    by_number = and_(table.invoice_number == object_id, table.invoice_id.is_not(None))
    is_it = (
        table.client_id == object_id
        if kind == Paused.CLIENT
        else or_(table.invoice_id == object_id, by_number)
    )
    of_account = [table.account_id == account_id] if account_id else []
    ids = connection.execute(select(table.id).where(IS_PLANNED, is_it, *of_account)).scalars()
    return _suppress(connection, dict.fromkeys(ids, reason), now, actor)


def look_again(connection: Connection, now: datetime) -> int:
    """Have what waits for quiet hours or a budget looked at now; gives how many messages wait.

    Another rulebook may have other hours.
    """
    table = NOTIFICATIONS.c
    waiting = (Hold.QUIET_HOURS.value, Hold.BUDGET.value)
    rows = connection.execute(
        select(table.id, table.signal_id).where(IS_PLANNED, table.hold.in_(waiting))
    ).all()
    inbox.reopen(connection, {row.signal_id for row in rows if row.signal_id is not None}, now)
    ring(connection)
    return len(rows)


def stop_invoices(
    connection: Connection, reasons: Mapping[tuple[str, str], str], now: datetime
) -> int:
    """Suppress what is still planned for these invoices, by account and id, each for its reason.

    A payment of one is told all the same: that is a fact of its own.
    """
    if not reasons:
        return 0
    table = NOTIFICATIONS.c
    query = select(table.id, table.account_id, table.object_id).where(
        IS_PLANNED, table.event.startswith("invoice.")
    )
    rows = rows_among(connection, query, table.object_id, {id_ for _, id_ in reasons})
    found = {row.id: reasons.get((row.account_id, row.object_id)) for row in rows}
    return _suppress(connection, {id_: reason for id_, reason in found.items() if reason}, now)


def _suppress(
    connection: Connection,
    reasons: Mapping[str, str],
    now: datetime,
    actor: str = "duebell",
    unreachable: AbstractSet[str] = frozenset(),
    suppressed: AbstractSet[str] = frozenset(),
) -> int:
    """End these unsent. One that failed before, and whose person cannot be reached now, has failed:
    somebody has to see to it.
    """
    if not reasons:
        return 0
    changes = []
    for before in notifications.lock(connection, list(reasons)).values():
        if before.status is not NotificationStatus.PLANNED:
            continue
        status, reason = NotificationStatus.SUPPRESSED, reasons[before.id]
        if before.attempts and before.id in unreachable:
            status = NotificationStatus.REJECTED
            reason = way_out(before.channel, reason) if before.id in suppressed else reason
        changes.append(Change(before, replace(before, status=status, reason=reason), actor))
    notifications.write(connection, changes, now)
    return len(changes)


def way_out(channel: str, reason: str) -> str:
    """What a person may do about a failed message whose address must not be used."""
    noun = "number" if channel == Channel.SMS else "address"
    return (
        f"this {noun} is suppressed ({as_part(reason)}). Correct it in FreshBooks, or "
        f"{way_to_lift(channel)}, then retry"
    )


def way_to_lift(channel: str) -> str:
    """The command that lets an address be used again."""
    word = "NUMBER" if channel == Channel.SMS else "ADDRESS"
    return f"`duebell suppressions lift {channel} {word}`"
