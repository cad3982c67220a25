"""Bills, bill vendors, expenses, contacts: their shapes, their times, and how they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from duebell.providers.freshbooks.records import client_from
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import BOOKS, result_of, rows_of
from tests.sandbox.records import PATHS, TABLES, one

EASTERN = ZoneInfo("America/New_York")


def test_a_bill_leads_to_its_vendor(books: httpx.Client, control: SandboxControl) -> None:
    """A bill that was fired is unpaid, has tax on top, and names a vendor that can be read."""
    (record,) = control.fire("bill.create", vendor="Fournitures Lavoie")

    bill = one(books, "bill", record["id"])
    vendor = one(books, "bill_vendor", bill["vendorid"])

    assert ("unpaid", "CAD") == (bill["status"], bill["total_amount"]["code"])
    assert bill["total_amount"] == bill["outstanding"] != bill["amount"]
    assert "1" == bill["lines"][0]["quantity"]
    assert ("Fournitures Lavoie", "fr") == (vendor["vendor_name"], vendor["language"])
    assert [{"amount": bill["outstanding"]}] == vendor["outstanding_balance"]
    assert "id" not in vendor


def test_bills_go_round_the_vendors(control: SandboxControl) -> None:
    """Without a name the bills come from three vendors in turn; the fourth has no phone."""
    records = control.fire("bill.create", count=4)

    assert records[0]["vendor"] == records[3]["vendor"]
    assert 3 == len({record["vendor"] for record in records})
    assert [""] == [row["phone"] for row in control.records("vendors") if not row["in_rotation"]]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "unpaid"),
        ({"status": "paid"}, "paid"),
        ({"status": "overdue"}, "overdue"),
        ({"outstanding": "1.00"}, "partial"),
        ({"due_date": None}, "unpaid"),
    ],
)
def test_a_bills_status_follows(
    books: httpx.Client, control: SandboxControl, fields: dict[str, Any], status: str
) -> None:
    """The word for a bill comes from money and calendar."""
    (record,) = control.fire("bill.create")

    control.change_record("bills", record["id"], **fields)

    bill = one(books, "bill", record["id"])
    assert status == bill["status"]
    if "due_date" in fields:
        assert bill["due_date"] is None


def test_an_expense_belongs_to_nobody_or_a_client(
    books: httpx.Client, control: SandboxControl
) -> None:
    """An expense has client 0 unless it is given one."""
    plain, billed = control.fire("expense.create", count=2)
    control.change_record("expenses", billed["id"], client_id=20001, amount="12.5")

    shown = [one(books, "expense", record["id"]) for record in (plain, billed)]

    assert [0, 20001] == [row["clientid"] for row in shown]
    assert "12.5" == shown[1]["amount"]["amount"]
    assert shown[0]["expenseid"] == shown[0]["id"]


def test_contacts_come_only_when_asked_for(books: httpx.Client) -> None:
    """A client's contacts, one of them without a phone, need the include."""
    without = one(books, "client", 20002)

    contacts = one(books, "client", 20002, **{"include[]": "contacts"})["contacts"]

    assert "contacts" not in without
    assert ["312-555-0114", None] == [contact["phone1"] for contact in contacts]
    assert {20002} == {contact["userid"] for contact in contacts}


def test_a_client_whom_freshbooks_reminds(books: httpx.Client, control: SandboxControl) -> None:
    """The reminders of a client need the include, and Duebell reads them as what they are."""
    query = {"include[]": "late_reminders"}
    before = one(books, "client", 20001, **query)
    control.change_client(20001, late_reminders=[{"enabled": True, "delay": 7}])

    after = one(books, "client", 20001, **query)

    assert "late_reminders" not in one(books, "client", 20001)
    assert [] == before["late_reminders"]
    reminded = [client_from(client, "6BApk").is_reminded for client in (before, after)]
    assert [False, True] == reminded


def test_a_balance_is_by_currency(books: httpx.Client, control: SandboxControl) -> None:
    """What a client owes is included on request, one amount for each currency."""
    for fields in ({"amount": "10.00"}, {"amount": "2.50"}, {"amount": "7", "currency": "CAD"}):
        control.fire(client=20001, fields=fields)

    query = {"include[]": "outstanding_balance"}
    balance = one(books, "client", 20001, **query)["outstanding_balance"]

    assert [("12.50", "USD"), ("7", "CAD")] == [tuple(row["amount"].values()) for row in balance]


