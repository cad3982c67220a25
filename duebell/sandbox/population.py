"""Many records at once, without telling anybody: for benchmarks and long lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from duebell.sandbox import making
from duebell.sandbox.books import Client, Invoice
from duebell.sandbox.changing import BadChange
from duebell.sandbox.firm import Firm
from duebell.sandbox.kinds import BY_NOUN

#: Area codes for invented numbers, which all end in 555-01xx; not that of the number that texts
#: come from.
_AREAS = (205, 213, 303, 305, 312, 404, 415, 503, 602, 617, 702, 713, 718, 773, 808, 917)

_COUNTS = ("clients", "vendors", "invoices", "payments", "bills", "expenses")
_OPTIONS = frozenset({*_COUNTS, "overdue", "days_past_due", "spread_days", "account"})


class Population:
    """One ``populate`` of the control interface."""

    def __init__(self, firm: Firm, order: dict[str, Any]) -> None:
        unknown = order.keys() - _OPTIONS
        if unknown:
            raise BadChange(f"there is no {', '.join(sorted(unknown))}")
        self._firm = firm
        self._now = firm.now()
        self._counts = {name: _number(order, name, 0) for name in _COUNTS}
        self._overdue = _number(order, "overdue", 0)
        self._past = timedelta(days=_number(order, "days_past_due", 5))
        self._spread = timedelta(days=_number(order, "spread_days", 0))
        if self._overdue > self._counts["invoices"]:
            raise BadChange("there cannot be more overdue invoices than invoices")

    def make(self) -> dict[str, int]:
        """Make them all; gives how many of each."""
        books = self._firm.books
        clients = self._clients() or [row for row in books.clients.values() if row.in_rotation]
        self._vendors()
        invoices = self._invoices(clients)
        self._payments(invoices)
        self._bills_and_expenses()
        books.changes += 1
        return {**self._counts, "overdue": self._overdue}

    def _moment(self, index: int, count: int) -> datetime:
        # Evenly over the days until now, oldest first.
        return self._now - self._spread * (count - 1 - index) / max(count - 1, 1)

    def _next(self, noun: str) -> int:
        return self._firm.books.next_id(noun, BY_NOUN[noun].first_id)

    def _clients(self) -> list[Client]:
        count, currency = self._counts["clients"], self._firm.business.currency
        made = []
        for index in range(count):
            number = self._next("client")
            client = making.new_client(number, self._moment(index, count), currency)
            client.mob_phone = f"({_AREAS[index // 100 % len(_AREAS)]}) 555-01{index % 100:02d}"
            self._firm.books.clients[number] = client
            made.append(client)
        return made

    def _vendors(self) -> None:
        count = self._counts["vendors"]
        for index in range(count):
            vendor = making.new_vendor(
                self._next("bill_vendor"), self._moment(index, count), self._firm.business.currency
            )
            self._firm.books.vendors[vendor.id] = vendor

    def _invoices(self, clients: list[Client]) -> list[Invoice]:
        """Every second one is paid, the others fall due in a month, but for the overdue."""
        count = self._counts["invoices"]
        made: list[Invoice] = []
        for index in range(count):
            client, at = clients[index % len(clients)], self._moment(index, count)
            invoice = making.new_invoice(self._next("invoice"), self._firm.business, client, at)
            # True for so many of them, as far from each other as can be.
            is_overdue = index * self._overdue // count != (index + 1) * self._overdue // count
            self._date(invoice, is_overdue)
            if index % 2 and not is_overdue:
                invoice.outstanding = "0.00"
            self._firm.books.invoices[invoice.id] = invoice
            made.append(invoice)
        return made

    def _date(self, invoice: Invoice, is_overdue: bool) -> None:
        days = -self._past if is_overdue else timedelta(days=making.DAYS_TO_PAY)
        invoice.due_date = str(self._firm.today() + days)
        invoice.create_date = min(invoice.create_date, invoice.due_date)

    def _payments(self, invoices: list[Invoice]) -> None:
        """Payments for the paid invoices, several each where they are few."""
        count, paid = (
            self._counts["payments"],
            [row for row in invoices if row.outstanding == "0.00"],
        )
        if count and not paid:
            raise BadChange("payments need twice as many invoices")
        for index in range(count):
            at, invoice = self._moment(index, count), paid[index % len(paid)]
            today = at.astimezone(self._firm.business.zone).date()
            payment = making.new_payment(
                self._next("payment"), replace(invoice, outstanding=invoice.amount), today, at
            )
            self._firm.books.payments[payment.id] = payment

    def _bills_and_expenses(self) -> None:
        firm, currency = self._firm, self._firm.business.currency
        vendors = list(firm.books.vendors.values())
        count = self._counts["bills"]
        for index in range(count):
            at, vendor = self._moment(index, count), vendors[index % len(vendors)]
            bill = making.new_bill(self._next("bill"), vendor, firm.today(), at)
            firm.books.bills[bill.id] = bill
        count = self._counts["expenses"]
        for index in range(count):
            at = self._moment(index, count)
            expense = making.new_expense(self._next("expense"), currency, firm.today(), at)
            firm.books.expenses[expense.id] = expense


def _number(order: dict[str, Any], name: str, default: int) -> int:
    number = int(order.get(name, default))
    if number < 0:
        raise BadChange(f"{name} cannot be negative")
    return number
