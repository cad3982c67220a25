"""Invoices, payments and clients as our values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from duebell.domain.books import Client, ClientContact, Invoice, Line, Money, Payment
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample


def an_invoice(**changes: Any) -> dict[str, Any]:
    """The sample's bare record with some fields changed; ``...`` takes one away."""
    record = {**sample("freshbooks/invoice.json")["response"]["result"]["invoice"], **changes}
    return {key: value for key, value in record.items() if value is not ...}


def test_invoice() -> None:
    """An invoice is read from its envelope, with exact money, ids as text and times in UTC."""
    invoice = wire.invoice_from(sample("freshbooks/invoice.json"), "ACM123")

    assert (
        Invoice(
            account_id="ACM123",
            id="987654",
            number="20240115",
            client_id="12345",
            status="partial",
            is_active=True,
            is_draft=False,
            is_paid=False,
            is_disputed=False,
            amount=Money(Decimal("41.94"), "CAD"),
            outstanding=Money(Decimal("21.94"), "CAD"),
            issued_on=date(2021, 4, 16),
            due_on=date(2021, 5, 16),
            language="en",
            updated_at=datetime(2021, 4, 16, 14, 31, 58, tzinfo=UTC),
            organization="American Cyanamid",
            created_at=datetime(2021, 4, 16, 14, 31, 19, tzinfo=UTC),
            version="2021-04-16 10:31:58.480684",
            paid=Money(Decimal("20.00"), "CAD"),
            description="Melmac dinnerware",
            lines=(Line("Bowls", "Soup bowls", "4", Money(Decimal("20.00"), "CAD")),),
        )
        == invoice
    )


@pytest.mark.parametrize(
    ("changes", "draft", "paid", "disputed"),
    [
        ({"status": 1, "v3_status": "draft"}, True, False, False),
        ({"status": "1", "v3_status": ...}, True, False, False),
        ({"status": ..., "v3_status": "draft"}, True, False, False),
        ({"status": 4, "v3_status": "paid"}, False, True, False),
        ({"status": 5, "v3_status": "autopaid"}, False, True, False),
        ({"status": 2, "v3_status": "sent", "payment_status": "paid"}, False, True, False),
        ({"status": 2, "v3_status": "sent", "payment_status": "auto-paid"}, False, True, False),
        ({"status": 0, "v3_status": "disputed"}, False, False, True),
        ({"status": 2, "v3_status": "disputed"}, False, False, True),
        ({"status": 0, "v3_status": "sent"}, False, False, True),
        ({"status": 3, "v3_status": "overdue", "payment_status": "unpaid"}, False, False, False),
        ({"status": 8, "v3_status": "partial"}, False, False, False),
    ],
)
def test_what_an_invoice_is(
    changes: dict[str, Any], draft: bool, paid: bool, disputed: bool
) -> None:
    """Any of the status fields is enough to call an invoice a draft, paid or disputed."""
    invoice = wire.invoice_from(an_invoice(**changes), "ACM123")

    assert (draft, paid, disputed) == (invoice.is_draft, invoice.is_paid, invoice.is_disputed)


@pytest.mark.parametrize(("vis_state", "active"), [(0, True), ("0", True), (1, False), (2, False)])
def test_deleted_and_archived_are_not_active(vis_state: object, active: bool) -> None:
    """Only vis_state 0 is active."""
    assert active is wire.invoice_from(an_invoice(vis_state=vis_state), "ACM123").is_active


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", {"id": 7}),
        ("id", True),
        ("id", Decimal("12.5")),
        ("customerid", ...),
        ("customerid", " "),
        ("status", ...),
        ("amount", ...),
        ("amount", {"amount": None, "code": "CAD"}),
        ("amount", {"amount": "NaN", "code": "CAD"}),
        ("amount", {"amount": "1,00", "code": "CAD"}),
        ("amount", {"amount": True, "code": "CAD"}),
        ("amount", {"amount": "1E+999999", "code": "CAD"}),
        ("amount", {"amount": "0." + "1" * 99, "code": "CAD"}),
        ("outstanding", "21.94"),
        ("create_date", None),
        ("create_date", "2021-W05-1"),
        ("create_date", "2021-02-30"),
        ("due_date", "someday"),
    ],
)
def test_what_is_missing_is_named(field: str, value: object) -> None:
    """A record that lacks what we need is refused with the name of the field."""
    changes: dict[str, Any] = {field: value}
    if field == "id":
        changes["invoiceid"] = ...
    if field == "status":
        changes["v3_status"] = ...

    with pytest.raises(RequestRefused, match=f"'{field}'"):
        wire.invoice_from(an_invoice(**changes), "ACM123")


