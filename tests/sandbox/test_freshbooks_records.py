"""The books: what is read, what is found, and what is silently ignored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import BOOKS, Program, result_of

INVOICES = f"{BOOKS}/invoices/invoices"
CLIENTS = f"{BOOKS}/users/clients"
PAYMENTS = f"{BOOKS}/payments/payments"


def _numbers(books: httpx.Client, query: dict[str, Any]) -> list[str]:
    rows = result_of(books.get(INVOICES, params=query))["invoices"]
    return [row["invoice_number"] for row in rows]


def test_an_invoice_leads_to_its_client(books: httpx.Client, control: SandboxControl) -> None:
    """An invoice that was fired can be read, and so can the client it names."""
    (record,) = control.fire()

    invoice = result_of(books.get(f"{INVOICES}/{record['id']}"))["invoice"]
    client = result_of(books.get(f"{CLIENTS}/{invoice['customerid']}"))["client"]

    assert ("INV-00001", record["number"]) == (invoice["invoice_number"], record["number"])
    assert invoice["amount"] == invoice["outstanding"]
    assert isinstance(invoice["amount"]["amount"], str)
    assert "lines" not in invoice
    assert record["client"] == client["organization"]
    assert client["id"] == client["userid"]


def test_times_are_eastern_without_saying_so(books: httpx.Client, control: SandboxControl) -> None:
    """An invoice's version is the wall clock of New York; its updated is the same, cut."""
    (record,) = control.fire()

    invoice = result_of(books.get(f"{INVOICES}/{record['id']}"))["invoice"]

    eastern = ZoneInfo("America/New_York")
    version = datetime.fromisoformat(invoice["version"]).replace(tzinfo=eastern)
    age = datetime.now(eastern) - version
    assert timedelta(0) <= age < timedelta(seconds=30)
    assert invoice["version"][:19] == invoice["updated"]


def test_clients_are_as_different_as_people(books: httpx.Client) -> None:
    """The firm has clients without any phone, in several countries and languages."""
    rows = result_of(books.get(CLIENTS))["clients"]

    phones = [row["mob_phone"] or row["bus_phone"] or row["home_phone"] for row in rows]
    assert 1 == phones.count("")
    assert {"United States", "Canada", "United Kingdom"} == {row["p_country"] for row in rows}
    assert {"en", "fr", "es"} == {row["language"] for row in rows}
    assert "in_rotation" not in rows[0]


def test_unknown_records_and_accounts_have_their_shapes(
    books: httpx.Client, program: Program
) -> None:
    """An unknown invoice is errno 1012; an unknown account is seen before the token."""
    record = books.get(f"{INVOICES}/999")
    account = httpx.get(f"{program.url}/accounting/account/nobody/invoices/invoices")

    (error,) = record.json()["response"]["errors"]
    assert (404, 1012, "invoiceid") == (record.status_code, error["errno"], error["field"])
    assert (404, "Account not found") == (
        account.status_code,
        account.json()["response"]["errors"][0]["message"],
    )


def test_pages_hold_a_hundred_at_most(books: httpx.Client, control: SandboxControl) -> None:
    """More than a hundred rows per page are silently a hundred; fifteen is the default."""
    control.fire(count=103)

    asked = result_of(books.get(INVOICES, params={"per_page": 200, "page": 2}))
    unasked = result_of(books.get(INVOICES))
    beyond = result_of(books.get(INVOICES, params={"page": 99}))

    numbers = [asked[name] for name in ("page", "pages", "per_page", "total")]
    assert (3, [2, 2, 100, 103]) == (len(asked["invoices"]), numbers)
    assert 15 == len(unasked["invoices"])
    assert [] == beyond["invoices"]


def test_filters_that_work(books: httpx.Client, control: SandboxControl) -> None:
    """The invoice filters that FreshBooks honours find what they should."""
    first, second, third = control.fire(count=3)
    control.change_invoice(first["id"], status="overdue", create_date="2026-01-15")
    control.change_invoice(second["id"], status="draft")

    assert ["INV-00001"] == _numbers(books, {"search[v3_status]": "overdue"})
    assert ["INV-00003"] == _numbers(books, {"search[customerid]": third["client_id"]})
    assert ["INV-00001"] == _numbers(books, {"search[date_max]": "2026-01-31"})
    assert ["INV-00003", "INV-00002"] == _numbers(books, {"search[date_min]": "2026-01-31"})
    oldest = {"sort": "invoice_date_asc", "per_page": 1}
    assert ["INV-00001"] == _numbers(books, oldest)
    many = {"search[customerids][]": [first["client_id"], second["client_id"]]}
    assert ["INV-00002", "INV-00001"] == _numbers(books, many)


@pytest.mark.parametrize("name", ["status", "statusid", "payment_status", "create_date_min", "x"])
def test_filters_that_are_ignored(books: httpx.Client, control: SandboxControl, name: str) -> None:
    """A filter that FreshBooks does not know leaves the list whole."""
    control.fire(count=2)

    found = _numbers(books, {f"search[{name}]": "2999-01-01"})

    assert 2 == len(found)


