"""Reading the numbers from the ledger: every question is answered by an index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, func, or_, select, text

from duebell.domain.brakes import BrakeStatus
from duebell.domain.delivery import NotificationStatus
from duebell.domain.signals import SignalSource, SignalStatus
from duebell.ledger import measures, readiness, workers
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import without_addresses
from duebell.ledger.brake_reading import BRAKES
from duebell.ledger.claiming import CLAIM_CEILING
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.latencies import REPORTS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.readiness import CALLBACKS, PAIRS
from duebell.ledger.sending_tables import ChannelStopRow
from duebell.ledger.suppressions import SUPPRESSIONS
from duebell.measuring.numbers import Group, Numbers

STOPS = ChannelStopRow.__table__  # type: ignore[attr-defined]

_S = NotificationStatus
#: A webhook that said nothing for longer is told of by `/readyz` if polls find what it missed.
_LOOK_BACK = timedelta(days=30)
#: Of these many that wait, the one that was planned first is taken for the oldest.
_MOST_OPEN = 20_000


def read(connection: Connection, base_url: str, now: datetime) -> Numbers:
    """The ledger at this moment; webhooks under this public URL count."""
    return Numbers(
        plain={
            "readiness_missing": len(readiness.missing(connection, base_url, now)),
            "workers": workers.count_living(connection, now),
            **_inbox(connection, now),
            **_open(connection, now),
            "brakes_engaged": _count_brakes(connection),
            **_connection(connection, now),
            **_webhooks(connection, base_url),
            "status_callback_last_heard_seconds": _since_callback(connection, now),
        },
        groups=_groups(connection),
        channels_stopped=_stopped(connection),
        suppressions=_suppressions(connection),
        webhook_ages=_webhook_ages(connection, base_url, now),
        measures=measures.read(connection),
    )


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)


def _inbox(connection: Connection, now: datetime) -> dict[str, float]:
    """What is to be worked on, or is being worked on, and how long the oldest has been so.

    What cannot be looked up moves to and fro between claimed and put off, and is late all the same;
    what was put off on purpose, for the morning or until it may be sent, is not before its time.
    """
    table = SIGNALS.c
    is_claimed = table.status == SignalStatus.CLAIMED.value
    is_put_off = table.status == SignalStatus.DEFERRED.value
    # A run that broke off left no outcome; what waits on purpose has one.
    has_no_end = or_(table.failing_since.is_not(None), table.outcome.is_(None))
    is_late = or_(table.not_before <= now, has_no_end)
    since = case(
        (table.failing_since.is_not(None), table.failing_since),
        (table.outcome.is_(None), table.received_at),
        (is_put_off, table.not_before),
    )
    # Of what was put off before nothing else tells since when it is worked on.
    claimed_until = case((and_(is_claimed, since.is_(None)), table.not_before))
    query = select(func.count(), func.min(since), func.min(claimed_until))
    # The first condition is the index's own, which holds only what is not done.
    count, oldest, until = connection.execute(
        query.where(text("status <> 'done'"), or_(~is_put_off, is_late))
    ).one()
    claimed_at = None if until is None else until - CLAIM_CEILING
    age = max(_age(oldest, now), _age(claimed_at, now))
    return {"signals_waiting": count, "oldest_signal_seconds": age}


def _open(connection: Connection, now: datetime) -> dict[str, float]:
    notification = NOTIFICATIONS.c
    due_at = func.coalesce(notification.not_before, notification.created_at)
    due = connection.execute(
        select(func.min(due_at, type_=notification.created_at.type)).where(
            notification.status == _S.PLANNED.value, notification.hold.is_(None), due_at <= now
        )
    ).scalar()
    return {
        "oldest_due_notification_seconds": _age(due, now),
        "oldest_unknown_outcome_seconds": _age(_oldest(connection, _S.OUTCOME_UNKNOWN), now),
        "oldest_unconfirmed_seconds": _age(_oldest(connection, _S.ACCEPTED), now),
    }


def _oldest(connection: Connection, status: NotificationStatus) -> datetime | None:
    """When the last attempt of the oldest such message began."""
    notification, attempt = NOTIFICATIONS.c, ATTEMPTS.c
    chosen = (
        select(notification.id, notification.attempts)
        .where(notification.status == status.value)
        .limit(_MOST_OPEN)
        .subquery()
    )
    is_last = (attempt.notification_id == chosen.c.id) & (attempt.number == chosen.c.attempts)
    found: datetime | None = connection.execute(
        select(func.min(attempt.started_at)).select_from(chosen.join(ATTEMPTS, is_last))
    ).scalar()
    return found


def _groups(connection: Connection) -> tuple[Group, ...]:
    table = NOTIFICATIONS.c
    labels = (table.status, table.failed, table.rule, table.provider, table.channel)
    rows = connection.execute(select(*labels, func.count()).group_by(*labels))
    return tuple(
        # A rule's name says whom it tells, which may be a fixed address.
        Group(status, failed, without_addresses(rule) or "", *rest)
        for status, failed, rule, *rest in rows
    )


def _count_brakes(connection: Connection) -> int:
    engaged = BRAKES.c.status == BrakeStatus.ENGAGED.value
    return connection.execute(select(func.count()).where(engaged)).scalar_one()


def _connection(connection: Connection, now: datetime) -> dict[str, float | None]:
    rows = connection.execute(select(PAIRS.c.lost_reason, PAIRS.c.expires_at)).all()
    expiries = [row[1] for row in rows if row[1] is not None]
    return {
        "connection_lost": float(any(row[0] for row in rows)),
        "access_token_expires_in_seconds": (
            (min(expiries) - now).total_seconds() if expiries else None
        ),
    }


def _webhooks(connection: Connection, base_url: str) -> dict[str, float]:
    rows = connection.execute(
        select(CALLBACKS.c.verified).where(
            CALLBACKS.c.base_url == base_url, CALLBACKS.c.removed_at.is_(None)
        )
    )
    verified = [bool(is_verified) for is_verified in rows.scalars()]
    return {"webhooks_expected": len(verified), "webhooks_verified": sum(verified)}


def _webhook_ages(connection: Connection, base_url: str, now: datetime) -> dict[str, float]:
    """By event; of several accounts the one that was heard last."""
    wanted = select(CALLBACKS.c.account_id, CALLBACKS.c.event).where(
        CALLBACKS.c.base_url == base_url, CALLBACKS.c.removed_at.is_(None)
    )
    ages: dict[str, float] = {}
    for account_id, event in connection.execute(wanted.distinct()).all():
        heard_at = connection.execute(
            select(SIGNALS.c.received_at)
            .where(
                SIGNALS.c.account_id == account_id,
                SIGNALS.c.event == event,
                SIGNALS.c.received_at > now - _LOOK_BACK,
                SIGNALS.c.source == SignalSource.WEBHOOK.value,
            )
            .order_by(SIGNALS.c.received_at.desc())
            .limit(1)
        ).scalar()
        if heard_at is not None:
            age = _age(heard_at, now)
            ages[event] = min(age, ages.get(event, age))
    return ages


def _since_callback(connection: Connection, now: datetime) -> float | None:
    # The index's own condition, word for word: SQLite takes it for no other.
    query = select(func.max(REPORTS.c.received_at)).where(text("NOT asked"))
    heard_at = connection.execute(query).scalar()
    return None if heard_at is None else _age(heard_at, now)


def _stopped(connection: Connection) -> frozenset[str]:
    query = select(STOPS.c.channel).where(STOPS.c.ended_at.is_(None))
    return frozenset(connection.execute(query).scalars())


def _suppressions(connection: Connection) -> Mapping[tuple[str, str], int]:
    labels = (SUPPRESSIONS.c.channel, SUPPRESSIONS.c.source)
    query = select(*labels, func.count()).where(SUPPRESSIONS.c.lifted_at.is_(None))
    rows = connection.execute(query.group_by(*labels))
    return {(channel, source): count for channel, source, count in rows}
