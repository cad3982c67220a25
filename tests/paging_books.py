"""FreshBooks' lists held in memory, with the freedom to move rows between any two pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from duebell.domain.books import Bill, Client, Expense, Invoice, Kind, Page, Payment, Record, Vendor
from duebell.domain.failures import ProviderError, RecordGone
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.wording.sample_records import SAMPLE_CLIENT, SAMPLE_VENDOR

PER_PAGE = 3

RecordT = TypeVar("RecordT", bound=Record)


def _nothing() -> None:
    return


class PagingBooks(FreshBooksClient):
    """FreshBooks' client as far as lists and single records go.

    ``rows`` are the lists, in order; ``search`` is ignored unless ``filters`` knows the word.
    ``between`` is called before every page but the first of a list.
    """

    def __init__(self) -> None:
        self.rows: dict[Kind, list[Record]] = defaultdict(list)
        self.deleted: dict[Kind, list[Record]] = defaultdict(list)
        self.filters: dict[str, Callable[[Record, str], bool]] = {}
        self.refusals: dict[Kind, ProviderError] = {}
        self.between: Callable[[], None] = _nothing
        self.unreadable = 0
        self.asked: list[tuple[Kind, int, dict[str, object]]] = []

    async def list_page(
        self,
        account_id: str,
        kind: Kind,
        page: int,
        search: Mapping[str, str | Sequence[str]] = {},
        sort: str = "",
        includes: Sequence[str] = (),
    ) -> Page:
        """One page of a list as it is at this moment."""
        self.asked.append((kind, page, dict(search)))
        if kind in self.refusals:
            raise self.refusals[kind]
        if page > 1:
            self.between()
        found = [row for row in self._listed(kind, search) if row.account_id == account_id]
        first, total = (page - 1) * PER_PAGE, len(found) + self.unreadable
        pages = -(-total // PER_PAGE)
        return Page(tuple(found[first : first + PER_PAGE]), page, pages, total, self.unreadable)

    def _listed(self, kind: Kind, search: Mapping[str, str | Sequence[str]]) -> list[Record]:
        found = self.deleted[kind] if search.get("vis_state") == "1" else self.rows[kind]
        for name, value in search.items():
            if name in self.filters:
                found = [row for row in found if self.filters[name](row, str(value))]
        return list(found)

    async def close(self) -> None:
        """Nothing is open."""

    # -- single records

    async def invoice(self, account_id: str, id: str, *, in_full: bool = False) -> Invoice:
        """An invoice as it is now."""
        return self._find(Kind.INVOICE, id, Invoice)

    async def payment(self, account_id: str, id: str) -> Payment:
        """A payment as it is now."""
        return self._find(Kind.PAYMENT, id, Payment)

    async def client(self, account_id: str, id: str, *, with_reminders: bool = False) -> Client:
        """A client as it is now; the client of all invoices."""
        try:
            return self._find(Kind.CLIENT, id, Client)
        except RecordGone:
            return replace(SAMPLE_CLIENT, account_id=account_id, id=id)

    async def bill(self, account_id: str, id: str) -> Bill:
        """A bill as it is now."""
        return self._find(Kind.BILL, id, Bill)

    async def vendor(self, account_id: str, id: str) -> Vendor:
        """A vendor as it is now; the vendor of all bills."""
        try:
            return self._find(Kind.VENDOR, id, Vendor)
        except RecordGone:
            return replace(SAMPLE_VENDOR, account_id=account_id, id=id)

    async def expense(self, account_id: str, id: str) -> Expense:
        """An expense as it is now."""
        return self._find(Kind.EXPENSE, id, Expense)

    def _find(self, kind: Kind, id: str, of_type: type[RecordT]) -> RecordT:
        for row in (*self.rows[kind], *self.deleted[kind]):
            if row.id == id:
                assert isinstance(row, of_type)
                return row
        raise RecordGone
