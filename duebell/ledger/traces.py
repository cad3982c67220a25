"""What there is of a person: messages to them and about them, texts, addresses that opted out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from duebell.domain.delivery import NotificationStatus
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.erased_addresses import forms, is_erased
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import portions_of
from duebell.ledger.suppressions import SUPPRESSIONS
from duebell.people.comparable import comparable

_S = NotificationStatus

#: What stands where something was erased.
GONE = ""

_PERSONAL = (
    *("id", "account_id", "event", "object_id", "created_at", "channel", "status", "next_ask_at"),
    *("contact_key", "contact_name", "recipient", "diverted_to"),
)
#: What of a message says whose it is.
Message = Row[Any]


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


def messages_of(connection: Connection, person: Person) -> list[Message]:
    """All messages to the person, and those about the client to others."""
    return list(connection.execute(personal().where(_is_about(person))))


def personal() -> Select[Any]:
    """What of messages says whose they are, in the order of their ids."""
    return select(*(NOTIFICATIONS.c[name] for name in _PERSONAL)).order_by(NOTIFICATIONS.c.id)


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


def is_own(row: Message, person: Person) -> bool:
    """Whether it is to the person; staff that was told of a client keeps its address."""
    key = row.contact_key or ""
    return bool(person.address) or not key or key.startswith(("client:", "contact:"))


def addresses_of(
    connection: Connection, person: Person, own: Collection[Message]
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


def counted(
    connection: Connection,
    person: Person,
    rows: Collection[Message],
    mentions: Collection[Message],
) -> Found:
    """How much these messages, the words of others, and the person's addresses come to."""
    own = [row for row in rows if is_own(row, person)]
    texts = 0
    for portion in portions_of([row.id for row in (*rows, *mentions)]):
        is_of_one = ATTEMPTS.c.notification_id.in_(portion)
        query = select(func.count()).where(is_of_one, ATTEMPTS.c.body != GONE)
        texts += connection.execute(query).scalar_one()
    people = sum(bool(row.recipient or row.contact_name or row.diverted_to) for row in own)
    planned = sum(row.status == _S.PLANNED for row in own)
    opt_outs = opt_outs_of(connection, addresses_of(connection, person, own))
    return Found(people, texts, len(opt_outs), planned)


def opt_outs_of(
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
