"""Payments: what an invoice is owed less by them, and more again when they are taken back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from tests.sandbox.records import one


def _state(books: httpx.Client, number: int) -> tuple[str, str, str]:
    invoice = one(books, "invoice", number)
    return invoice["v3_status"], invoice["outstanding"]["amount"], invoice["paid"]["amount"]


def test_a_part_can_be_paid(books: httpx.Client, control: SandboxControl) -> None:
    """A payment of an amount leaves the rest outstanding; the next takes the rest."""
    (invoice,) = control.fire(fields={"amount": "100.00"})
    control.fire("payment.create", fields={"amount": "30.00"})
    after_one = _state(books, invoice["id"])

    (payment,) = control.fire("payment.create")

    assert ("partial", "70.00", "30.00") == after_one
    assert ("paid", "0.00", "100.00") == _state(books, invoice["id"])
    assert "70.00" == one(books, "payment", payment["id"])["amount"]["amount"]


def test_an_invoice_is_chosen_as_a_person_types_it(
    books: httpx.Client, control: SandboxControl
) -> None:
    """The id of the invoice, and that of the client, may come as text from a command line."""
    first, second = control.fire(count=2)

    control.fire("payment.create", fields={"invoice_id": str(second["id"])})

    assert ["sent", "paid"] == [_state(books, one["id"])[0] for one in (first, second)]


def test_a_deleted_payment_opens_its_invoice(books: httpx.Client, control: SandboxControl) -> None:
    """Deleting a payment makes the invoice owed, and overdue, again; undoing that settles it."""
    (invoice,) = control.fire(fields={"status": "overdue", "amount": "100.00"})
    (payment,) = control.fire("payment.create")
    paid = _state(books, invoice["id"])

    control.fire("payment.delete", objects=[payment["id"]])

    assert ("paid", "0.00", "100.00") == paid
    assert ("overdue", "100.00", "0.00") == _state(books, invoice["id"])
    control.change_record("payments", payment["id"], vis_state=0)
    assert paid == _state(books, invoice["id"])


def test_a_smaller_payment_leaves_more(books: httpx.Client, control: SandboxControl) -> None:
    """Changing the amount changes what is outstanding and the invoice's version."""
    (invoice,) = control.fire(fields={"amount": "100.00"})
    (payment,) = control.fire("payment.create")
    version = one(books, "invoice", invoice["id"])["version"]

    control.fire("payment.update", objects=[payment["id"]], fields={"amount": "99.99"})

    assert ("partial", "0.01", "99.99") == _state(books, invoice["id"])
    assert version < one(books, "invoice", invoice["id"])["version"]


def test_a_note_leaves_the_invoice_alone(books: httpx.Client, control: SandboxControl) -> None:
    """A change of a payment that is not of money does not touch its invoice."""
    (payment,) = control.fire("payment.create")
    before = one(books, "invoice", payment["invoice_id"])

    control.change_record("payments", payment["id"], note="By hand")

    assert before == one(books, "invoice", payment["invoice_id"])


def test_no_more_than_is_owed(books: httpx.Client, control: SandboxControl) -> None:
    """More than is outstanding is refused, for a new payment as for a change, without a trace."""
    (invoice,) = control.fire(fields={"amount": "100.00"})
    named = {"invoice_id": invoice["id"]}
    (payment,) = control.fire("payment.create", fields={**named, "amount": "60.00"})

    with pytest.raises(httpx.HTTPStatusError):
        control.fire("payment.create", fields={**named, "amount": "40.01"})
    with pytest.raises(httpx.HTTPStatusError):
        control.change_record("payments", payment["id"], amount="100.01")

    assert ("partial", "40.00", "60.00") == _state(books, invoice["id"])
    assert ["60.00"] == [row["amount"] for row in control.records("payments")]


def test_a_payment_may_belong_to_no_invoice(books: httpx.Client, control: SandboxControl) -> None:
    """An overpayment that is kept as a credit has no invoice."""
    fields: dict[str, Any] = {"invoice_id": 0, "overpayment_id": 88, "from_credit": True}

    (record,) = control.fire("payment.create", client=20003, fields=fields)

    payment = one(books, "payment", record["id"])
    assert (None, 88) == (payment["invoiceid"], payment["overpaymentid"])
    assert (True, "CAD") == (payment["from_credit"], payment["amount"]["code"])
    assert [] == control.invoices()


def test_a_bulk_payment_is_several(books: httpx.Client, control: SandboxControl) -> None:
    """Payments for several invoices can share a bulk id and a date of long ago."""
    control.fire(count=2, client=20001)

    control.fire("payment.create", count=2, fields={"bulk_id": 77, "date": "2026-01-05"})

    rows = control.records("payments")
    shown = [one(books, "payment", row["id"]) for row in rows]
    assert [(77, "2026-01-05")] * 2 == [(row["bulk_paymentid"], row["date"]) for row in shown]
    assert 2 == len({row["invoiceid"] for row in shown})


@pytest.mark.parametrize("fields", [{"status": "draft"}, {"vis_state": 1}])
def test_nobody_pays_what_was_not_sent(
    books: httpx.Client, control: SandboxControl, fields: dict[str, Any]
) -> None:
    """A payment passes by drafts and deleted invoices."""
    (invoice,) = control.fire(fields=fields)

    (payment,) = control.fire("payment.create")

    assert invoice["id"] != payment["invoice_id"]


def test_paid_when(books: httpx.Client, control: SandboxControl) -> None:
    """A paid invoice has the day of its payment, an open one has none."""
    (invoice,) = control.fire()
    before = one(books, "invoice", invoice["id"])["date_paid"]

    control.fire("payment.create", fields={"date": "2026-02-03"})

    found = one(books, "invoice", invoice["id"])["date_paid"]
    assert (None, "2026-02-03") == (before, found)
