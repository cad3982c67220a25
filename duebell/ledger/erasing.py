"""Erasing a person: what names or reaches them goes, what is to be proved about messages stays.

Names, addresses and texts stand in messages and their attempts alone, so nothing else changes: the
audit trail and its chain hold ids. An opt-out stays in force as a digest of the address; attempts
keep such a digest, too, so that one that comes later is heeded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from duebell.domain.delivery import NotificationStatus
from duebell.domain.failures import ErasureRefused
from duebell.ledger import audit, notifications
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_gone import ADDRESS, CLIENT
from duebell.ledger.erased_addresses import forms, is_erased, know_erased, left_of
from duebell.ledger.notifications import NOTIFICATIONS, Change
from duebell.ledger.statements import MOST_AT_ONCE
from duebell.ledger.suppressions import SUPPRESSIONS
from duebell.people.comparable import comparable

_S = NotificationStatus

#: What stands where something was erased.
GONE = ""
ERASED = "the person was erased"

_PERSONAL = (
    *("id", "channel", "status", "next_ask_at", "contact_key"),
    *("contact_name", "recipient", "diverted_to"),
)
_Message = Row[Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to erase: a FreshBooks client, of one account or of all, or who is at an address."""

    client_id: str = ""
    account_id: str = ""
    channel: str = ""
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """How much there is of a person: messages, texts that were sent, opt-outs, and what waits."""

    messages: int
    texts: int
    suppressions: int
    planned: int

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to erase."""
        return not (self.messages or self.texts or self.suppressions)


def look(connection: Connection, person: Person, digest: Callable[[str], str]) -> Found:
    """How much there is to erase."""
    know_erased(connection, digest)
    return _counted(connection, person, _messages(connection, person))


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
    locked = notifications.lock(connection, [row.id for row in _messages(connection, person)])
    rows = _messages(connection, person)  # as nobody can change them now
    if any(_is_under_way(row) for row in rows):
        raise ErasureRefused(
            "a message to this person is being sent, or it is not known yet whether it was: wait "
            "until `duebell notifications list` shows it as accepted or failed"
        )
    found = _counted(connection, person, rows)
    if found.is_nothing:
        return found
    own = [row for row in rows if _is_own(row, person)]
    _stop(connection, [locked[row.id] for row in own if row.id in locked], by, now)
    _blind(connection, _addresses(connection, person, own))
    erase_texts(connection, [row.id for row in rows])
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


def portions_of(ids: Collection[str]) -> Iterator[list[str]]:
    """The ids in order, so many as one statement takes."""
    listed = sorted(ids)
    for start in range(0, len(listed), MOST_AT_ONCE):
        yield listed[start : start + MOST_AT_ONCE]


def _messages(connection: Connection, person: Person) -> list[_Message]:
    """All messages to the person, and those about the client to others."""
    table = NOTIFICATIONS.c
    query = select(*(table[name] for name in _PERSONAL)).where(_is_about(person))
    return list(connection.execute(query.order_by(table.id)))


def _is_about(person: Person) -> ColumnElement[bool]:
    table = NOTIFICATIONS.c
    if person.client_id:
        of_client: ColumnElement[bool] = table.client_id == person.client_id
        if not person.account_id:
            return of_client
        return and_(of_client, table.account_id == person.account_id)
    spellings = {person.address, comparable(person.channel, person.address)}
    is_theirs = [
        func.lower(column) == one.lower()
        for column in (table.recipient, table.diverted_to)
        for one in spellings
    ]
    return and_(table.channel == person.channel, or_(*is_theirs))


def _is_own(row: _Message, person: Person) -> bool:
    """Whether it is to the person; staff that was told of a client keeps its address."""
    key = row.contact_key or ""
    return bool(person.address) or not key or key.startswith(("client:", "contact:"))


def _is_under_way(row: _Message) -> bool:
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


def _addresses(
    connection: Connection, person: Person, own: Collection[_Message]
) -> set[tuple[str, str]]:
    """The person's own addresses, by channel; not those to which safe mode diverted messages."""
    if person.address:
        return {(person.channel, person.address)}
    found = {(row.channel, row.recipient) for row in own}
    for portion in portions_of([row.id for row in own if row.diverted_to is None]):
        query = select(ATTEMPTS.c.channel, ATTEMPTS.c.recipient)
        rows = connection.execute(query.where(ATTEMPTS.c.notification_id.in_(portion)))
        found |= {(row.channel, row.recipient) for row in rows}
    return {pair for pair in found if pair[1] != GONE and not is_erased(pair[1])}


def _counted(connection: Connection, person: Person, rows: Collection[_Message]) -> Found:
    own = [row for row in rows if _is_own(row, person)]
    texts = 0
    for portion in portions_of([row.id for row in rows]):
        is_of_one = ATTEMPTS.c.notification_id.in_(portion)
        query = select(func.count()).where(is_of_one, ATTEMPTS.c.body != GONE)
        texts += connection.execute(query).scalar_one()
    people = sum(bool(row.recipient or row.contact_name or row.diverted_to) for row in own)
    planned = sum(row.status == _S.PLANNED for row in own)
    opt_outs = _opt_outs(connection, _addresses(connection, person, own))
    return Found(people, texts, len(opt_outs), planned)


def _opt_outs(
    connection: Connection, addresses: Collection[tuple[str, str]]
) -> list[tuple[int, str]]:
    """The rows of opt-outs that hold these addresses, lifted ones too, and the digest of each."""
    found: list[tuple[int, str]] = []
    for channel, address in sorted(addresses):
        clear, digest = forms(connection, channel, address)
        query = select(SUPPRESSIONS.c.id).where(
            SUPPRESSIONS.c.channel == channel, SUPPRESSIONS.c.address == clear
        )
        found += [(row_id, digest) for row_id in connection.execute(query).scalars()]
    return found


def _blind(connection: Connection, addresses: Collection[tuple[str, str]]) -> None:
    for row_id, digest in _opt_outs(connection, addresses):
        connection.execute(
            update(SUPPRESSIONS).where(SUPPRESSIONS.c.id == row_id).values(address=digest)
        )


def _record(person: Person, found: Found, by: str) -> AuditRecord:
    about = (CLIENT, person.client_id) if person.client_id else (ADDRESS, person.channel)
    account = {"account_id": person.account_id} if person.account_id else {}
    return AuditRecord(by, "erased", *about, detail={**asdict(found), **account})
