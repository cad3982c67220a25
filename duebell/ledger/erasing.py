"""Erasing a person: what names or reaches them goes, what is to be proved about messages stays.

Names, addresses and texts stand in messages and their attempts alone, so nothing else changes: the
audit trail and its chain hold ids. An opt-out stays in force as a digest of the address; attempts
keep such a digest, too, so that one that comes later is heeded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, and_, bindparam, case, select, update

from duebell.domain.calling import short_id
from duebell.domain.delivery import NotificationStatus
from duebell.domain.failures import ErasureRefused
from duebell.ledger import audit, notifications
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_gone import ADDRESS, CLIENT
from duebell.ledger.erased_addresses import know_erased, left_of
from duebell.ledger.mentions import mentions_of
from duebell.ledger.notifications import NOTIFICATIONS, Change
from duebell.ledger.statements import portions_of
from duebell.ledger.suppressions import SUPPRESSIONS
from duebell.ledger.traces import (
    GONE,
    Found,
    Message,
    Person,
    addresses_of,
    counted,
    is_own,
    messages_of,
    opt_outs_of,
)

_S = NotificationStatus

#: Why a message is not sent to somebody who was erased.
ERASED = "the person was erased"


def look(connection: Connection, person: Person, digest: Callable[[str], str]) -> Found:
    """How much there is to erase."""
    know_erased(connection, digest)
    return counted(connection, person, *_all_of(connection, person))


def _all_of(connection: Connection, person: Person) -> tuple[list[Message], list[Message]]:
    """The messages to and about the person, and those that may name them besides."""
    rows = messages_of(connection, person)
    return rows, mentions_of(connection, person, rows)


def erase(
    connection: Connection,
    person: Person,
    digest: Callable[[str], str],
    *,
    by: str,
    now: datetime,
) -> Found:
    """Erase a person; gives how much there was. Again, it finds nothing and changes nothing.

    Raises:
        ErasureRefused: if a message to or about the person is being sent, or asked about.
    """
    know_erased(connection, digest)
    before = chain(*_all_of(connection, person))
    locked = notifications.lock(connection, [row.id for row in before])
    rows, mentions = _all_of(connection, person)  # as nobody can change them now
    if busy := [row.id for row in (*rows, *mentions) if _is_under_way(row)]:
        raise ErasureRefused(
            "a message to or about this person is being sent, or it is not known yet whether it "
            f"was: wait until `duebell notifications show {short_id(busy[0])}` has another status"
        )
    found = counted(connection, person, rows, mentions)
    if found.is_nothing:
        return found
    own = [row for row in rows if is_own(row, person)]
    _stop(connection, [locked[row.id] for row in own if row.id in locked], by, now)
    _blind(connection, addresses_of(connection, person, own))
    erase_texts(connection, [row.id for row in (*rows, *mentions)])
    erase_people(connection, [row.id for row in own])
    audit.append(connection, [_record(person, found, by)], now)
    return found


def erase_people(connection: Connection, ids: Collection[str]) -> None:
    """Take names and addresses out of messages that are not under way."""
    for portion in portions_of(ids):
        _blind_attempts(connection, portion)
        connection.execute(
            update(NOTIFICATIONS)
            .where(NOTIFICATIONS.c.id.in_(portion))
            .values(contact_name=GONE, recipient=GONE, diverted_to=None)
        )


def _blind_attempts(connection: Connection, ids: list[str]) -> None:
    """Leave digests of addresses: an opt-out may still come, by a link or from a provider.

    Of a message that safe mode sent elsewhere that of the person's own address: it is the person
    who would opt out.
    """
    table, message = ATTEMPTS.c, NOTIFICATIONS.c
    is_diverted = and_(table.recipient == message.diverted_to, table.channel == message.channel)
    rows = connection.execute(
        select(
            table.id, table.channel, case((is_diverted, message.recipient), else_=table.recipient)
        )
        .join(NOTIFICATIONS, message.id == table.notification_id)
        .where(message.id.in_(ids), table.recipient != GONE)
    )
    left = [{"row": id_, "left": left_of(connection, *reached)} for id_, *reached in rows]
    if left:
        query = update(ATTEMPTS).where(table.id == bindparam("row"))
        connection.execute(query.values(recipient=bindparam("left")), left)


def erase_texts(connection: Connection, ids: Collection[str]) -> None:
    """Take out what was written, in which people are named."""
    for portion in portions_of(ids):
        connection.execute(
            update(ATTEMPTS).where(ATTEMPTS.c.notification_id.in_(portion)).values(body=GONE)
        )


def _is_under_way(row: Message) -> bool:
    is_asked = row.status == _S.OUTCOME_UNKNOWN and row.next_ask_at is not None
    return row.status == _S.SENDING or is_asked


def _stop(
    connection: Connection, own: list[notifications.Notification], by: str, now: datetime
) -> None:
    """What is planned is not sent, and nobody sends again what failed: the books still know the
    person.
    """
    changes = [
        Change(one, replace(one, status=status, reason=ERASED, asks=0, next_ask_at=None), by)
        for one in own
        if (status := _instead(one)) is not None
    ]
    notifications.write(connection, changes, now)


def _instead(one: notifications.Notification) -> NotificationStatus | None:
    """How an erased person's message ends that has not come to rest; None where it has."""
    if one.status is _S.PLANNED:
        return _S.SUPPRESSED
    return _S.ABANDONED if one.failed else None


def _blind(connection: Connection, addresses: Collection[tuple[str, str]]) -> None:
    for row_id, digest in opt_outs_of(connection, addresses):
        connection.execute(
            update(SUPPRESSIONS).where(SUPPRESSIONS.c.id == row_id).values(address=digest)
        )


def _record(person: Person, found: Found, by: str) -> AuditRecord:
    about = (CLIENT, person.client_id) if person.client_id else (ADDRESS, person.channel)
    account = {"account_id": person.account_id} if person.account_id else {}
    return AuditRecord(by, "erased", *about, detail={**asdict(found), **account})
