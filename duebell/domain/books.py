"""Our view of FreshBooks' records: what rules and templates may see, with exact money.

Times are aware UTC; days are calendar days of the business. What FreshBooks leaves out is an empty
string, an empty tuple or None, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """A kind of record, by the noun that FreshBooks' webhooks have for it."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    CLIENT = "client"
    BILL = "bill"
    VENDOR = "bill_vendor"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency code; amounts of two currencies are never added."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice or a bill."""

    name: str
    description: str
    quantity: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ClientContact:
    """A further person at a client. Phones are free text, not yet normalised."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    other_phone: str = ""

    @property
    def name(self) -> str:
        """The person's name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as FreshBooks shows it now.

    ``status`` is FreshBooks' ``v3_status``, which it works out while reading: "overdue" is no
    change of the invoice. ``version`` changes with every true change. ``lines`` and ``contacts``
    (people at the client to whom it goes) are there only where they were asked for. ``share_link``
    is where the client can see and pay it; it is asked for separately.
    """

    account_id: str
    id: str
    number: str
    client_id: str
    status: str
    is_active: bool
    is_draft: bool
    is_paid: bool
    is_disputed: bool
    amount: Money
    outstanding: Money
    issued_on: date
    due_on: date | None
    language: str
    updated_at: datetime | None
    organization: str = ""
    created_at: datetime | None = None
    version: str = ""
    paid: Money | None = None
    is_auto_billed: bool = False
    description: str = ""
    po_number: str = ""
    lines: tuple[Line, ...] = ()
    contacts: tuple[ClientContact, ...] = ()
    share_link: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, or a credit that was applied to an invoice.

    ``invoice_id`` is empty where it belongs to no invoice (an overpayment that is kept as a
    credit). One bulk payment is a payment of its own for each invoice, with the same ``bulk_id``.
    ``paid_on`` may lie long before the day on which it was entered.
    """

    account_id: str
    id: str
    invoice_id: str
    client_id: str
    amount: Money
    paid_on: date
    type: str
    is_active: bool
    updated_at: datetime | None
    is_from_credit: bool = False
    credit_id: str = ""
    overpayment_id: str = ""
    bulk_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the firm. Phones are FreshBooks' free text, not yet normalised.

    ``is_reminded`` says that FreshBooks itself reminds this client of overdue invoices; it is asked
    for separately.
    """

    account_id: str
    id: str
    first_name: str
    last_name: str
    organization: str
    email: str
    mobile_phone: str
    business_phone: str
    home_phone: str
    country: str
    language: str
    currency: str
    is_active: bool
    contacts: tuple[ClientContact, ...] = ()
    address: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    is_reminded: bool = False

    @property
    def name(self) -> str:
        """How a message addresses the client: the organisation, else the person."""
        return self.organization or f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill that the firm has to pay. ``status``: unpaid, overdue, partial or paid."""

    account_id: str
    id: str
    number: str
    vendor_id: str
    status: str
    is_active: bool
    is_paid: bool
    amount: Money
    outstanding: Money
    issued_on: date
    due_on: date | None
    language: str
    category: str = ""
    description: str = ""
    lines: tuple[Line, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """Somebody whom the firm owes money. The account number is never told to anybody."""

    account_id: str
    id: str
    name: str
    first_name: str
    last_name: str
    email: str
    phone: str
    website: str
    address: str
    country: str
    language: str
    currency: str
    is_active: bool
    account_number: str = field(default="", repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Expense:
    """Money that the firm spent. ``vendor`` is free text; ``client_id`` is empty for none."""

    account_id: str
    id: str
    vendor: str
    amount: Money
    spent_on: date
    notes: str
    category_id: str
    client_id: str
    is_active: bool
    updated_at: datetime | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Business:
    """The firm whose books these are. ``time_zone`` is an IANA name."""

    account_id: str
    id: str
    name: str
    time_zone: str
    country: str


Record = Invoice | Payment | Client | Bill | Vendor | Expense

_KINDS: dict[type[object], Kind] = {
    Invoice: Kind.INVOICE,
    Payment: Kind.PAYMENT,
    Client: Kind.CLIENT,
    Bill: Kind.BILL,
    Vendor: Kind.VENDOR,
    Expense: Kind.EXPENSE,
}


def kind_of(record: Record) -> Kind:
    """Which kind of record this is."""
    return _KINDS[type(record)]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``pages`` and ``total`` are what the list said while this was read.

    ``unreadable`` counts rows that are not what FreshBooks documents; they are not in ``records``.
    """

    records: tuple[Record, ...]
    number: int
    pages: int
    total: int
    unreadable: int = 0
