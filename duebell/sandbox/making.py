"""New records as they look before anybody fills in more."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from duebell.sandbox.books import Bill, Client, Expense, Invoice, Payment, Vendor
from duebell.sandbox.businesses import Business
from duebell.sandbox.kinds import BY_NOUN
from duebell.sandbox.times import stamps

DAYS_TO_PAY = 30


def new_client(number: int, at: datetime, currency: str) -> Client:
    """A client, invented by number."""
    ordinal = number % 10000
    return Client(
        id=number,
        fname="Robin",
        lname="Sample",
        organization=f"Client {ordinal:04d} LLC",
        email=f"client{number}@books.example",
        mob_phone="(718) 555-0177",
        bus_phone="",
        home_phone="",
        p_city="New York",
        p_country="United States",
        language="en",
        currency_code=currency,
        in_rotation=False,
        **stamps("client", at),
    )


def new_invoice(number: int, business: Business, client: Client, at: datetime) -> Invoice:
    """An invoice that was just sent."""
    today = at.astimezone(business.zone).date()
    amount = f"{120 + (number * 37) % 880}.50"
    return Invoice(
        id=number,
        number=f"{business.prefix}-{_ordinal('invoice', number):05d}",
        client_id=client.id,
        word="sent",
        create_date=str(today),
        due_date=str(today + timedelta(days=DAYS_TO_PAY)),
        amount=amount,
        outstanding=amount,
        currency=client.currency_code,
        language=client.language,
        organization=client.organization or f"{client.fname} {client.lname}",
        **stamps("invoice", at),
    )


def new_payment(number: int, invoice: Invoice, today: date, at: datetime) -> Payment:
    """A payment of all that is outstanding."""
    return Payment(
        id=number,
        invoice_id=invoice.id,
        client_id=invoice.client_id,
        amount=invoice.outstanding,
        currency=invoice.currency,
        date=str(today),
        **stamps("payment", at),
    )


def new_credit(number: int, client: Client, today: date, at: datetime) -> Payment:
    """A payment that belongs to no invoice."""
    return Payment(
        id=number,
        invoice_id=0,
        client_id=client.id,
        amount="25.00",
        currency=client.currency_code,
        date=str(today),
        **stamps("payment", at),
    )


def new_bill(number: int, vendor: Vendor, today: date, at: datetime) -> Bill:
    """An unpaid bill, with tax on top."""
    amount = 200 + (number * 53) % 1800
    return Bill(
        id=number,
        number=f"BN-{_ordinal('bill', number):05d}",
        vendor_id=vendor.id,
        issue_date=str(today),
        due_date=str(today + timedelta(days=DAYS_TO_PAY)),
        amount=f"{amount}.00",
        tax=f"{amount * 0.13:.2f}",
        outstanding=f"{amount * 1.13:.2f}",
        currency=vendor.currency_code,
        language=vendor.language,
        **stamps("bill", at),
    )


def new_vendor(number: int, at: datetime, currency: str) -> Vendor:
    """A vendor, invented by number."""
    return Vendor(
        id=number,
        vendor_name=f"Vendor {_ordinal('bill_vendor', number):04d} Inc",
        primary_contact_first_name="Kim",
        primary_contact_last_name="Sample",
        primary_contact_email=f"vendor{number}@vendors.example",
        phone="(718) 555-0178",
        city="New York",
        country="United States",
        currency_code=currency,
        language="en",
        in_rotation=False,
        **stamps("bill_vendor", at),
    )


def new_expense(number: int, currency: str, today: date, at: datetime) -> Expense:
    """An expense for no client."""
    return Expense(
        id=number,
        vendor="Corner Stationers",
        amount=f"{10 + (number * 29) % 400}.75",
        currency=currency,
        date=str(today),
        notes="Paper and ink",
        **stamps("expense", at),
    )


def _ordinal(noun: str, number: int) -> int:
    return number - BY_NOUN[noun].first_id + 1
