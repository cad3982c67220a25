"""Messages to others that may name a person: what staff is told of failures, and of a vendor.

A digest of failures names the first of them, and which ones it was made of is not known for good:
it is forgotten once they are sent again. So of an account in which there is anything of a person,
the words of all digests since count as theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_

from duebell.domain.books import Kind
from duebell.ledger.failures import FAILED
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import portions_of
from duebell.ledger.traces import Message, Person, personal

_TABLE = NOTIFICATIONS.c
#: The books number their records; what Duebell itself tells is known by words, and is found by them
#: without reading all messages of an account.
_FIRST_LETTER = "a"


def mentions_of(connection: Connection, person: Person, rows: Collection[Message]) -> list[Message]:
    """The messages to others whose words may name the person to whom ``rows`` are."""
    found = list(_digests(connection, rows))
    if person.address:
        found += _about_vendors(connection, rows)
    known = {row.id for row in rows}
    return sorted({row.id: row for row in found if row.id not in known}.values(), key=_id_of)


def _id_of(row: Message) -> str:
    return str(row.id)


def _digests(connection: Connection, rows: Iterable[Message]) -> Iterator[Message]:
    for account_id, since in _first_told(rows).items():
        is_own = and_(_TABLE.account_id == account_id, _TABLE.object_id > _FIRST_LETTER)
        is_later = and_(_TABLE.event == FAILED, _TABLE.created_at >= since)
        yield from connection.execute(personal().where(is_own, is_later))


def _first_told(rows: Iterable[Message]) -> Mapping[str, datetime]:
    """Since when there is anything of the person, by account."""
    found: dict[str, datetime] = {}
    for row in rows:
        found[row.account_id] = min(row.created_at, found.get(row.account_id, row.created_at))
    return found


def _about_vendors(connection: Connection, rows: Iterable[Message]) -> Iterator[Message]:
    """What others were told of a vendor, and of the bills of which the vendor was told as well."""
    subjects: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    for row in rows:
        noun, _, id_ = (row.contact_key or "").partition(":")
        if noun == "vendor":
            subjects[row.account_id, Kind.VENDOR].add(id_)
            if row.event.startswith(f"{Kind.BILL}."):
                subjects[row.account_id, Kind.BILL].add(row.object_id)
    for (account_id, kind), ids in subjects.items():
        is_theirs = and_(_TABLE.account_id == account_id, _TABLE.event.startswith(f"{kind}."))
        for portion in portions_of(ids):
            yield from connection.execute(
                personal().where(is_theirs, _TABLE.object_id.in_(portion))
            )
