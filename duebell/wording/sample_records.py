"""Records of a made-up firm, for trying out templates without anybody's books.

Each event has some cases, which differ in what a record may lack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
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
from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.events import DUE, LADDERS, OVERDUE, kind_of_event, update_of
from duebell.domain.ladder import Rung
from duebell.domain.occurrences import Occurrence, nth_change
from duebell.domain.planning import Contact
from duebell.wording.values import values_for

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
    """What a template of an event sees, for a reader of this language."""
    contact = Contact("sample", "Sample", "")
    for dossier in sample_dossiers(event, language):
        occurrence = _occurrence(event, dossier)
        values = values_for(dossier, occurrence, contact, _today(event))
        yield {name: value for name, value in values.items() if name != "languages"}


def sample_dossiers(event: str, language: str = "en") -> Iterator[Dossier]:
    """Made-up cases of an event."""
    kind = kind_of_event(event)
    at = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
    if kind is None:
        for account_id, subject, detail in _NOTICES.get(event, (("", "freshbooks", "3"),)):
            yield Dossier(at, notice=Notice(event, account_id, subject, detail))
        return
    client = replace(SAMPLE_CLIENT, language=language)
    # A ladder has rungs only where there is a due date.
    cases = _LADDER_CASES if event in LADDERS else _CASES[kind]
    for case in cases:
        owner = client if kind in _OF_CLIENTS else None
        yield Dossier(at, business=SAMPLE_BUSINESS, client=owner, **case)


def _occurrence(event: str, dossier: Dossier) -> Occurrence:
    kind = kind_of_event(event)
    due_on = dossier.invoice.due_on if dossier.invoice is not None else None
    if event in LADDERS and due_on is not None:
        return Occurrence("SAMPLE", "1", event, Rung(_RUNGS[event], due_on).occurrence)
    if kind is not None and event == update_of(kind):
        names = ("email", "phone") if kind in (Kind.CLIENT, Kind.VENDOR) else ("amount", "due on")
        return Occurrence("SAMPLE", "1", event, nth_change(1, "sample", names))
    return Occurrence("SAMPLE", "1", event)


def _today(event: str) -> date:
    due_on = SAMPLE_INVOICE.due_on
    return due_on + timedelta(days=_RUNGS.get(event, -5)) if due_on else date(2026, 10, 5)


_RUNGS = {DUE: -3, OVERDUE: 5}
_OF_CLIENTS = (Kind.INVOICE, Kind.PAYMENT, Kind.CLIENT)

_NOTICES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "connection.lost": (("", "freshbooks", "3"), ("", "SAMPLE", "inactive:2026-10-05")),
    "webhook.silent": (("SAMPLE", "payment.create", "2026-10-05T09:30:00+00:00"),),
}


def _cad(amount: str) -> Money:
    return Money(Decimal(amount), "CAD")


def _left(amount: str) -> Invoice:
    """The invoice when so much of it is still to be paid."""
    outstanding = _cad(amount)
    return replace(SAMPLE_INVOICE, outstanding=outstanding, is_paid=not outstanding.amount)


_Cases = tuple[Mapping[str, Any], ...]

_LADDER_CASES: _Cases = (
    {"invoice": SAMPLE_INVOICE},
    {"invoice": replace(SAMPLE_INVOICE, share_link="https://pay.example/987654")},
)

_CASES: Mapping[Kind, _Cases] = {
    Kind.INVOICE: (*_LADDER_CASES, {"invoice": replace(SAMPLE_INVOICE, due_on=None)}),
    Kind.PAYMENT: (
        {"payment": SAMPLE_PAYMENT, "invoice": _left("0.00")},
        {"payment": replace(SAMPLE_PAYMENT, amount=_cad("400.00")), "invoice": _left("834.50")},
        {"payment": replace(SAMPLE_PAYMENT, invoice_id="")},
    ),
    Kind.CLIENT: ({},),
    Kind.BILL: (
        {"bill": SAMPLE_BILL, "vendor": SAMPLE_VENDOR},
        {"bill": replace(SAMPLE_BILL, number="", due_on=None), "vendor": SAMPLE_VENDOR},
    ),
    Kind.VENDOR: ({"vendor": SAMPLE_VENDOR},),
    Kind.EXPENSE: ({"expense": SAMPLE_EXPENSE}, {"expense": replace(SAMPLE_EXPENSE, vendor="")}),
}
