"""Records of a made-up firm, for trying out templates without anybody's books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from duebell.domain.books import (
    Bill,
    Business,
    Client,
    Expense,
    Invoice,
    Kind,
    Money,
    Payment,
    Vendor,
)
from duebell.domain.dossiers import Notice
from duebell.domain.events import kind_of_event

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


def sample_values(event: str, language: str = "en") -> Iterator[Mapping[str, Any]]:
    """What a template of an event sees, in made-up cases that differ in what may be missing."""
    base: dict[str, Any] = {"event": event, "changed": ("email", "phone")}
    kind = kind_of_event(event)
    if kind is None:
        notices = (("freshbooks", "3"), ("6BApk", "inactive:2026-10-05"))
        for subject, detail in notices:
            yield {**base, "notice": Notice(event, "SAMPLE", subject, detail)}
        return
    base |= {"business": SAMPLE_BUSINESS, "rung": 5, "days_past_due": 5, "days_until_due": 0}
    client = replace(SAMPLE_CLIENT, language=language)
    belonging = {"client": client, "invoice": SAMPLE_INVOICE}
    if kind is Kind.INVOICE:
        yield {**base, **belonging}
        yield {**base, **belonging, "invoice": replace(SAMPLE_INVOICE, due_on=None)}
    elif kind is Kind.PAYMENT:
        yield {**base, **belonging, "payment": SAMPLE_PAYMENT}
        yield {**base, "client": client, "payment": replace(SAMPLE_PAYMENT, invoice_id="")}
    else:
        yield {**base, **_SAMPLES[kind]}


_SAMPLES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.CLIENT: {"client": SAMPLE_CLIENT},
    Kind.BILL: {"bill": SAMPLE_BILL, "vendor": SAMPLE_VENDOR},
    Kind.VENDOR: {"vendor": SAMPLE_VENDOR},
    Kind.EXPENSE: {"expense": SAMPLE_EXPENSE},
}
