"""What people call a client or an invoice, and what the ledger knows it by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Select, select

from duebell.domain.books import Kind
from duebell.domain.circumstances import Paused
from duebell.domain.failures import NothingFound
from duebell.ledger import naming
from duebell.ledger.book_tables import SeenRecordRow
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.tables import DecisionRow

DECISIONS = DecisionRow.__table__  # type: ignore[attr-defined]
SEEN = SeenRecordRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Subject:
    """A client or an invoice: its FreshBooks id, and the number or name that people know it by."""

    id: str
    number: str = ""
    is_known: bool = True


def find(connection: Connection, kind: str, word: str) -> Subject:
    """What is meant by an id, a number with or without its zeros, or a name or a part of one.

    What the ledger has never heard of is given back as it is, and marked as unknown.

    Raises:
        NothingFound: if several are called so, with all of them.
    """
    exact = _exact(connection, kind, word)
    if exact.is_known or (kind == Paused.CLIENT and word.isdecimal()):
        return exact
    near = naming.find(connection, word, (kind,))
    if len(near) > 1:
        raise NothingFound(naming.candidates(word, [one.words for one in near]))
    return Subject(near[0].id, near[0].name) if near else exact


def _exact(connection: Connection, kind: str, word: str) -> Subject:
    if kind == Paused.INVOICE and (found := _by_number(connection, word)) is not None:
        return found
    seen_kind = Kind.INVOICE if kind == Paused.INVOICE else Kind.CLIENT
    column = "invoice_id" if kind == Paused.INVOICE else "client_id"
    questions: list[Select[tuple[int]]] = [
        select(SEEN.c.object_id).where(SEEN.c.kind == seen_kind.value, SEEN.c.object_id == word),
        select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c[column] == word),
    ]
    if kind == Paused.CLIENT:
        questions.append(select(DECISIONS.c.id).where(DECISIONS.c.client_id == word))
    is_known = any(connection.execute(one.limit(1)).first() is not None for one in questions)
    return Subject(word, is_known=is_known)


def _by_number(connection: Connection, word: str) -> Subject | None:
    """The newest invoice of this number; an id that is some other invoice's number is an id."""
    table = DECISIONS.c
    row = connection.execute(
        select(table.object_id, table.invoice_number)
        # In capitals, too: an index serves that, and numbers are written so.
        .where(table.invoice_number.in_({word, word.upper()}), table.event.startswith("invoice."))
        .order_by(table.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    is_id = select(SEEN.c.object_id).where(
        SEEN.c.kind == Kind.INVOICE.value, SEEN.c.object_id == word
    )
    if row.object_id != word and connection.execute(is_id.limit(1)).first() is not None:
        return None
    return Subject(row.object_id, row.invoice_number)
