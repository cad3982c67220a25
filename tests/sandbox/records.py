"""Where each kind of record is, and how to read one."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.program import BOOKS, result_of

#: Noun -> its address below an account.
PATHS = {
    "invoice": "invoices/invoices",
    "client": "users/clients",
    "payment": "payments/payments",
    "bill": "bills/bills",
    "bill_vendor": "bill_vendors/bill_vendors",
    "expense": "expenses/expenses",
}
#: Noun -> its name in the control interface.
TABLES = {
    "invoice": "invoices",
    "client": "clients",
    "payment": "payments",
    "bill": "bills",
    "bill_vendor": "vendors",
    "expense": "expenses",
}


def one(books: httpx.Client, noun: str, number: int, **query: Any) -> dict[str, Any]:
    """A record as FreshBooks shows it."""
    found = result_of(books.get(f"{BOOKS}/{PATHS[noun]}/{number}", params=query))
    record: dict[str, Any] = found[noun]
    return record
