"""From what people call something to what the ledger knows it by: an id, a number, a name.

Names of clients and vendors stand in messages alone, so only who was told something has one here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from duebell.domain.books import Kind
from duebell.domain.calling import ID_PREFIX, called
from duebell.domain.events import kind_of_event
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.plans import DECISIONS
from duebell.ledger.seen import SEEN
from duebell.wording.plain_text import clean_value

#: The kind of what is no record: a message.
NOTIFICATION = "notification"

#: How many numbers and names are looked through where nothing is called just so.
MOST_LOOKED_AT = 20_000
_LEAST_LETTERS = 8
_MOST_NAMED = 10
_NUMBERED = (Kind.INVOICE, Kind.BILL)
#: Who stands behind the keys of contacts.
_PEOPLE: Mapping[str, Kind] = {
    "client": Kind.CLIENT,
    "contact": Kind.CLIENT,
    "vendor": Kind.VENDOR,
}


@dataclass(frozen=True, slots=True)
class Named:
    """Something that the ledger knows: a record, or a message. ``name`` is its number or name."""

    kind: str
    id: str
    name: str = ""

    @property
    def words(self) -> str:
        """What people may call it."""
        noun = "vendor" if self.kind == Kind.VENDOR else self.kind
        return f"{noun} {self.name} ({self.id})" if self.name else f"{noun} {self.id}"


def find(connection: Connection, word: str, kinds: Collection[str]) -> list[Named]:
    """What may be meant by a word, of these kinds; nothing where nothing is."""
    exact = [*_records(connection, word), *_clients(connection, word)]
    exact += _messages(connection, word)
    if found := _once(exact, kinds):
        return found
    known = _numbers(connection, word) | _names(connection)
    return called(word, {one: names for one, names in known.items() if one.kind in kinds})


def candidates(word: str, found: Iterable[str]) -> str:
    """A sentence with what may be meant by a word, one in each line."""
    listed = [f"  {clean_value(one)}" for one in sorted(found)]
    more = [f"  and {len(listed) - _MOST_NAMED} more"] if len(listed) > _MOST_NAMED else []
    shown = "\n".join([*listed[:_MOST_NAMED], *more])
    return f"Several may be meant by “{clean_value(word)}”; name one by its id:\n{shown}"


def all_names(connection: Connection, kinds: Collection[str]) -> list[str]:
    """Every number and name that is known, for asking what was meant."""
    known = _numbers(connection, "") | _names(connection)
    return sorted({name for one, names in known.items() if one.kind in kinds for name in names})


def _once(found: Iterable[Named], kinds: Collection[str]) -> list[Named]:
    """Each thing once, with its name if it is known."""
    best: dict[tuple[str, str], Named] = {}
    for one in found:
        if one.kind in kinds and (one.name or (one.kind, one.id) not in best):
            best[one.kind, one.id] = one
    return list(best.values())


def _records(connection: Connection, word: str) -> Iterator[Named]:
    """The records of this id or number."""
    table, message = DECISIONS.c, NOTIFICATIONS.c
    # All questions go by an index; numbers are written in capitals.
    spelt = {word, word.upper()}
    is_told = or_(message.invoice_id == word, message.invoice_number.in_(spelt))
    yield from _told(connection, is_told)
    is_it = or_(table.object_id == word, table.invoice_number.in_(spelt))
    # Payments have the number of what they pay, and are not called by it.
    yield from (
        one for one in _numbered(connection, is_it) if one.id == word or one.kind in _NUMBERED
    )
    kinds = select(SEEN.c.kind).where(SEEN.c.object_id == word).distinct()
    yield from (Named(kind, word) for kind in connection.execute(kinds).scalars())


def _numbered(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Named]:
    table = DECISIONS.c
    noun_rows = connection.execute(
        select(table.event, table.object_id, table.invoice_number)
        .where(condition)
        .distinct()
        .limit(MOST_LOOKED_AT)
    )
    for event, object_id, number in noun_rows:
        if (kind := kind_of_event(event)) is not None:
            yield Named(kind.value, object_id, (number or "") if kind in _NUMBERED else "")


def _told(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Named]:
    """The invoices and bills that messages are about: these outlive what was decided."""
    table = NOTIFICATIONS.c
    rows = connection.execute(
        select(table.event, table.object_id, table.invoice_id, table.invoice_number)
        .where(condition)
        .distinct()
        .limit(MOST_LOOKED_AT)
    )
    for event, object_id, invoice_id, number in rows:
        kind = Kind.INVOICE if invoice_id else kind_of_event(event)
        if kind in _NUMBERED:
            yield Named(kind.value, invoice_id or object_id, number or "")


def _clients(connection: Connection, word: str) -> Iterator[Named]:
    for table in (NOTIFICATIONS, DECISIONS):
        query = select(table.c.client_id).where(table.c.client_id == word).limit(1)
        yield from (Named(Kind.CLIENT.value, word) for _ in connection.execute(query))
    names = select(NOTIFICATIONS.c.contact_name).where(
        NOTIFICATIONS.c.client_id == word, NOTIFICATIONS.c.contact_key == f"client:{word}"
    )
    newest = names.order_by(NOTIFICATIONS.c.created_at.desc()).limit(1)
    yield from (Named(Kind.CLIENT.value, word, name) for (name,) in connection.execute(newest))


def _messages(connection: Connection, word: str) -> Iterator[Named]:
    """Messages by our id, or the first letters of it, or by the provider's."""
    table = NOTIFICATIONS.c
    is_it = or_(table.id == word, table.provider_id == word)
    if len(word) >= _LEAST_LETTERS:
        begins = (table.id.startswith(one, autoescape=True) for one in (word, ID_PREFIX + word))
        is_it = or_(is_it, *begins)
    of_attempt = select(ATTEMPTS.c.notification_id).where(ATTEMPTS.c.provider_id == word)
    for query in (select(table.id).where(is_it).limit(MOST_LOOKED_AT), of_attempt):
        yield from (Named(NOTIFICATION, id_) for id_ in connection.execute(query).scalars())


