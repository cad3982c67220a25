"""The records of a made-up firm, of which samples and tests are made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from duebell.domain.books import (
    Bill,
    Business,
    Client,
    Expense,
    Invoice,
    Money,
    Payment,
    Vendor,
)

SAMPLE_BUSINESS = Business(
    account_id="SAMPLE",
    id="1",
    name="Northwind Bookkeeping",
    time_zone="America/Toronto",
    country="Canada",
)

SAMPLE_CLIENT = Client(
    account_id="SAMPLE",
    id="12345",
    first_name="Gordon",
    last_name="Shumway",
    organization="Melmac Ceramics",
    email="gordon@melmac.example",
    mobile_phone="+12125550101",
    business_phone="",
    home_phone="",
    country="Canada",
    language="en",
    currency="CAD",
    is_active=True,
)

SAMPLE_INVOICE = Invoice(
    account_id="SAMPLE",
    id="987654",
    number="0000042",
    client_id="12345",
    status="sent",
    is_active=True,
    is_draft=False,
    is_paid=False,
    is_disputed=False,
    amount=Money(Decimal("1234.50"), "CAD"),
    outstanding=Money(Decimal("1234.50"), "CAD"),
    issued_on=date(2026, 10, 1),
    due_on=date(2026, 10, 31),
    language="en",
    updated_at=datetime(2026, 10, 1, 14, 30, tzinfo=UTC),
    organization="Melmac Ceramics",
)

SAMPLE_PAYMENT = Payment(
    account_id="SAMPLE",
    id="235435",
    invoice_id="987654",
    client_id="12345",
    amount=Money(Decimal("1234.50"), "CAD"),
    paid_on=date(2026, 10, 20),
    type="Check",
    is_active=True,
    updated_at=datetime(2026, 10, 20, 14, 30, tzinfo=UTC),
)

SAMPLE_VENDOR = Vendor(
    account_id="SAMPLE",
    id="1563",
    name="Ridgeway Office Supply",
    first_name="Ada",
    last_name="Ridgeway",
    email="ada@ridgeway.example",
    phone="+12125550155",
    website="ridgeway.example",
    address="1 Ridge Road, Toronto",
    country="Canada",
    language="en",
    currency="CAD",
    is_active=True,
)

SAMPLE_BILL = Bill(
    account_id="SAMPLE",
    id="43221133",
    number="BN101",
    vendor_id="1563",
    status="unpaid",
    is_active=True,
    is_paid=False,
    amount=Money(Decimal("1500.00"), "CAD"),
    outstanding=Money(Decimal("1500.00"), "CAD"),
    issued_on=date(2026, 10, 1),
    due_on=date(2026, 10, 26),
    language="en",
    category="Equipment",
)

SAMPLE_EXPENSE = Expense(
    account_id="SAMPLE",
    id="70011",
    vendor="Harbor Taxi",
    amount=Money(Decimal("100.00"), "CAD"),
    spent_on=date(2026, 10, 5),
    notes="To the client",
    category_id="70010",
    client_id="",
    is_active=True,
)
