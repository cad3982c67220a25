"""Where each kind of record lives in the API, how its list is asked for, and what a page says.

FreshBooks ignores a filter that it does not know and answers 200 with everything, so rows must be
looked at again by whoever asked (https://www.freshbooks.com/api/parameters). Pure: no clock, no IO.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, urlencode

from duebell.domain.books import Kind, Page, Record
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks import purchases, reading, records
from duebell.providers.freshbooks.reading import Payload

#: FreshBooks takes more for this without a word.
PER_PAGE = 100

Search = Mapping[str, str | Sequence[str]]

#: What a log may hold of an id that may be anything.
_PLAIN_ID = re.compile(r"[A-Za-z0-9_\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Place:
    """A kind's path below the account, its key in lists, and how a row of it is read.

    ``is_gated`` kinds need a plan that includes them; FreshBooks then refuses as if the token were
    wrong.
    """

    path: str
    key: str
    read: Callable[[Payload, str], Record]
    is_gated: bool = False


PLACES: Mapping[Kind, Place] = MappingProxyType(
    {
        Kind.INVOICE: Place("invoices/invoices", "invoices", records.invoice_from),
        Kind.PAYMENT: Place("payments/payments", "payments", records.payment_from),
        Kind.CLIENT: Place("users/clients", "clients", records.client_from),
        Kind.BILL: Place("bills/bills", "bills", purchases.bill_from, is_gated=True),
        Kind.VENDOR: Place(
            "bill_vendors/bill_vendors", "bill_vendors", purchases.vendor_from, is_gated=True
        ),
        Kind.EXPENSE: Place("expenses/expenses", "expenses", purchases.expense_from),
    }
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that is not what FreshBooks documents: its id where it has one, and what is wrong."""

    id: str
    reason: str


def list_query(page: int, search: Search, sort: str, includes: Sequence[str]) -> str:
    """The query of a list, with brackets and values percent-encoded.

    A filter with several values is written once for each, as ``search[name][]``.
    """
    pairs = [("page", str(page)), ("per_page", str(PER_PAGE))]
    for name, value in search.items():
        if isinstance(value, str):
            pairs.append((f"search[{name}]", value))
        else:
            pairs.extend((f"search[{name}][]", one) for one in value)
    if sort:
        pairs.append(("sort", sort))
    query = urlencode(pairs, quote_via=quote)
    return f"{query}&{include_query(includes)}" if includes else query


def include_query(includes: Sequence[str]) -> str:
    """The query that asks for what FreshBooks leaves out of a record otherwise."""
    return urlencode([("include[]", include) for include in includes], quote_via=quote)


def page_from(payload: Payload, account_id: str, kind: Kind) -> tuple[Page, tuple[Unread, ...]]:
    """Read a page of a list, and which of its rows could not be read.

    Raises:
        RequestRefused: where it is no page of this kind. A page without its numbers cannot be told
            from the last one, so that rows would be missed without a word.
    """
    place, result = PLACES[kind], reading.result_in(payload)
    rows = result.get(place.key)
    if not isinstance(rows, list):
        raise reading.lacking("list", place.key)
    found, unread = _rows(rows, account_id, place)
    page = Page(
        records=tuple(found),
        number=reading.count(result, "list", "page"),
        pages=reading.count(result, "list", "pages"),
        total=reading.count(result, "list", "total"),
        unreadable=len(unread),
    )
    return page, tuple(unread)


def _rows(rows: list[object], account_id: str, place: Place) -> tuple[list[Record], list[Unread]]:
    found: list[Record] = []
    unread: list[Unread] = []
    for row in rows:
        if not isinstance(row, Mapping):
            unread.append(Unread("", "The row is no record."))
            continue
        try:
            found.append(place.read(row, account_id))
        except RequestRefused as failure:
            unread.append(Unread(_plain_id(row), str(failure)))
    return found, unread


def _plain_id(row: Payload) -> str:
    id = reading.optional_identifier(row, "id", "vendorid")
    return id if _PLAIN_ID.fullmatch(id) else ""
