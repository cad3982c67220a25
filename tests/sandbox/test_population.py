"""Many records at once: what they are, and that their lists are filtered once."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import BOOKS, CALLBACKS, result_of, subscribe
from tests.sandbox.subscriber import Subscriber

INVOICES = f"{BOOKS}/invoices/invoices"


def _page(books: httpx.Client, **query: Any) -> dict[str, Any]:
    return result_of(books.get(INVOICES, params={"per_page": 100, **query}))


def test_so_many_of_each(books: httpx.Client, control: SandboxControl) -> None:
    """Each kind grows by the number that was asked for."""
    counts = {"clients": 5, "vendors": 2, "invoices": 30, "payments": 20, "bills": 7} | {
        "expenses": 4
    }
    before = {table: len(control.records(table)) for table in counts}

    made = control.populate(**counts)

    assert {**counts, "overdue": 0} == made
    after = {table: len(control.records(table)) for table in counts}
    assert counts == {table: after[table] - before[table] for table in counts}


def test_so_many_are_overdue(books: httpx.Client, control: SandboxControl) -> None:
    """The overdue ones are spread over the list and past due by so many days."""
    control.populate(invoices=100, overdue=4, days_past_due=10, clients=3)

    rows = _page(books)["invoices"]

    words = Counter(row["v3_status"] for row in rows)
    places = [place for place, row in enumerate(rows) if row["v3_status"] == "overdue"]
    assert (4, True) == (words["overdue"], words["paid"] > 40)
    assert [25, 25, 25] == [after - before for before, after in itertools.pairwise(places)]
    (due,) = {row["due_date"] for row in rows if row["v3_status"] == "overdue"}
    today = datetime.now(ZoneInfo(credentials.TIME_ZONE)).date()
    assert 0 <= (today - timedelta(days=10) - date.fromisoformat(due)).days <= 1


def test_phones_are_plausible(control: SandboxControl) -> None:
    """The new clients have different phones, all of them invented ones."""
    control.populate(clients=120)

    phones = [row["mob_phone"] for row in control.clients()[-120:]]

    assert 120 == len(set(phones))
    assert all(phone[6:11] == "555-0" for phone in phones)


def test_they_can_be_of_many_days(books: httpx.Client, control: SandboxControl) -> None:
    """With spread_days the records were made over these days, the last one now."""
    control.populate(invoices=11, spread_days=10)

    days = sorted(row["updated"][:10] for row in _page(books)["invoices"])

    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    assert 9 <= (last - first).days <= 11
    assert abs((datetime.now(UTC).date() - last).days) <= 1
    assert 10 <= len(set(days))


def test_nobody_is_told(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Populating delivers nothing, and what it made can be told of like anything else."""
    subscribe(books, subscriber, "invoice")
    control.populate(invoices=3)
    quiet = len(subscriber.received)

    control.fire("invoice.update", objects=[1003], wait=True)

    assert (0, 1) == (quiet, len(subscriber.received))
    assert 1 == len(result_of(books.get(CALLBACKS))["callbacks"])


@pytest.mark.parametrize(
    "order", [{"estimates": 1}, {"invoices": 2, "overdue": 3}, {"payments": 1}, {"clients": -1}]
)
def test_what_cannot_be_made(control: SandboxControl, order: dict[str, int]) -> None:
    """Unknown kinds and impossible numbers are refused, and nothing is made."""
    before = control.clients()

    with pytest.raises(httpx.HTTPStatusError):
        control.populate(**order)

    assert before == control.clients()
    assert [] == control.invoices()


def test_a_long_list_is_filtered_once(books: httpx.Client, control: SandboxControl) -> None:
    """Further pages of a list that did not change need no filtering."""
    control.populate(invoices=20_000, overdue=50)
    searches = {"search[updated_min]": "2020-01-01", "sort": "invoice_date_asc"}

    pages = [_page(books, page=page, **searches) for page in range(1, 52)]
    read = control.stats()
    overdue = _page(books, **{"search[v3_status]": "overdue"})

    ids = {row["id"] for page in pages for row in page["invoices"]}
    assert (200, 20_000, 5_100) == (pages[0]["pages"], pages[0]["total"], len(ids))
    assert (1, 51) == (read["freshbooks.lists"], read["freshbooks.invoices.pages"])
    assert 50 == overdue["total"]
