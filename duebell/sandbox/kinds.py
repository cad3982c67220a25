"""The kinds of records: their nouns, addresses, keys and scopes.

https://www.freshbooks.com/api/webhooks has the nouns, https://www.freshbooks.com/api/start the
addresses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of record. ``id_field`` is what an error about an unknown one names."""

    noun: str
    table: str
    path: str
    key: str
    list_key: str
    id_field: str
    scope: str
    first_id: int
    needs_payables: bool = False


KINDS = (
    Kind("invoice", "invoices", "invoices/invoices", "invoice", "invoices", "invoiceid",
         "user:invoices:read", 1001),
    Kind("client", "clients", "users/clients", "client", "clients", "userid",
         "user:clients:read", 20001),
    Kind("payment", "payments", "payments/payments", "payment", "payments", "paymentid",
         "user:payments:read", 5001),
    Kind("bill", "bills", "bills/bills", "bill", "bills", "billid",
         "user:bills:read", 40001, needs_payables=True),
    Kind("bill_vendor", "vendors", "bill_vendors/bill_vendors", "bill_vendor", "bill_vendors",
         "vendorid", "user:bill_vendors:read", 30001, needs_payables=True),
    Kind("expense", "expenses", "expenses/expenses", "expense", "expenses", "expenseid",
         "user:expenses:read", 70001),
)  # fmt: skip

BY_NOUN = {kind.noun: kind for kind in KINDS}
BY_TABLE = {kind.table: kind for kind in KINDS}
BY_PATH = {kind.path: kind for kind in KINDS}

PROFILE_SCOPE = "user:profile:read"

#: Noun of a webhook -> the scope that subscribing to it needs.
NOUN_SCOPES = {
    **{kind.noun: kind.scope for kind in KINDS},
    "category": "user:expenses:read",
    "credit_note": "user:credit_notes:read",
    "estimate": "user:estimates:read",
    "item": "user:billable_items:read",
    "project": "user:projects:read",
    "recurring": "user:invoices:read",
    "service": "user:billable_items:read",
    "tax": "user:taxes:read",
    "time_entry": "user:time_entries:read",
}

#: Every scope that the application may ask for.
SCOPES = frozenset({PROFILE_SCOPE, "user:bill_payments:read", *NOUN_SCOPES.values()})

_VERBS = ("create", "update", "delete")
EVENTS = frozenset(
    {
        *NOUN_SCOPES,
        *(f"{noun}.{verb}" for noun in NOUN_SCOPES for verb in _VERBS),
        *("invoice.sendByEmail", "estimate.sendByEmail"),
    }
)
