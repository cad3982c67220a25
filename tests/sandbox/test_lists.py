"""Lists of every kind: filters that work, filters that do nothing, and rows that move."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import BOOKS, result_of, rows_of
from tests.sandbox.records import PATHS, TABLES

INVOICES = f"{BOOKS}/invoices/invoices"


def _ids(books: httpx.Client, noun: str, **searches: Any) -> list[int]:
    rows = rows_of(books, PATHS[noun], **searches)
    return [row["vendorid" if noun == "bill_vendor" else "id"] for row in rows]


@pytest.mark.parametrize(
    ("noun", "search", "fits"),
    [
        ("payment", {"invoiceid": "{invoice_id}"}, {}),
        ("payment", {"clientid": 20005}, {"client_id": 20005}),
        ("payment", {"date_max": "2026-01-31"}, {"date": "2026-01-31"}),
        ("expense", {"clientid": 20005}, {"client_id": 20005}),
        ("expense", {"projectid": 9}, {"project_id": 9}),
        ("expense", {"categoryid": 8}, {"category_id": 8}),
        ("expense", {"date_min": "2099-01-01"}, {"date": "2099-01-01"}),
        ("bill", {"vendorid": 30004}, {"vendor_id": 30004}),
        ("bill", {"statuses][": ["overdue", "partial"]}, {"status": "overdue"}),
        ("client", {"fname_like": "zofi"}, {"fname": "Zofia"}),
    ],
)
def test_filters_of_each_kind(
    books: httpx.Client,
    control: SandboxControl,
    noun: str,
    search: dict[str, Any],
    fits: dict[str, Any],
) -> None:
    """The filters that FreshBooks honours find the one record that fits."""
    wanted, _ = control.fire(f"{noun}.create", count=2)
    control.change_record(TABLES[noun], wanted["id"], **fits)
    named = {name: _filled(value, wanted) for name, value in search.items()}

    assert [wanted["id"]] == _ids(books, noun, **named)


def _filled(value: object, record: dict[str, Any]) -> object:
    return value.format(**record) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("bill", "vendor_id"),
        ("bill", "status"),
        ("bill", "date_min"),
        ("bill_vendor", "vendor_name"),
        ("bill_vendor", "vis_state"),
        ("bill_vendor", "updated_min"),
        ("expense", "status"),
        ("payment", "customerid"),
        ("client", "organization"),
        ("invoice", "due_date_min"),
        ("invoice", "status"),
    ],
)
def test_filters_that_do_nothing(
    books: httpx.Client, control: SandboxControl, noun: str, name: str
) -> None:
    """A filter that the kind does not know leaves its list whole, with 200."""
    control.fire(f"{noun}.create", count=2)
    whole = _ids(books, noun)

    assert whole == _ids(books, noun, **{name: "2099-01-01"})


@pytest.mark.parametrize("noun", ["invoice", "client", "payment", "expense"])
def test_what_changed_can_be_asked_for(
    books: httpx.Client, control: SandboxControl, noun: str
) -> None:
    """updated_min works for these kinds, by the US/Eastern day."""
    old, new = control.fire(f"{noun}.create", count=2)
    for row in control.records(TABLES[noun]):
        if row["id"] != new["id"]:
            control.change_record(TABLES[noun], row["id"], updated_at="2026-03-01T04:59:00Z")

    assert [new["id"]] == _ids(books, noun, updated_min="2026-03-01")
    assert old["id"] in _ids(books, noun, updated_min="2026-02-28")


@pytest.mark.parametrize("noun", PATHS)
def test_whether_updated_min_works_can_be_set(
    books: httpx.Client, control: SandboxControl, noun: str
) -> None:
    """Nobody documents which kinds honour updated_min, so none or all of them may."""
    control.fire(f"{noun}.create")
    future = {"updated_min": "2099-01-01"}
    control.change_settings(updated_min_kinds=noun)
    honoured = _ids(books, noun, **future)

    control.change_settings(updated_min_kinds="")

    # On bill vendors no filter works at all.
    assert (noun == "bill_vendor") == bool(honoured)
    assert _ids(books, noun) == _ids(books, noun, **future)


def test_v3_status_may_be_ignored(books: httpx.Client, control: SandboxControl) -> None:
    """With the setting off, asking for overdue invoices brings all."""
    control.fire(count=2)
    honoured = _ids(books, "invoice", v3_status="overdue")

    control.change_settings(v3_status_honoured=False)

    assert (0, 2) == (len(honoured), len(_ids(books, "invoice", v3_status="overdue")))


def test_a_partly_paid_one_may_be_overdue(books: httpx.Client, control: SandboxControl) -> None:
    """Past its due date, an invoice partly paid says partial or, by the setting, overdue."""
    control.fire(fields={"status": "overdue", "amount": "9.00", "outstanding": "4.00"})
    partial = _ids(books, "invoice", v3_status="partial")

    control.change_settings(partial_says_overdue=True)

    assert partial == _ids(books, "invoice", v3_status="overdue")
    assert [] == _ids(books, "invoice", v3_status="partial")


@pytest.mark.parametrize(
    ("query", "errno"), [({"page": "x"}, 1014), ({"page": -1}, 1014), ({"per_page": "x"}, 1013)]
)
def test_pages_that_are_no_numbers(books: httpx.Client, query: dict[str, Any], errno: int) -> None:
    """Each has an error of its own."""
    answer = books.get(INVOICES, params=query)

    assert (422, errno) == (answer.status_code, answer.json()["response"]["errors"][0]["errno"])


def test_page_zero_is_the_first(books: httpx.Client) -> None:
    """An empty list has no pages, and page zero is its first."""
    result = result_of(books.get(INVOICES, params={"page": 0}))

    assert {"invoices": [], "page": 1, "pages": 0, "per_page": 15, "total": 0} == result


def test_only_the_invoice_date_sorts(books: httpx.Client, control: SandboxControl) -> None:
    """Any other order that is asked for leaves the newest first."""
    first, second = control.fire(count=2)
    control.change_invoice(second["id"], create_date="2026-01-01")
    orders = ("invoice_date_asc", "invoice_date_desc", "updated_asc", "due_date")

    found = [result_of(books.get(INVOICES, params={"sort": sort}))["invoices"] for sort in orders]

    newest, oldest = [second["id"], first["id"]], [first["id"], second["id"]]
    assert [newest, oldest, newest, newest] == [[row["id"] for row in rows] for rows in found]


def test_a_list_follows_changes(books: httpx.Client, control: SandboxControl) -> None:
    """A list that was worked out before is not shown again after a change."""
    (record,) = control.fire()
    before = _ids(books, "invoice", v3_status="overdue")

    control.change_invoice(record["id"], status="overdue")

    assert ([], [record["id"]]) == (before, _ids(books, "invoice", v3_status="overdue"))


def _read_in_pages(books: httpx.Client, **more: Any) -> list[int]:
    """The ids in all pages of two, one after the other."""
    ids: list[int] = []
    page, pages = 1, 1
    while page <= pages:
        query = {"page": page, "per_page": 2, **more}
        result = result_of(books.get(INVOICES, params=query))
        ids += [row["id"] for row in result["invoices"]]
        page, pages = page + 1, result["pages"]
    return ids


@pytest.mark.parametrize("sort", ["", "invoice_date_asc"])
def test_a_row_that_vanishes_hides_another(
    books: httpx.Client, control: SandboxControl, sort: str
) -> None:
    """Rows move up between two pages, so that one is on neither."""
    ids = {record["id"] for record in control.fire(count=5)}
    control.set_scenario("rows-shift", count=1)

    read = _read_in_pages(books, sort=sort)

    assert (4, 4) == (len(read), len(set(read)))
    missing = ids - set(read)
    assert {0} == {row["vis_state"] for row in control.invoices() if row["id"] in missing}


@pytest.mark.parametrize("sort", ["", "invoice_date_asc"])
def test_a_row_that_appears_shows_another_twice(
    books: httpx.Client, control: SandboxControl, sort: str
) -> None:
    """Rows move down between two pages, so that one is on both, and a new one on none."""
    ids = {record["id"] for record in control.fire(count=4)}
    control.set_scenario("rows-appear", count=1)

    read = _read_in_pages(books, sort=sort)

    assert (5, ids) == (len(read), set(read))
    assert 5 == len(control.invoices())


def test_overdue_begins_with_the_business_day(books: httpx.Client, control: SandboxControl) -> None:
    """The filter goes by the day where the business is."""
    yesterday = datetime.now(ZoneInfo("America/Chicago")).date() - timedelta(days=1)
    records = control.fire(count=2)
    control.change_invoice(records[0]["id"], due_date=str(yesterday))
    control.change_invoice(records[1]["id"], due_date=str(yesterday + timedelta(days=1)))

    assert [records[0]["id"]] == _ids(books, "invoice", v3_status="overdue")