def test_missing_envelopes_are_named() -> None:
    """An answer without result or record is refused, too."""
    with pytest.raises(RequestRefused, match="'result'"):
        wire.invoice_from({"response": {}}, "ACM123")
    with pytest.raises(RequestRefused, match="'invoice'"):
        wire.invoice_from({"response": {"result": {}}}, "ACM123")


def test_money_stays_exact() -> None:
    """An amount written as a JSON number with many digits is not rounded on its way."""
    body = b'{"amount": {"amount": 7.60133524082021936099189318}, "currency_code": "CAD"}'
    record = an_invoice(**wire.read_json(body))

    money = wire.invoice_from(record, "ACM123").amount

    assert Money(Decimal("7.60133524082021936099189318"), "CAD") == money


def test_an_invoice_may_have_no_due_date() -> None:
    """Without a due date there is none; nothing is made up."""
    assert wire.invoice_from(an_invoice(due_date=None), "ACM123").due_on is None


def test_client() -> None:
    """A client is read with its phones as typed; what is null becomes empty."""
    client = wire.client_from(sample("freshbooks/client.json"), "ACM123")

    assert (
        Client(
            account_id="ACM123",
            id="12345",
            first_name="Gordon",
            last_name="Shumway",
            organization="American Cyanamid",
            email="gordon@cyanamid.example",
            mobile_phone="212-555-0101",
            business_phone="",
            home_phone="",
            country="Canada",
            language="en",
            currency="CAD",
            is_active=True,
            contacts=(
                ClientContact("1", "Kate", "Tanner", "kate@cyanamid.example", "212-555-0102"),
            ),
            address="123 Huron St, Toronto, ON M5T 2B3, Canada",
            created_at=datetime(2020, 10, 31, 15, 25, 34, tzinfo=UTC),
            updated_at=datetime(2020, 11, 1, 18, 11, 10, tzinfo=UTC),
        )
        == client
    )


@pytest.mark.parametrize(
    ("reminders", "is_reminded"),
    [
        (..., False),
        (None, False),
        ([], False),
        ({"enabled": True}, False),
        (["enabled"], False),
        ([{}], False),
        ([{"delay": 7, "enabled": False}], False),
        ([{"enabled": True, "vis_state": 1}], False),
        ([{"delay": 7, "enabled": True}], True),
        ([{"enabled": False}, {"enabled": 1}], True),
        ([{"active": True, "vis_state": 0}], True),
        ([{"is_active": "true"}], True),
    ],
)
def test_whom_freshbooks_itself_reminds(reminders: Any, is_reminded: bool) -> None:
    """A reminder that is switched on counts; that a client may be reminded does not."""
    record = sample("freshbooks/client.json")["response"]["result"]["client"]
    record = {**record, "allow_late_notifications": True, "late_reminders": reminders}

    client = wire.client_from({k: v for k, v in record.items() if v is not ...}, "ACM123")

    assert is_reminded == client.is_reminded


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        (("1", "2"), ("1", "2")),
        ((None, "2"), ("2", "")),
        (("1", ""), ("1", "")),
        ((None, None), ("", "")),
    ],
)
def test_the_phones_of_a_contact(
    phones: tuple[str | None, str | None], expected: tuple[str, str]
) -> None:
    """The first phone is one that is there, and the other one is kept."""
    record = sample("freshbooks/client.json")["response"]["result"]["client"]
    contact = {"contactid": 1, "phone1": phones[0], "phone2": phones[1]}

    (found,) = wire.client_from({**record, "contacts": [contact]}, "ACM123").contacts

    assert expected == (found.phone, found.other_phone)


