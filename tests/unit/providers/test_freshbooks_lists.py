"""Lists: how they are asked for, what a page says, and the link to an invoice."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from duebell.domain.books import Expense, Kind, Page
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample


def a_page(**changes: Any) -> dict[str, Any]:
    """The sample of a list with some of its result changed; ``...`` takes a key away."""
    result = {**sample("freshbooks/expenses.json")["response"]["result"], **changes}
    return {
        "response": {"result": {key: value for key, value in result.items() if value is not ...}}
    }


def a_row(**changes: Any) -> dict[str, Any]:
    """The sample's only row with some fields changed."""
    return {**sample("freshbooks/expenses.json")["response"]["result"]["expenses"][0], **changes}


def test_queries_are_encoded() -> None:
    """Brackets and values are percent-encoded, and nothing in a value ends it."""
    query = wire.list_query(2, {"v3_status": "a+b c&x=1"}, "", ())

    assert "page=2&per_page=100&search%5Bv3_status%5D=a%2Bb%20c%26x%3D1" == query


def test_several_values_includes_and_sort() -> None:
    """A filter with several values is repeated in FreshBooks' own way, and so are includes."""
    search = {"statuses": ["unpaid", "overdue"], "vis_state": "1"}

    query = wire.list_query(1, search, "invoice_date_asc", ("lines", "contacts"))

    assert [
        ("page", "1"),
        ("per_page", "100"),
        ("search[statuses][]", "unpaid"),
        ("search[statuses][]", "overdue"),
        ("search[vis_state]", "1"),
        ("sort", "invoice_date_asc"),
        ("include[]", "lines"),
        ("include[]", "contacts"),
    ] == parse_qsl(query, strict_parsing=True)


def test_every_kind_has_a_place() -> None:
    """Each kind of record can be listed."""
    assert set(Kind) == set(wire.PLACES)


def test_page() -> None:
    """A page brings its records and its place in the list; its numbers may be written as text."""
    payload = a_page(page="3", pages="12", total="1187")

    page, unread = wire.page_from(payload, "ACM123", Kind.EXPENSE)

    expense = wire.expense_from(a_row(), "ACM123")
    assert (Page((expense,), number=3, pages=12, total=1187), ()) == (page, unread)


def test_an_empty_list() -> None:
    """FreshBooks counts zero pages for an empty list."""
    payload = a_page(expenses=[], page=1, pages=0, total=0)

    page, _ = wire.page_from(payload, "ACM123", Kind.EXPENSE)

    assert Page((), number=1, pages=0, total=0) == page


def test_deleted_rows_are_told_from_others() -> None:
    """What was deleted comes as a record that is not active."""
    payload = a_page(expenses=[a_row(), a_row(id=70012, vis_state=1)])

    page, _ = wire.page_from(payload, "ACM123", Kind.EXPENSE)

    expenses = [record for record in page.records if isinstance(record, Expense)]
    assert [("70011", True), ("70012", False)] == [(one.id, one.is_active) for one in expenses]


def test_an_unreadable_row_is_counted_and_costs_no_other() -> None:
    """A row that is no record is left out and counted, with its id where that can be shown."""
    rows = [a_row(amount=None), a_row(), None, a_row(id="dana@firm.example", date="")]

    page, unread = wire.page_from(a_page(expenses=rows), "ACM123", Kind.EXPENSE)

    assert (1, 3) == (len(page.records), page.unreadable)
    assert ["70011", "", ""] == [row.id for row in unread]
    assert "'amount'" in unread[0].reason


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"expenses": ...}, "expenses"),
        ({"expenses": {}}, "expenses"),
        ({"page": ...}, "page"),
        ({"pages": None}, "pages"),
        ({"pages": "many"}, "pages"),
        ({"total": -1}, "total"),
        ({"total": "²"}, "total"),
    ],
)
def test_what_is_no_page_is_refused(changes: dict[str, Any], named: str) -> None:
    """A page without its rows or its numbers is not taken for the last one."""
    with pytest.raises(RequestRefused, match=f"'{named}'"):
        wire.page_from(a_page(**changes), "ACM123", Kind.EXPENSE)


def test_share_link() -> None:
    """The link is read where it stands in a record and where it stands alone."""
    alone = {"response": {"result": {"share_link": "https://books.example/#/link/abc123"}}}

    found = {wire.share_link_from(each) for each in (sample("freshbooks/share_link.json"), alone)}

    assert {"https://books.example/#/link/abc123"} == found


@pytest.mark.parametrize(
    "link", [None, 7, "", "javascript:alert(1)", "https://", "https://a b.example", "https://[x"]
)
def test_what_is_no_link_is_left_out(link: object) -> None:
    """What cannot be opened in a browser is not sent to anybody."""
    payload = {"response": {"result": {"share_link": {"share_link": link}}}}

    assert "" == wire.share_link_from(payload)
