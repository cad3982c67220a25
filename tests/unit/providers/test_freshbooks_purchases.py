"""Bills, vendors and expenses as our values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from duebell.domain.books import Bill, Expense, Line, Money, Vendor
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample


def a_bill(**changes: Any) -> dict[str, Any]:
    """The sample's bare record with some fields changed; ``...`` takes one away."""
    record = {**sample("freshbooks/bill.json")["response"]["result"]["bill"], **changes}
    return {key: value for key, value in record.items() if value is not ...}


def an_expense(**changes: Any) -> dict[str, Any]:
    """The sample's only row with some fields changed."""
    return {**sample("freshbooks/expenses.json")["response"]["result"]["expenses"][0], **changes}


def test_bill() -> None:
    """A bill is read with its taxes in its amount, and its times as UTC."""
    bill = wire.bill_from(sample("freshbooks/bill.json"), "ACM123")

    assert (
        Bill(
            account_id="ACM123",
            id="43221133",
            number="BN101",
            vendor_id="1563",
            status="unpaid",
            is_active=True,
            is_paid=False,
            amount=Money(Decimal("1695.00"), "CAD"),
            outstanding=Money(Decimal("1600.00"), "CAD"),
            issued_on=date(2021, 9, 1),
            due_on=date(2021, 9, 26),
            language="en",
            category="Equipment",
            description="Raw material",
            lines=(Line("Equipment", "Raw material", "10", Money(Decimal("1500.00"), "CAD")),),
            created_at=datetime(2021, 9, 1, 15, 30, 29, tzinfo=UTC),
            updated_at=datetime(2021, 9, 2, 16, 0, 1, tzinfo=UTC),
        )
        == bill
    )


@pytest.mark.parametrize("total", [None, ...])
def test_a_bill_without_a_total(total: object) -> None:
    """The amount without taxes stands in where FreshBooks leaves the total out."""
    bill = wire.bill_from(a_bill(total_amount=total), "ACM123")

    assert Money(Decimal("1500.00"), "CAD") == bill.amount


def test_a_broken_total_is_not_replaced() -> None:
    """A total that is there and cannot be read is named, rather than taken for the net amount."""
    with pytest.raises(RequestRefused, match="'total_amount'"):
        wire.bill_from(a_bill(total_amount={"amount": "many", "code": "CAD"}), "ACM123")


@pytest.mark.parametrize(
    ("changes", "category"),
    [
        ({"overall_category": ..., "category": "Rent"}, "Rent"),
        ({"overall_category": None, "category": {"category": "Rent", "id": 7}}, "Rent"),
        ({"overall_category": "", "category": ["Rent"]}, ""),
        ({"overall_category": ...}, ""),
    ],
)
def test_the_category_of_a_bill(changes: dict[str, Any], category: str) -> None:
    """A category is found as plain text and in an object, and may be absent."""
    assert category == wire.bill_from(a_bill(**changes), "ACM123").category


@pytest.mark.parametrize(("status", "paid"), [("paid", True), ("partial", False)])
def test_a_paid_bill(status: str, paid: bool) -> None:
    """Only a bill that FreshBooks calls paid is paid."""
    assert paid is wire.bill_from(a_bill(status=status), "ACM123").is_paid


def test_lines_of_a_bill_are_all_there_or_none() -> None:
    """A line that cannot be read takes the others with it, and leaves the bill as it is."""
    good = a_bill()["lines"][0]

    bill = wire.bill_from(a_bill(lines=[good, {**good, "amount": 7}]), "ACM123")

    assert ((), "BN101") == (bill.lines, bill.number)


@pytest.mark.parametrize("field", ["id", "vendorid", "status", "outstanding", "issue_date"])
def test_what_a_bill_needs(field: str) -> None:
    """A bill that lacks what we need is refused with the field's name."""
    with pytest.raises(RequestRefused, match=f"'{field}'"):
        wire.bill_from(a_bill(**{field: None}), "ACM123")


def test_vendor() -> None:
    """A vendor is read with its address on one line, and its account number is not shown."""
    vendor = wire.vendor_from(sample("freshbooks/bill_vendor.json"), "ACM123")

    assert (
        Vendor(
            account_id="ACM123",
            id="1563",
            name="Harbor Paper",
            first_name="Jimmy",
            last_name="McNamara",
            email="jimmy@paper.example",
            phone="415-555-0158",
            website="paper.example",
            address="332 Carlton Ave., San Francisco, California, United States",
            country="United States",
            language="en",
            currency="USD",
            is_active=True,
            account_number="45454545",
            created_at=datetime(2021, 6, 17, 12, 8, 25, tzinfo=UTC),
            updated_at=datetime(2021, 6, 18, 9, tzinfo=UTC),
        )
        == vendor
    )
    assert "45454545" not in repr(vendor)


def test_a_vendor_needs_its_id_alone() -> None:
    """Everything about a vendor may be absent, except who it is."""
    vendor = wire.vendor_from({"vendorid": "1563", "created_at": "lately"}, "ACM123")

    assert ("1563", "", "", None) == (vendor.id, vendor.name, vendor.address, vendor.created_at)
    with pytest.raises(RequestRefused, match="'vendorid'"):
        wire.vendor_from({"vendor_name": "Harbor Paper"}, "ACM123")


def test_expense() -> None:
    """An expense is read; a client of 0 is none."""
    expense = wire.expense_from(an_expense(), "ACM123")

    assert (
        Expense(
            account_id="ACM123",
            id="70011",
            vendor="Example Vendor Co.",
            amount=Money(Decimal("100.00"), "USD"),
            spent_on=date(2026, 8, 28),
            notes="Example expense note",
            category_id="70010",
            client_id="",
            is_active=True,
            updated_at=datetime(2026, 8, 28, 22, 2, 59, tzinfo=UTC),
            version="2026-08-28 18:02:59.000000",
        )
        == expense
    )


@pytest.mark.parametrize(
    ("written", "client_id"), [(0, ""), ("0", ""), (None, ""), (12345, "12345"), ("12345", "12345")]
)
def test_the_client_of_an_expense(written: object, client_id: str) -> None:
    """Nobody is written as 0 or as null, and somebody as a number or as text."""
    assert client_id == wire.expense_from(an_expense(clientid=written), "ACM123").client_id


@pytest.mark.parametrize("field", ["id", "amount", "date"])
def test_what_an_expense_needs(field: str) -> None:
    """An expense that lacks what we need is refused with the field's name."""
    changes = {"id": None, "expenseid": None} if field == "id" else {field: None}

    with pytest.raises(RequestRefused, match=f"'{field}'"):
        wire.expense_from(an_expense(**changes), "ACM123")
