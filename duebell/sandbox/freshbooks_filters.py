"""Which list filters FreshBooks knows. Whatever is not here is ignored without a word.

https://www.freshbooks.com/api/parameters, and what the live interface was seen to do: on invoices
``status``, ``statusid``, ``payment_status`` and ``create_date_min`` are no filters.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from duebell.sandbox.exchange import Call
from duebell.sandbox.freshbooks_wire import v3_status
from duebell.sandbox.state import Client, Invoice, Payment

Test = Callable[[Any, str], bool]

_INVOICE: dict[str, Test] = {
    "customerid": lambda row, word: str(row.client_id) == word,
    "date_min": lambda row, word: row.create_date >= word,
    "date_max": lambda row, word: row.create_date <= word,
    # Of a time, only the day counts; the upper end is not included.
    "updated_min": lambda row, word: row.version[:10] >= word[:10],
    "updated_max": lambda row, word: row.version[:10] < word[:10],
}
_CLIENT: dict[str, Test] = {
    "email": lambda row, word: row.email == word,
    "fname_like": lambda row, word: word.lower() in row.fname.lower(),
    "organization_like": lambda row, word: word.lower() in row.organization.lower(),
    "updated_min": lambda row, word: row.updated[:10] >= word[:10],
    "updated_max": lambda row, word: row.updated[:10] < word[:10],
}
_PAYMENT: dict[str, Test] = {
    "invoiceid": lambda row, word: str(row.invoice_id) == word,
    "clientid": lambda row, word: str(row.client_id) == word,
    "date_min": lambda row, word: row.date >= word,
    "date_max": lambda row, word: row.date <= word,
    "updated_min": lambda row, word: row.updated[:10] >= word[:10],
    "updated_max": lambda row, word: row.updated[:10] < word[:10],
}


def _searches(call: Call) -> list[tuple[str, str]]:
    return [
        (key[len("search[") : -1], value)
        for key, value in call.query().items()
        if key.startswith("search[") and key.endswith("]")
    ]


def _select(rows: list[Any], tests: dict[str, Test], call: Call) -> list[Any]:
    searches = _searches(call)
    wanted = dict(searches).get("vis_state")
    # Active and archived ones unless deleted ones are asked for.
    kinds = (0, 2) if wanted is None else (int(wanted) if wanted.isdecimal() else -1,)
    rows = [row for row in rows if row.vis_state in kinds]
    for name, word in searches:
        if name in tests:
            rows = [row for row in rows if tests[name](row, word)]
    return rows


def select_invoices(rows: list[Invoice], call: Call, today: date) -> list[Invoice]:
    """The invoices a list call gets: newest first, or by date where that was asked for."""
    rows = _select(rows, _INVOICE, call)
    customers = call.query_list("search[customerids][]")
    if customers:
        rows = [row for row in rows if str(row.client_id) in customers]
    word = dict(_searches(call)).get("v3_status")
    if word is not None:
        rows = [row for row in rows if v3_status(row, today) == word]
    sort = call.query().get("sort")
    if sort in ("invoice_date_asc", "invoice_date_desc"):
        is_descending = sort.endswith("desc")
        return sorted(rows, key=lambda row: (row.create_date, row.id), reverse=is_descending)
    return rows[::-1]


def select_clients(rows: list[Client], call: Call) -> list[Client]:
    """The clients a list call gets."""
    return _select(rows, _CLIENT, call)


def select_payments(rows: list[Payment], call: Call) -> list[Payment]:
    """The payments a list call gets, newest first."""
    return _select(rows, _PAYMENT, call)[::-1]
