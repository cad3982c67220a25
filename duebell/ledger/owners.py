"""Whose an address is, as far as messages tell: people, whom suppressions only know by addresses.

Nothing is asked of FreshBooks, and of an erased person nothing is known any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, func, select

from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.erased_addresses import is_erased
from duebell.ledger.failures import client_names
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import rows_among
from duebell.people.comparable import comparable

#: An address on a channel, in the form in which addresses are compared.
Place = tuple[str, str]

_TABLE = NOTIFICATIONS.c
_WHO = tuple(_TABLE[name] for name in ("contact_key", "contact_name", "client_id", "audience"))
_NEWEST = (func.max(_TABLE.id).label("id"), func.max(_TABLE.created_at).label("created_at"))
_CONTACT, _CLIENT, _VENDOR = "contact", "client", "vendor"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who was written to at an address: a ``client``, a ``contact`` of one, a ``vendor``, or
    somebody of the firm (``staff``). ``id`` is the client's or vendor's, or the audience.
    """

    kind: str
    id: str
    name: str = ""
    client: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What tells two owners apart: a client or vendor may have had another name before."""
        is_record = self.kind in (_CLIENT, _VENDOR)
        return (self.kind, self.id) if is_record else (self.kind, self.id, self.name)

    @property
    def words(self) -> str:
        """As people call them."""
        if self.kind == _CONTACT:
            of = f"client {self.client} ({self.id})" if self.client else f"client {self.id}"
            return f"{self.name or 'a contact'} of {of}"
        noun = f"{self.kind} " if self.kind in (_CLIENT, _VENDOR) else ""
        return f"{noun}{self.name} ({self.id})" if self.name else f"{noun}{self.id}"


def owners(connection: Connection, places: Collection[Place]) -> Mapping[Place, Sequence[Owner]]:
    """Who is known to be behind these addresses; the one who was written to last comes first."""
    wanted = {place for place in places if not is_erased(place[1])}
    found = _by_attempts(connection, wanted)
    # Who was never written to may have been meant to be; there is no index on these, so it is asked
    # for the rest only.
    found += _by_messages(connection, wanted - {place for place, _ in found})
    names = client_names(connection, [row for _, row in found])
    people: dict[Place, dict[tuple[str, ...], Owner]] = defaultdict(dict)
    for place, row in sorted(found, key=lambda one: one[1]["created_at"], reverse=True):
        if owner := _owner(row, names):
            people[place].setdefault(owner.key, owner)
    return {place: list(known.values()) for place, known in people.items()}


_Known = tuple[Place, RowMapping]


def _by_attempts(connection: Connection, wanted: Collection[Place]) -> list[_Known]:
    query = (
        select(ATTEMPTS.c.channel, ATTEMPTS.c.recipient, *_WHO, *_NEWEST)
        .join(NOTIFICATIONS, _TABLE.id == ATTEMPTS.c.notification_id)
        # Where safe mode sent it is nobody's own address.
        .where(_TABLE.diverted_to.is_(None))
        .group_by(ATTEMPTS.c.channel, ATTEMPTS.c.recipient, *_WHO)
    )
    rows = rows_among(connection, query, ATTEMPTS.c.recipient, {one for _, one in wanted})
    return _placed(rows, wanted)


def _by_messages(connection: Connection, wanted: Collection[Place]) -> list[_Known]:
    query = select(_TABLE.channel, _TABLE.recipient, *_WHO, *_NEWEST)
    query = query.group_by(_TABLE.channel, _TABLE.recipient, *_WHO)
    in_lower = func.lower(_TABLE.recipient)
    return _placed(rows_among(connection, query, in_lower, {one for _, one in wanted}), wanted)


def _placed(rows: Iterable[Row[Any]], wanted: Collection[Place]) -> list[_Known]:
    found = []
    for row in rows:
        channel, address = row[0], row[1]
        if (place := (channel, comparable(channel, address))) in wanted:
            found.append((place, row._mapping))
    return found


def _owner(row: RowMapping, names: Mapping[str, str]) -> Owner | None:
    noun, _, id_ = str(row["contact_key"] or "").partition(":")
    client_id, name = str(row["client_id"] or ""), str(row["contact_name"] or "")
    if noun in (_CLIENT, _VENDOR):
        return Owner(noun, id_, name)
    if noun == _CONTACT:
        known = names.get(str(row["id"]), "")
        return Owner(_CONTACT, client_id, name, known if known != client_id else "")
    return Owner("staff", str(row["audience"]), name) if row["audience"] else None
