"""Every kind of record, alone and in lists, from FreshBooks' own paths."""

from __future__ import annotations

import logging

import httpx
import pytest
import respx

from duebell.domain.books import Bill, Kind, Page
from duebell.domain.failures import RequestRefused, TryAgain
from tests.contract.freshbooks_bench import Bench, play
from tests.unit.providers.samples import sample

BASE = "/accounting/account/ACM123"
BILLS = f"{BASE}/bills/bills"
LINK = f"{BASE}/invoices/invoices/987654/share_link"


def bills(*rows: object, pages: int = 1) -> dict[str, object]:
    """A page of bills."""
    result = {"bills": rows, "page": 1, "pages": pages, "per_page": 100, "total": len(rows)}
    return {"response": {"result": result}}


def a_bill(**changes: object) -> dict[str, object]:
    """The sample's bare bill with some fields changed."""
    return {**sample("freshbooks/bill.json")["response"]["result"]["bill"], **changes}


def test_one_of_each_kind() -> None:
    """Payments, bills, vendors and expenses are fetched from their own paths."""
    row = sample("freshbooks/expenses.json")["response"]["result"]["expenses"][0]
    expense = {"response": {"result": {"expense": row}}}

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(f"{BASE}/payments/payments/1").respond(json=sample("freshbooks/payment.json"))
        api.get(f"{BILLS}/2").respond(json=sample("freshbooks/bill.json"))
        api.get(f"{BASE}/bill_vendors/bill_vendors/3").respond(
            json=sample("freshbooks/bill_vendor.json")
        )
        api.get(f"{BASE}/expenses/expenses/4").respond(json=expense)

        assert "Check" == (await at.client.payment("ACM123", "1")).type
        assert "BN101" == (await at.client.bill("ACM123", "2")).number
        assert "Harbor Paper" == (await at.client.vendor("ACM123", "3")).name
        assert "Example Vendor Co." == (await at.client.expense("ACM123", "4")).vendor

    play(story)


def test_includes_are_asked_for() -> None:
    """A client comes with its contacts; reminders, and an invoice's lines, only where asked for."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        client = api.get(f"{BASE}/users/clients/12345").respond(
            json=sample("freshbooks/client.json")
        )
        invoice = api.get(f"{BASE}/invoices/invoices/987654").respond(
            json=sample("freshbooks/invoice.json")
        )

        found = await at.client.client("ACM123", "12345")
        await at.client.client("ACM123", "12345", with_reminders=True)
        await at.client.invoice("ACM123", "987654")
        await at.client.invoice("ACM123", "987654", in_full=True)

        assert ["Kate Tanner"] == [contact.name for contact in found.contacts]
        asked = [call.request.url.query for call in (*client.calls, *invoice.calls)]
        in_full = b"include%5B%5D=lines&include%5B%5D=contacts"
        contacts = b"include%5B%5D=contacts"
        reminders = contacts + b"&include%5B%5D=late_reminders"
        assert [contacts, reminders, b"", in_full] == asked

    play(story)


def test_list_page() -> None:
    """A page is asked for with its filters percent-encoded, a hundred rows at a time."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(BILLS).respond(json=bills(a_bill(), pages=7))

        search = {"statuses": ["unpaid", "overdue"], "vendorid": "a b&c"}
        page = await at.client.list_page("ACM123", Kind.BILL, 3, search, "due_date", ("lines",))

        assert (1, 7, 1, 0) == (len(page.records), page.pages, page.total, page.unreadable)
        assert isinstance(page.records[0], Bill)
        assert (
            b"page=3&per_page=100&search%5Bstatuses%5D%5B%5D=unpaid"
            b"&search%5Bstatuses%5D%5B%5D=overdue&search%5Bvendorid%5D=a%20b%26c"
            b"&sort=due_date&include%5B%5D=lines"
        ) == route.calls.last.request.url.query

    play(story)


def test_a_page_beyond_the_last_is_empty() -> None:
    """A list that ran out meanwhile gives an empty page and no failure."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(json=bills(pages=0))

        page = await at.client.list_page("ACM123", Kind.BILL, 9)

        assert Page((), number=1, pages=0, total=0) == page

    play(story)


def test_unreadable_rows_are_logged_by_their_ids(caplog: pytest.LogCaptureFixture) -> None:
    """A row that cannot be read is told in the log by its id, and nothing else of it."""
    caplog.set_level(logging.WARNING, "duebell")

    async def story(at: Bench, api: respx.MockRouter) -> None:
        broken = a_bill(outstanding=None, bill_number="somebody@firm.example")
        api.get(BILLS).respond(json=bills(broken, a_bill()))

        page = await at.client.list_page("ACM123", Kind.BILL, 1)

        assert (1, 1) == (len(page.records), page.unreadable)

    play(story)
    told = vars(caplog.records[0])
    assert ("record_unreadable", "bill", "43221133") == (
        told["message"],
        told["kind"],
        told["object_id"],
    )
    assert "'outstanding'" in told["reason"]
    assert "somebody" not in str(told)


def test_a_list_that_is_none_is_refused() -> None:
    """An answer without the kind's rows is not taken for an empty list."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(json=sample("freshbooks/expenses.json"))

        with pytest.raises(RequestRefused, match="'bills'"):
            await at.client.list_page("ACM123", Kind.BILL, 1)

    play(story)


def test_share_link() -> None:
    """The link at which a client pays is asked for by its method."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(LINK).respond(json=sample("freshbooks/share_link.json"))

        link = await at.client.share_link("ACM123", "987654")

        assert "https://books.example/#/link/abc123" == link
        assert b"share_method=share_link" == route.calls.last.request.url.query

    play(story)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, json={"response": {"errors": [{"errno": 1012}]}}),
        httpx.Response(422, json={"response": {"errors": [{"errno": 1004}]}}),
        httpx.Response(403, json={"response": {"errors": [{"errno": 1003}]}}),
        httpx.Response(200, json={"response": {"result": {}}}),
        httpx.Response(200, json={"response": {}}),
    ],
)
def test_an_invoice_without_a_link(answer: httpx.Response) -> None:
    """Where FreshBooks gives no link, because the invoice was never sent, there is none."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(LINK).mock(return_value=answer)

        assert "" == await at.client.share_link("ACM123", "987654")

    play(story)


def test_a_link_that_cannot_be_asked_for_now() -> None:
    """A passing fault is not taken for an invoice without a link."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(LINK).respond(500, json={"message": "Internal error"})

        with pytest.raises(TryAgain):
            await at.client.share_link("ACM123", "987654")

    play(story)