def test_updated_counts_in_days(books: httpx.Client, control: SandboxControl) -> None:
    """updated_min includes its day whatever the time; updated_max excludes its day."""
    control.fire()
    today = datetime.now(ZoneInfo("America/New_York")).date()

    since = _numbers(books, {"search[updated_min]": f"{today} 23:59:59"})
    until = _numbers(books, {"search[updated_max]": str(today)})

    assert (["INV-00001"], []) == (since, until)


def test_deleted_ones_are_listed_on_request_only(
    books: httpx.Client, control: SandboxControl
) -> None:
    """Lists show active and archived invoices; deleted ones need the filter, and can be read."""
    deleted, archived, _ = control.fire(count=3)
    control.change_invoice(deleted["id"], vis_state=1)
    control.change_invoice(archived["id"], vis_state=2)

    assert ["INV-00003", "INV-00002"] == _numbers(books, {})
    assert ["INV-00001"] == _numbers(books, {"search[vis_state]": 1})
    assert 1 == result_of(books.get(f"{INVOICES}/{deleted['id']}"))["invoice"]["vis_state"]
    control.change_invoice(deleted["id"], removed=True)
    assert 404 == books.get(f"{INVOICES}/{deleted['id']}").status_code


@pytest.mark.parametrize(
    ("fields", "word", "number", "payment"),
    [
        ({}, "sent", 2, "unpaid"),
        ({"status": "draft"}, "draft", 1, "unpaid"),
        ({"status": "viewed"}, "viewed", 3, "unpaid"),
        ({"status": "disputed"}, "disputed", 0, "unpaid"),
        ({"status": "paid"}, "paid", 4, "paid"),
        ({"outstanding": "0.00"}, "paid", 4, "paid"),
        ({"outstanding": "1.00"}, "partial", 2, "partial"),
        ({"status": "overdue"}, "overdue", 2, "unpaid"),
    ],
)
def test_status_follows_from_money_and_calendar(
    books: httpx.Client,
    control: SandboxControl,
    fields: dict[str, str],
    word: str,
    number: int,
    payment: str,
) -> None:
    """The three status fields agree with what was done to the invoice."""
    (record,) = control.fire()
    control.change_invoice(record["id"], **fields)

    invoice = result_of(books.get(f"{INVOICES}/{record['id']}"))["invoice"]

    found = (invoice["v3_status"], invoice["status"], invoice["payment_status"])
    assert (word, number, payment) == found


def test_an_invoice_is_not_overdue_on_the_day_it_is_due(
    books: httpx.Client, control: SandboxControl
) -> None:
    """Overdue begins the day after, by the calendar of the firm."""
    today: date = datetime.now(ZoneInfo(credentials.TIME_ZONE)).date()
    (record,) = control.fire(fields={"due_date": str(today)})

    invoice = result_of(books.get(f"{INVOICES}/{record['id']}"))["invoice"]

    assert "sent" == invoice["v3_status"]


def test_a_payment_settles_its_invoice(books: httpx.Client, control: SandboxControl) -> None:
    """A fired payment can be read and leads to an invoice with nothing outstanding."""
    (record,) = control.fire("payment.create", client="Atelier Beauchemin")

    payment = result_of(books.get(f"{PAYMENTS}/{record['id']}"))["payment"]
    invoice = result_of(books.get(f"{INVOICES}/{payment['invoiceid']}"))["invoice"]
    listed = result_of(books.get(PAYMENTS, params={"search[invoiceid]": payment["invoiceid"]}))[
        "payments"
    ]

    assert payment["clientid"] == invoice["customerid"]
    assert payment["amount"] == invoice["paid"]
    assert ("paid", "CAD") == (invoice["v3_status"], invoice["currency_code"])
    assert [payment] == listed


def test_clients_are_found_by_email(books: httpx.Client, control: SandboxControl) -> None:
    """The exact email finds a client; the organisation is no filter, unlike organization_like."""
    (record,) = control.fire("client.create", fields={"email": "new@client.example"})

    def total(name: str, word: str) -> int:
        found = result_of(books.get(CLIENTS, params={f"search[{name}]": word}))
        return int(found["total"])

    assert 1 == total("email", "new@client.example")
    assert 9 == total("organization", "Quill & Co. Bookshop")
    assert 1 == total("organization_like", "quill")
    assert record["id"] in [row["id"] for row in control.clients()]


def test_system_and_share_link(books: httpx.Client, control: SandboxControl) -> None:
    """The business' own record has its zone; a sent invoice has a link, a draft has none."""
    sent, draft = control.fire(count=2)
    control.change_invoice(draft["id"], status="draft")

    system = result_of(books.get(f"{BOOKS}/systems/systems/{credentials.BUSINESS_ID}"))["system"]
    way = {"share_method": "share_link"}
    link = result_of(books.get(f"{INVOICES}/{sent['id']}/share_link", params=way))["share_link"]

    assert credentials.TIME_ZONE == system["timezone"]
    assert link["share_link"].startswith("https://")
    assert 404 == books.get(f"{INVOICES}/{draft['id']}/share_link", params=way).status_code
    assert 422 == books.get(f"{INVOICES}/{sent['id']}/share_link").status_code