def _numbers(connection: Connection, word: str) -> dict[Named, list[str]]:
    """Invoices and bills by number; of a word with digits, those that end in these."""
    digits = word[len(word.rstrip("0123456789")) :].lstrip("0")
    told = _told(connection, _ends_in(NOTIFICATIONS.c.invoice_number, digits))
    decided = _numbered(connection, _ends_in(DECISIONS.c.invoice_number, digits))
    found = _once(chain(told, decided), _NUMBERED)
    return {one: [one.name] for one in found if one.name}


def _ends_in(number: ColumnElement[str | None], digits: str) -> ColumnElement[bool]:
    is_there = and_(number.is_not(None), number != "")
    return and_(is_there, number.endswith(digits, autoescape=True)) if digits else is_there


def _names(connection: Connection) -> dict[Named, list[str]]:
    """Clients and vendors by the names that people of theirs were told by."""
    table = NOTIFICATIONS.c
    found: dict[tuple[Kind, str], list[str]] = {}
    rows = connection.execute(
        select(table.contact_key, table.client_id, table.contact_name)
        .where(table.contact_name != "", table.contact_key.is_not(None))
        .group_by(table.contact_key, table.client_id, table.contact_name)
        .order_by(func.max(table.created_at).desc())
        .limit(MOST_LOOKED_AT)
    )
    for key, client_id, name in rows:
        noun, _, id_ = key.partition(":")
        if (kind := _PEOPLE.get(noun)) is not None:
            names = found.setdefault((kind, client_id if noun == "contact" else id_), [])
            # What it is called by itself stands before the names of its people.
            names.insert(len(names) if noun == "contact" else 0, name)
    return {Named(kind.value, id_, names[0]): names for (kind, id_), names in found.items() if id_}