@pytest.mark.parametrize(
    ("noun", "field", "zone"),
    [
        ("invoice", "created_at", EASTERN),
        ("invoice", "version", EASTERN),
        ("client", "signup_date", UTC),
        ("client", "updated", EASTERN),
        ("payment", "updated", EASTERN),
        ("bill", "created_at", UTC),
        ("bill", "updated_at", UTC),
        ("bill_vendor", "created_at", UTC),
        ("bill_vendor", "updated_at", UTC),
        ("expense", "version", EASTERN),
    ],
)
def test_times_are_in_their_zone(
    books: httpx.Client, control: SandboxControl, noun: str, field: str, zone: tzinfo
) -> None:
    """Without saying so, some times are UTC and the others US/Eastern."""
    (record,) = control.fire(f"{noun}.create")

    written = one(books, noun, record["id"])[field]

    age = datetime.now(UTC) - datetime.fromisoformat(written).replace(tzinfo=zone)
    assert timedelta(seconds=-1) <= age < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("noun", "field", "written"),
    [
        ("invoice", "version", "2026-03-01 07:30:00.000000"),
        ("client", "updated", "2026-03-01 07:30:00"),
        ("bill", "updated_at", "2026-03-01 12:30:00"),
        ("expense", "version", "2026-03-01 07:30:00.000000"),
    ],
)
def test_a_record_can_be_of_old(
    books: httpx.Client, control: SandboxControl, noun: str, field: str, written: str
) -> None:
    """The time of change can be set as a moment, and is written in the record's own zone."""
    (record,) = control.fire(f"{noun}.create")

    control.change_record(TABLES[noun], record["id"], updated_at="2026-03-01T12:30:00Z")

    assert written == one(books, noun, record["id"])[field]


@pytest.mark.parametrize("noun", PATHS)
def test_every_kind_can_be_archived_deleted_and_removed(
    books: httpx.Client, control: SandboxControl, noun: str
) -> None:
    """Archived ones stay in the list, deleted ones leave it, removed ones cannot be read."""
    path, table = PATHS[noun], TABLES[noun]
    (record,) = control.fire(f"{noun}.create")
    totals = []
    for state in (0, 2, 1):
        control.change_record(table, record["id"], vis_state=state)
        totals.append(result_of(books.get(f"{BOOKS}/{path}"))["total"])

    control.change_record(table, record["id"], removed=True)

    assert [0, 0, 1] == [totals[0] - total for total in totals]
    error = books.get(f"{BOOKS}/{path}/{record['id']}").json()["response"]["errors"][0]
    assert (1012, noun) == (error["errno"], error["object"])


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        ("invoices", {"status": "lost"}),
        ("invoices", {"auto_bill": "yes"}),
        ("bills", {"status": "partial"}),
        ("vendors", {"telephone": "212-555-0101"}),
        ("expenses", {"created_at": "2026-03-01T12:00:00Z"}),
        ("payments", {"updated_at": "2026-03-01T12:00:00"}),
        ("clients", {"contacts": [{"mobile": "212-555-0101"}]}),
    ],
)
def test_changes_that_cannot_be(
    control: SandboxControl, table: str, fields: dict[str, Any]
) -> None:
    """A field or a value that does not exist is refused, and nothing changes."""
    control.fire("payment.create")
    control.fire("bill.create")
    control.fire("expense.create")
    before = control.records(table)

    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.change_record(table, before[0]["id"], **fields)

    assert 422 == refusal.value.response.status_code
    assert before == control.records(table)


def test_vendors_are_in_the_list(books: httpx.Client, control: SandboxControl) -> None:
    """A new vendor appears at the end of the list, with a phone as typed."""
    (record,) = control.fire("bill_vendor.create", fields={"phone": "646 555 0166"})

    vendors = rows_of(books, "bill_vendors/bill_vendors")

    assert (record["id"], "646 555 0166") == (vendors[-1]["vendorid"], vendors[-1]["phone"])
