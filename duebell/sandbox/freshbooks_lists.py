"""FreshBooks' lists: filtered once for all pages, and shifting between two of them on demand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

from duebell.sandbox.books import DELETED, Invoice
from duebell.sandbox.exchange import Call
from duebell.sandbox.faults import Faults
from duebell.sandbox.firm import Firm
from duebell.sandbox.freshbooks_filters import select
from duebell.sandbox.kinds import Kind
from duebell.sandbox.paging import page_of
from duebell.sandbox.scenarios import FRESHBOOKS
from duebell.sandbox.state import State
from duebell.sandbox.times import UPDATED
from duebell.sandbox.view import View

#: Lists that are kept. A poll reads the pages of one list after the other.
KEPT = 16

_SHIFTS = frozenset({"rows-shift", "rows-appear"})
_OF_A_PAGE = frozenset({"page", "per_page", "include[]"})

Key = tuple[object, ...]


class Lists:
    """The rows of list calls. A list is worked out again when the books or the day changed."""

    def __init__(self, state: State, faults: Faults) -> None:
        self._state = state
        self._faults = faults
        self._kept: OrderedDict[Key, tuple[int, list[Any]]] = OrderedDict()

    def page(
        self, firm: Firm, kind: Kind, call: Call, view: View
    ) -> tuple[Sequence[Any], dict[str, int]]:
        """The rows of the page that was asked for, and the numbers that stand beside them."""
        query = call.query()
        rows = self._rows(firm, kind, call, view)
        page, numbers = page_of(rows, query)
        if numbers["page"] > 1 and rows:
            fault = self._faults.take(FRESHBOOKS, _SHIFTS, firm.business.account_id)
            if fault:
                _shift(firm, kind, rows[0], fault, query.get("sort", ""))
                rows = self._rows(firm, kind, call, view)
                page, numbers = page_of(rows, query)
        return page, numbers

    def forget(self) -> None:
        """Work every list out anew, because settings changed or the books were replaced."""
        self._kept.clear()

    def _rows(self, firm: Firm, kind: Kind, call: Call, view: View) -> list[Any]:
        raw = call.scope["query_string"].decode("latin-1")
        pairs = parse_qsl(raw, keep_blank_values=True)
        wanted = [pair for pair in pairs if pair[0] not in _OF_A_PAGE]
        key = (firm.business.account_id, kind.noun, view.today, *wanted)
        changes, rows = self._kept.get(key, (-1, []))
        if changes != firm.books.changes:
            self._state.count("freshbooks.lists")
            every = firm.rows(kind.noun).values()
            rows = select(kind.noun, every, wanted, view, self._state.tunables)
            self._kept[key] = (firm.books.changes, rows)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return rows


def _shift(firm: Firm, kind: Kind, first: Any, fault: str, sort: str) -> None:
    if fault == "rows-shift":
        firm.change(kind.noun, first.id, {"vis_state": DELETED})
        return
    twin = replace(first, id=firm.books.next_id(kind.noun, kind.first_id))
    stamp = UPDATED[kind.noun]
    setattr(twin, stamp.field, stamp.write(firm.now()))
    if isinstance(twin, Invoice):
        twin.number = f"{twin.number}-{twin.id}"
        if sort == "invoice_date_asc":
            # So that it comes before the first.
            twin.create_date = str(date.fromisoformat(twin.create_date) - timedelta(days=1))
    firm.rows(kind.noun)[twin.id] = twin
    firm.books.changes += 1
