"""What people do by their trade, at random: some firms sell, some buy, some keep addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from duebell.domain.books import Bill, Client, Expense, Invoice, Kind, Payment, Record, Vendor
from tests.integration.services.people_at_work import News, People

Act = Callable[[People], Iterator[News]]

ZERO = Decimal(0)


def act(people: People, trade: str) -> list[News]:
    """Do something of a trade; what cannot be done now is something else instead."""
    acts, weights = zip(*TRADES[trade].items(), strict=True)
    while True:
        (chosen,) = people.random.choices(acts, weights)
        if news := list(chosen(people)):
            return news


# -- selling


def write_invoice(people: People) -> Iterator[News]:
    """An invoice is written, now and then as a draft."""
    is_draft = people.random.random() < 0.3
    amount = people.usd()
    yield from people.make(
        Kind.INVOICE,
        amount=amount,
        outstanding=amount,
        issued_on=people.today,
        due_on=people.today + timedelta(days=people.random.randint(0, 4)),
        is_draft=is_draft,
        status="draft" if is_draft else "sent",
    )


def issue(people: People) -> Iterator[News]:
    """A draft is sent, or (seldom) something sent becomes a draft again."""
    is_draft = people.random.random() < 0.8
    wanted = {"is_draft": is_draft, "is_paid": False, "is_active": True}
    if invoice := people.pick(Kind.INVOICE, Invoice, **wanted):
        status = "sent" if is_draft else "draft"
        yield from people.change(invoice, is_draft=not is_draft, status=status)


def reprice(people: People) -> Iterator[News]:
    """The amount of an invoice on which nothing was paid changes."""
    invoice = people.pick(Kind.INVOICE, Invoice, is_active=True, is_paid=False)
    if invoice and invoice.outstanding == invoice.amount:
        amount = people.usd()
        yield from people.change(invoice, amount=amount, outstanding=amount)


def move_due_date(people: People) -> Iterator[News]:
    """An invoice is due on another day."""
    if invoice := people.pick(Kind.INVOICE, Invoice, is_active=True):
        days = people.random.randint(-1, 4)
        yield from people.change(invoice, due_on=people.today + timedelta(days=days))


def dispute(people: People) -> Iterator[News]:
    """A client disputes an invoice, or does no longer."""
    wanted = {"is_active": True, "is_draft": False, "is_paid": False}
    if invoice := people.pick(Kind.INVOICE, Invoice, **wanted):
        status = "resolved" if invoice.is_disputed else "disputed"
        yield from people.change(invoice, is_disputed=not invoice.is_disputed, status=status)


def pay(people: People) -> Iterator[News]:
    """Money comes in, for all of an invoice or for half."""
    wanted = {"is_active": True, "is_draft": False, "is_paid": False}
    if invoice := people.pick(Kind.INVOICE, Invoice, **wanted):
        part = people.random.choice((1, 1, 2))
        paid = replace(invoice.outstanding, amount=invoice.outstanding.amount / part)
        day = people.today - timedelta(days=people.random.choice((0, 0, 1, 30)))
        fields = {"invoice_id": invoice.id, "amount": paid, "paid_on": day}
        yield from people.make(Kind.PAYMENT, **fields)
        yield from _owe(people, invoice, -paid.amount)


def take_payment_back(people: People) -> Iterator[News]:
    """A payment is deleted, and its invoice is open again."""
    payment = people.pick(Kind.PAYMENT, Payment, is_active=True)
    invoices = {one.id: one for one in people.books.now(Kind.INVOICE, Invoice)}
    if payment and (invoice := invoices.get(payment.invoice_id)):
        yield from people.remove(payment)
        yield from _owe(people, invoice, payment.amount.amount)


def _owe(people: People, invoice: Invoice, more: Decimal) -> Iterator[News]:
    owed = replace(invoice.outstanding, amount=invoice.outstanding.amount + more)
    is_paid = owed.amount <= ZERO
    status = "paid" if is_paid else "sent" if owed == invoice.amount else "partial"
    if invoice.is_disputed and not is_paid:
        status = "disputed"
    after = replace(invoice, outstanding=owed, is_paid=is_paid, status=status)
    people.books.put(after, bumps=people.books.habits.bumps_paid)
    if people.random.random() < 0.5:
        yield "invoice.update", invoice.id


# -- buying, and keeping addresses


def _removal(kind: Kind, of_type: type[Record]) -> Act:
    def remove(people: People) -> Iterator[News]:
        if record := people.pick(kind, of_type):
            yield from people.remove(record)

    return remove


def enter_bill(people: People) -> Iterator[News]:
    """A vendor's bill comes in."""
    if vendor := people.pick(Kind.VENDOR, Vendor, is_active=True):
        amount = people.usd()
        yield from people.make(Kind.BILL, vendor_id=vendor.id, amount=amount, outstanding=amount)


def correct_bill(people: People) -> Iterator[News]:
    """A bill is found to be for another amount."""
    if bill := people.pick(Kind.BILL, Bill, is_paid=False, is_active=True):
        amount = people.usd()
        yield from people.change(bill, amount=amount, outstanding=amount)


def pay_bill(people: People) -> Iterator[News]:
    """A bill is paid, or that is taken back."""
    if bill := people.pick(Kind.BILL, Bill, is_active=True):
        owed = bill.amount if bill.is_paid else replace(bill.amount, amount=ZERO)
        status = "unpaid" if bill.is_paid else "paid"
        yield from people.change(bill, is_paid=not bill.is_paid, outstanding=owed, status=status)


def move_vendor(people: People) -> Iterator[News]:
    """A vendor has one of three websites."""
    if vendor := people.pick(Kind.VENDOR, Vendor, is_active=True):
        site = f"{people.random.choice('abc')}.example"
        yield from people.change(vendor, website=site)


def move_client(people: People) -> Iterator[News]:
    """A client has one of three addresses."""
    if client := people.pick(Kind.CLIENT, Client, is_active=True):
        yield from people.change(client, email=f"{people.random.choice('abc')}@acme.example")


def spend(people: People) -> Iterator[News]:
    """Somebody spent something, maybe a month ago."""
    day = people.today - timedelta(days=people.random.choice((0, 1, 30)))
    yield from people.make(Kind.EXPENSE, spent_on=day, amount=people.usd())


def correct_expense(people: People) -> Iterator[News]:
    """An expense is found to be for another amount."""
    if expense := people.pick(Kind.EXPENSE, Expense, is_active=True):
        yield from people.change(expense, amount=people.usd())


TRADES: Mapping[str, Mapping[Act, int]] = {
    "selling": {
        write_invoice: 6,
        issue: 3,
        reprice: 2,
        move_due_date: 2,
        dispute: 2,
        pay: 4,
        take_payment_back: 2,
        _removal(Kind.INVOICE, Invoice): 1,
    },
    "buying": {
        lambda people: people.make(Kind.VENDOR): 2,
        enter_bill: 5,
        correct_bill: 3,
        pay_bill: 2,
        move_vendor: 4,
        _removal(Kind.BILL, Bill): 1,
    },
    "addresses": {
        lambda people: people.make(Kind.CLIENT): 3,
        move_client: 5,
        spend: 4,
        correct_expense: 2,
        _removal(Kind.CLIENT, Client): 1,
        _removal(Kind.EXPENSE, Expense): 1,
    },
}
