"""Reading the summary of a day from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy import ColumnElement, Connection, and_, func, select

from duebell.domain.calling import short_id
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.delivery import NotificationStatus
from duebell.domain.rules import Channel
from duebell.domain.sentences import as_part
from duebell.ledger import brake_reading, businesses, readiness
from duebell.ledger.audit import without_addresses
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.measuring.day_reading import rules_of_day
from duebell.measuring.summary import AccountDay, Hand, Summary
from duebell.people.masking import mask

#: Failures that are listed one by one; `duebell notifications list --status failed` has them all.
MOST_FAILURES = 20

_S = NotificationStatus
_NOUNS = {Channel.SMS.value: "text"}
_MAY_FAIL = (_S.UNDELIVERED.value, _S.REJECTED.value, _S.OUTCOME_UNKNOWN.value)


def summarise(
    connection: Connection, base_url: str, now: datetime, day: date | None = None
) -> Summary:
    """The summary of a day, or of yesterday by each firm's own clock."""
    return Summary(
        accounts=tuple(_accounts(connection, now, day)),
        hands=tuple(_hands(connection, base_url, now)),
    )


def _accounts(connection: Connection, now: datetime, day: date | None) -> Iterator[AccountDay]:
    firms = businesses.read_all(connection)
    times = businesses.local_times(connection)
    for firm in firms:
        is_ours = NOTIFICATIONS.c.account_id == firm.account_id
        yield _account(connection, firm.name, is_ours, times.zone(firm.account_id), now, day)
    # What Duebell tells of itself belongs to no firm.
    is_others = NOTIFICATIONS.c.account_id.not_in([firm.account_id for firm in firms])
    zone = times.zone() if firms else FRESHBOOKS_ZONE
    others = _account(connection, "Duebell itself", is_others, zone, now, day)
    if others.rules or not firms:
        yield others


def _account(
    connection: Connection,
    name: str,
    is_ours: ColumnElement[bool],
    zone: tzinfo,
    now: datetime,
    day: date | None,
) -> AccountDay:
    day = day or now.astimezone(zone).date() - timedelta(days=1)
    begin = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    return AccountDay(name, day, rules_of_day(connection, is_ours, begin, end))


def _hands(connection: Connection, base_url: str, now: datetime) -> Iterator[Hand]:
    # A stopped channel is one of these.
    for sentence in readiness.missing(connection, base_url, now):
        yield Hand(without_addresses(sentence) or "")
    for brake in brake_reading.listed(connection):
        noun = "message" if brake.held_now == 1 else "messages"
        what = f"A brake holds {brake.held_now} {noun}: {brake.reason}"
        # What it holds is looked at first: to release it is not always right.
        yield Hand(what, "duebell brake list")
    yield from _failures(connection)


def _failures(connection: Connection) -> Iterator[Hand]:
    table = NOTIFICATIONS.c
    # A failed one has one of these statuses, which are what the index has first.
    is_failed = and_(table.status.in_(_MAY_FAIL), table.failed.is_(True))
    count = connection.execute(select(func.count()).where(is_failed)).scalar_one()
    columns = (table.id, table.status, table.invoice_number, table.channel, table.recipient)
    query = select(*columns, table.reason).where(is_failed)
    newest = query.order_by(table.created_at.desc(), table.id.desc()).limit(MOST_FAILURES)
    for id_, status, number, channel, recipient, reason in connection.execute(newest):
        about = f"{number}: " if number else ""
        why = as_part(without_addresses(reason) or status)
        what = f"{about}{_NOUNS.get(channel, channel)} to {mask(channel, recipient)}: {why}"
        if status == _S.OUTCOME_UNKNOWN:
            what = f"Nobody knows whether it went out. {what}"
        yield Hand(what, f"duebell notifications show {short_id(id_)}")
    if count > MOST_FAILURES:
        others = count - MOST_FAILURES
        more = f"{others} more message{'s' if others > 1 else ''} failed."
        yield Hand(more, "duebell notifications list --status failed")
