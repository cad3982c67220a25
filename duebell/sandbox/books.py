"""The records of one account as the sandbox keeps them: plain values, written to the state file.

Amounts are decimal strings, days are ISO days. Timestamps are written as FreshBooks writes them,
without a zone; ``times.py`` knows which are US/Eastern and which are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: 0 active, 1 deleted, 2 archived.
DELETED = 1


@dataclass
class Client:
    """A client of the firm, by FreshBooks' field names; phones are free text, as people type them.

    ``in_rotation``: new invoices without a named client may go to this one.
    """

    id: int
    fname: str
    lname: str
    organization: str
    email: str
    mob_phone: str
    bus_phone: str
    home_phone: str
    p_city: str
    p_country: str
    language: str
    currency_code: str
    signup_date: str
    updated: str
    p_street: str = ""
    p_province: str = ""
    p_code: str = ""
    vis_state: int = 0
    in_rotation: bool = True
    contacts: list[dict[str, Any]] = field(default_factory=list)
    late_reminders: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Invoice:
    """An invoice. ``word`` is what a person did with it; paid and overdue follow from the rest.

    An empty ``due_date`` is none.
    """

    id: int
    number: str
    client_id: int
    word: str
    create_date: str
    due_date: str
    amount: str
    outstanding: str
    currency: str
    language: str
    organization: str
    created_at: str
    version: str
    vis_state: int = 0
    description: str = "Bookkeeping"
    po_number: str = ""
    auto_bill: bool = False
    autobill_status: str = ""
    deposit_status: str = "none"
    date_paid: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Payment:
    """Money that came in for an invoice, or a credit; ``invoice_id`` 0 is a payment for none."""

    id: int
    invoice_id: int
    client_id: int
    amount: str
    currency: str
    date: str
    updated: str
    type: str = "Check"
    vis_state: int = 0
    credit_id: int = 0
    overpayment_id: int = 0
    bulk_id: int = 0
    from_credit: bool = False
    note: str = ""


@dataclass
class Bill:
    """A bill that the firm has to pay; its status follows from money and calendar."""

    id: int
    number: str
    vendor_id: int
    issue_date: str
    due_date: str
    amount: str
    tax: str
    outstanding: str
    currency: str
    language: str
    created_at: str
    updated_at: str
    category: str = "Equipment"
    description: str = "Supplies"
    vis_state: int = 0


@dataclass
class Vendor:
    """Somebody whom the firm owes money, by FreshBooks' field names.

    ``in_rotation``: new bills without a named vendor may come from this one.
    """

    id: int
    vendor_name: str
    primary_contact_first_name: str
    primary_contact_last_name: str
    primary_contact_email: str
    phone: str
    city: str
    country: str
    currency_code: str
    language: str
    created_at: str
    updated_at: str
    account_number: str = ""
    website: str = ""
    street: str = ""
    province: str = ""
    postal_code: str = ""
    note: str = ""
    vis_state: int = 0
    in_rotation: bool = True


@dataclass
class Expense:
    """Money that the firm spent; ``client_id`` and ``project_id`` 0 are none."""

    id: int
    vendor: str
    amount: str
    currency: str
    date: str
    notes: str
    version: str
    category_id: int = 70010
    client_id: int = 0
    project_id: int = 0
    vis_state: int = 0


@dataclass
class Books:
    """The records of one account, by id, in the order in which they were made."""

    clients: dict[int, Client] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    bills: dict[int, Bill] = field(default_factory=dict)
    vendors: dict[int, Vendor] = field(default_factory=dict)
    expenses: dict[int, Expense] = field(default_factory=dict)
    #: The last id given out, by noun: ids of removed records never come back.
    last_ids: dict[str, int] = field(default_factory=dict)
    #: Grows with every change, so that a list that was worked out before is known to be stale.
    changes: int = 0

    def table(self, name: str) -> dict[int, Any]:
        """The records of one table."""
        rows: dict[int, Any] = getattr(self, name)
        return rows

    def next_id(self, noun: str, first: int) -> int:
        """A new id of this kind."""
        number = self.last_ids.get(noun, first - 1) + 1
        self.last_ids[noun] = number
        return number