@pytest.mark.parametrize(
    ("changes", "pending"),
    [
        ({}, False),
        ({"auto_bill": True}, True),
        ({"auto_bill": "true"}, True),
        ({"auto_bill": True, "autobill_status": "failed"}, False),
        ({"auto_bill": True, "status": 7, "v3_status": "failed"}, False),
        ({"auto_bill": True, "v3_status": "declined"}, False),
        ({"auto_bill": True, "autobill_status": "success"}, False),
        ({"autobill_status": "retry"}, True),
        ({"status": 6, "v3_status": ...}, True),
        ({"v3_status": "retry"}, True),
        ({"v3_status": "pending"}, True),
        ({"auto_bill": True, "autobill_status": "failed", "v3_status": "retry"}, True),
    ],
)
def test_a_payment_that_comes_by_itself(changes: dict[str, Any], pending: bool) -> None:
    """An automatic payment is still to come where it is agreed on or tried again, and not over."""
    invoice = wire.invoice_from(an_invoice(**changes), "ACM123")

    assert pending is invoice.is_auto_billed


def test_the_version_falls_back_on_the_change() -> None:
    """Without a version, the time of the last change stands in for it, as it was written."""
    invoice = wire.invoice_from(an_invoice(version=...), "ACM123")

    assert "2021-04-16 10:31:58" == invoice.version


@pytest.mark.parametrize("odd", [{"name": "Bowls", "amount": None}, None, "Bowls"])
def test_lines_are_all_there_or_none(odd: object) -> None:
    """A line that cannot be read takes the others with it, and leaves the invoice as it is."""
    good = an_invoice()["lines"][0]

    invoice = wire.invoice_from(an_invoice(lines=[good, odd]), "ACM123")

    assert ((), "20240115") == (invoice.lines, invoice.number)


def test_ids_may_be_text() -> None:
    """Ids count the same, whether they are written as numbers or as text."""
    written = an_invoice(id="987654", customerid=" 12345")

    assert wire.invoice_from(an_invoice(), "ACM123") == wire.invoice_from(written, "ACM123")


def a_payment(**changes: Any) -> dict[str, Any]:
    """The sample's bare record with some fields changed."""
    return {**sample("freshbooks/payment.json")["response"]["result"]["payment"], **changes}


def test_payment() -> None:
    """A payment is read with the invoice and the client that it belongs to."""
    payment = wire.payment_from(sample("freshbooks/payment.json"), "ACM123")

    assert (
        Payment(
            account_id="ACM123",
            id="235435",
            invoice_id="987654",
            client_id="12345",
            amount=Money(Decimal("41.94"), "CAD"),
            paid_on=date(2021, 4, 16),
            type="Check",
            is_active=True,
            updated_at=datetime(2021, 4, 17, 9, 29, 31, tzinfo=UTC),
            note="Some note",
        )
        == payment
    )


def test_credits_and_bulk_payments() -> None:
    """What a payment comes from is kept, and one without an invoice has none."""
    record = a_payment(
        from_credit=True, creditid=5, overpaymentid="6", bulk_paymentid=7, invoiceid=0
    )

    payment = wire.payment_from(record, "ACM123")

    assert payment.is_from_credit
    assert ("5", "6", "7", "") == (
        payment.credit_id,
        payment.overpayment_id,
        payment.bulk_id,
        payment.invoice_id,
    )


@pytest.mark.parametrize("field", ["id", "clientid", "amount", "date"])
def test_what_a_payment_needs(field: str) -> None:
    """A payment without its amount, its day or its client is refused with the field's name."""
    changes = {"id": None, "logid": None} if field == "id" else {field: None}

    with pytest.raises(RequestRefused, match=f"'{field}'"):
        wire.payment_from(a_payment(**changes), "ACM123")


def test_a_client_without_includes() -> None:
    """A client that comes without contacts and address has none."""
    bare = {"userid": 9, "email": "dana@firm.example"}

    client = wire.client_from(bare, "ACM123")

    assert ("9", (), "", None) == (client.id, client.contacts, client.address, client.updated_at)
