"""People who work in a firm's books: they make records, change them and delete them.

Each act gives the callback events that FreshBooks announces it by, with the id of the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from duebell.domain.books import Kind, Money, Record, kind_of
from tests.integration.services.books_in_memory import RememberingBooks
from tests.unit.domain.scenes import MAKERS

#: An event that FreshBooks announces, and the record that it is about.
News = tuple[str, str]

RecordT = TypeVar("RecordT", bound=Record)


class People:
    """Whoever works in the books of one account. Payments may be entered days late."""

    def __init__(self, books: RememberingBooks, zone: ZoneInfo, random: Random) -> None:
        self.books = books
        self.random = random
        self._zone = zone
        self._ids = count(1)

    # -- what all acts are made of

    @property
    def today(self) -> date:
        """The calendar day of the business."""
        return self.books.clock().astimezone(self._zone).date()

    def make(self, kind: Kind, **fields: Any) -> Iterator[News]:
        """A record is made."""
        id_ = str(next(self._ids))
        values = {"account_id": self.books.account_id, "id": id_, **fields}
        if kind in (Kind.INVOICE, Kind.CLIENT, Kind.BILL, Kind.VENDOR):
            values["created_at"] = self.books.clock().replace(microsecond=0)
        self.books.put(MAKERS[kind](**values))
        yield f"{kind}.create", id_

    def change(self, record: Record, **fields: Any) -> Iterator[News]:
        """A record is changed."""
        self.books.put(replace(record, **fields))
        yield f"{kind_of(record)}.update", record.id

    def remove(self, record: Record) -> Iterator[News]:
        """A record is deleted, archived, or brought back."""
        kind = kind_of(record)
        if not record.is_active:
            if getattr(record, "is_draft", False):
                return  # whoever saw it deleted thinks it was never issued, and others do not
            self.books.archived.discard((kind, record.id))
            yield from self.change(record, is_active=True)
            return
        if kind is not Kind.PAYMENT and self.random.random() < 0.3:
            self.books.archived.add((kind, record.id))
        self.books.put(replace(record, is_active=False))
        yield f"{kind}.delete", record.id
        yield f"{kind}.update", record.id

    def pick(self, kind: Kind, of_type: type[RecordT], **wanted: object) -> RecordT | None:
        """A record of a kind that is like this, newer ones more often than older ones."""
        found = [
            record
            for record in self.books.now(kind, of_type)
            if all(getattr(record, name) == value for name, value in wanted.items())
        ]
        return found[max(self.random.randrange(len(found)) for _ in "ab")] if found else None

    def usd(self) -> Money:
        """One of a few amounts, so that changes are often taken back."""
        return Money(Decimal(self.random.choice((10, 20, 30))), "USD")
