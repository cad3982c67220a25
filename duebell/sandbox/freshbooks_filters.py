"""Which list filters FreshBooks knows. Whatever is not here is ignored without a word.

https://www.freshbooks.com/api/parameters, and what the live interface was seen to do: on invoices
``status``, ``statusid``, ``payment_status`` and ``create_date_min`` are no filters; on bill
vendors none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from duebell.sandbox.invoice_wire import v3_status
from duebell.sandbox.money_wire import bill_status
from duebell.sandbox.times import UPDATED
from duebell.sandbox.tunables import Tunables
from duebell.sandbox.view import View

Row = Any
Test = Callable[[Row], bool]
#: Makes a test out of the values that were sent.
Filter = Callable[[list[str]], Test]


def _equals(field: str) -> Filter:
    return lambda words: lambda row: str(getattr(row, field)) == words[-1]


def _like(field: str) -> Filter:
    return lambda words: lambda row: words[-1].lower() in getattr(row, field).lower()


def _one_of(field: str) -> Filter:
    return lambda words: lambda row: str(getattr(row, field)) in words


def _from(field: str) -> Filter:
    # Of a time, only the day counts.
    return lambda words: lambda row: getattr(row, field)[:10] >= words[-1][:10]


def _to(field: str) -> Filter:
    return lambda words: lambda row: getattr(row, field)[:10] <= words[-1][:10]


def _below(field: str) -> Filter:
    return lambda words: lambda row: getattr(row, field)[:10] < words[-1][:10]


_FILTERS: dict[str, dict[str, Filter]] = {
    "invoice": {
        "customerid": _equals("client_id"),
        "customerids][": _one_of("client_id"),
        "date_min": _from("create_date"),
        "date_max": _to("create_date"),
    },
    "client": {
        "email": _equals("email"),
        "fname_like": _like("fname"),
        "organization_like": _like("organization"),
    },
    "payment": {
        "invoiceid": _equals("invoice_id"),
        "clientid": _equals("client_id"),
        "date_min": _from("date"),
        "date_max": _to("date"),
    },
    "bill": {"vendorid": _equals("vendor_id")},
    "expense": {
        "clientid": _equals("client_id"),
        "projectid": _equals("project_id"),
        "categoryid": _equals("category_id"),
        "date_min": _from("date"),
        "date_max": _to("date"),
    },
}


def select(
    noun: str, rows: Iterable[Row], pairs: list[tuple[str, str]], view: View, tunables: Tunables
) -> list[Row]:
    """The rows that a list call with these query parameters gets, in the order it gets them."""
    searches = _searches(pairs)
    tests = [] if noun == "bill_vendor" else _tests(noun, searches, view, tunables)
    kinds: tuple[int, ...] = (0, 2)
    if noun != "bill_vendor" and "vis_state" in searches:
        # Active and archived ones unless deleted ones are asked for.
        kinds = _visible(searches["vis_state"][-1])
    found = [row for row in rows if row.vis_state in kinds]
    for test in tests:
        found = [row for row in found if test(row)]
    return _sorted(noun, found, dict(pairs).get("sort", ""))


def _searches(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    # A list is written search[name][]=value; the inner brackets stay part of the name.
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        if key.startswith("search[") and key.endswith("]"):
            found.setdefault(key[len("search[") : -1], []).append(value)
    return found


def _visible(word: str) -> tuple[int, ...]:
    return (int(word),) if word.isdecimal() else ()


def _tests(noun: str, searches: dict[str, list[str]], view: View, tunables: Tunables) -> list[Test]:
    filters = dict(_FILTERS[noun])
    if noun in tunables.updated_min_kinds.split(","):
        # The upper end is not included.
        filters["updated_min"] = _from(UPDATED[noun].field)
        filters["updated_max"] = _below(UPDATED[noun].field)
    if noun == "invoice" and tunables.v3_status_honoured:
        filters["v3_status"] = lambda words: (
            lambda row: v3_status(row, view.today, view.partial_says_overdue) == words[-1]
        )
    if noun == "bill":
        filters["statuses]["] = lambda words: lambda row: bill_status(row, view.today) in words
    return [filters[name](words) for name, words in searches.items() if name in filters]


def _sorted(noun: str, rows: list[Row], sort: str) -> list[Row]:
    if noun == "invoice" and sort in ("invoice_date_asc", "invoice_date_desc"):
        is_descending = sort.endswith("desc")
        return sorted(rows, key=lambda row: (row.create_date, row.id), reverse=is_descending)
    # Newest first, but people in the order in which they were entered.
    return rows if noun in ("client", "bill_vendor") else rows[::-1]
