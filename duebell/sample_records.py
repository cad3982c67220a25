"""Records of a made-up firm, for trying out templates without anybody's books."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from duebell.domain.books import Business, Client, Invoice, Money

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
