"""What an invoice shows besides its money: lines, contacts, days, and the words for its state."""

from __future__ import annotations

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from tests.sandbox.records import one


def test_lines_and_contacts_of_an_invoice(books: httpx.Client, control: SandboxControl) -> None:
    """Both are included on request, the lines with the amounts that follow from them."""
    lines = [{"name": "Payroll", "qty": "3", "unit_cost": "20.00"}, {"name": "Advice"}]
    (record,) = control.fire(client=20002, fields={"lines": lines, "amount": "60.00"})

    query = {"include[]": ["lines", "contacts"]}
    invoice = one(books, "invoice", record["id"], **query)

    found = [(line["name"], line["amount"]["amount"]) for line in invoice["lines"]]
    assert [("Payroll", "60.00"), ("Advice", "60.00")] == found
    assert 2 == len(invoice["contacts"])


def test_the_organisation_of_an_invoice_is_a_copy(
    books: httpx.Client, control: SandboxControl
) -> None:
    """``organization`` stays as it was; ``current_organization`` follows the client."""
    (record,) = control.fire(client=20001)

    control.change_client(20001, organization="Alder Avenue Bakery")

    invoice = one(books, "invoice", record["id"])
    found = (invoice["organization"], invoice["current_organization"])
    assert ("Alder Street Bakery", "Alder Avenue Bakery") == found


def test_a_day_without_a_due_date(books: httpx.Client, control: SandboxControl) -> None:
    """An invoice may have no due date, and is never overdue then."""
    (record,) = control.fire(fields={"create_date": "2026-01-02", "due_date": None})

    invoice = one(books, "invoice", record["id"])

    assert (None, "sent") == (invoice["due_date"], invoice["v3_status"])


@pytest.mark.parametrize(
    ("status", "word", "payment"),
    [
        ("autopaid", "autopaid", "auto-paid"),
        ("failed", "failed", "unpaid"),
        ("retry", "retry", "unpaid"),
        ("deposit-partial", "deposit-partial", "unpaid"),
        ("declined", "declined", "unpaid"),
    ],
)
def test_words_of_the_newer_kind(
    books: httpx.Client, control: SandboxControl, status: str, word: str, payment: str
) -> None:
    """An invoice can be in any of FreshBooks' states."""
    (record,) = control.fire(fields={"status": status, "auto_bill": True})

    invoice = one(books, "invoice", record["id"])

    assert (word, payment) == (invoice["v3_status"], invoice["payment_status"])
    assert invoice["auto_bill"] is True
