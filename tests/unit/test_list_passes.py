"""Lists are read to their end, and again where rows moved meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

import pytest

from duebell.domain.books import Invoice, Kind, Page
from duebell.domain.failures import RequestRefused
from duebell.polling.list_passes import MOST_PASSES, BookList, Reading, read_list
from duebell.wording.sample_records import SAMPLE_INVOICE
from tests.paging_books import PagingBooks

ACCOUNT = SAMPLE_INVOICE.account_id


def invoices(count: int) -> list[Invoice]:
    """Invoices with numbers from 1."""
    return [replace(SAMPLE_INVOICE, id=str(number)) for number in range(1, count + 1)]


def books_with(count: int) -> PagingBooks:
    """Books with so many invoices, three on a page."""
    books = PagingBooks()
    books.rows[Kind.INVOICE] += invoices(count)
    return books


class Reader:
    """Reads a list and remembers what it saw."""

    def __init__(self, books: PagingBooks) -> None:
        self.books = books
        self.ids: set[str] = set()

    def read(self) -> Reading:
        """Read the whole list."""
        return asyncio.run(read_list(BookList(self.books, ACCOUNT, Kind.INVOICE), self._look))

    async def _look(self, page: Page) -> None:
        self.ids.update(row.id for row in page.records)

    @property
    def pages(self) -> list[int]:
        """The pages that were asked for, in order."""
        return [page for _, page, _ in self.books.asked]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (3, 1), (4, 2), (9, 3), (10, 4)])
def test_a_quiet_list_costs_as_many_requests_as_it_has_pages(count: int, pages: int) -> None:
    """Where nothing moves, each page is asked for once and every row is seen."""
    reader = Reader(books_with(count))

    reading = reader.read()

    assert list(range(1, pages + 1)) == reader.pages
    assert Reading(pages=pages, rows=count, is_complete=True) == reading
    assert count == len(reader.ids)


def test_a_row_that_leaves_costs_another_pass_and_no_row() -> None:
    """The row that moved to a page that was read already is found by reading backwards."""
    reader = Reader(books_with(7))
    left = iter([True])

    def leave() -> None:
        if next(left, False):
            del reader.books.rows[Kind.INVOICE][0]

    reader.books.between = leave
    reading = reader.read()

    assert {str(number) for number in range(1, 8)} == reader.ids
    assert reading.is_complete
    assert [1, 2, 2, 1] == reader.pages


def test_rows_that_leave_all_the_time_are_read_backwards() -> None:
    """Where a row leaves before every page, one pass backwards misses none that stayed."""
    reader = Reader(books_with(60))

    def leave() -> None:
        del reader.books.rows[Kind.INVOICE][0]

    reader.books.between = leave
    reading = reader.read()

    assert reading.is_complete
    assert 1 == reader.pages.count(1) - 1
    assert {row.id for row in reader.books.rows[Kind.INVOICE]} <= reader.ids


def test_rows_that_only_come_cost_nothing() -> None:
    """In a busy firm no pass is quiet; one forwards has all that was there when it began."""
    reader = Reader(books_with(20))
    old = {row.id for row in reader.books.rows[Kind.INVOICE]}
    names = iter(range(1000))

    def come() -> None:
        reader.books.rows[Kind.INVOICE].insert(0, replace(SAMPLE_INVOICE, id=f"n{next(names)}"))

    reader.books.between = come
    reading = reader.read()

    assert (True, 1) == (reading.is_complete, reader.pages.count(1))
    assert old <= reader.ids


def test_rows_that_came_since_are_read_backwards_as_well() -> None:
    """A pass backwards begins where the list ends by then."""
    reader = Reader(books_with(6))
    names = iter(range(1000))
    moves = iter(["leave", "come"])

    def move() -> None:
        rows = reader.books.rows[Kind.INVOICE]
        match next(moves, ""):
            case "leave":
                del rows[0]
            case "come":
                rows.extend(replace(SAMPLE_INVOICE, id=f"n{next(names)}") for _ in range(7))

    reader.books.between = move
    reading = reader.read()

    assert reading.is_complete
    assert [1, 2, 2, 4, 3, 2, 1] == reader.pages
    assert {row.id for row in reader.books.rows[Kind.INVOICE]} <= reader.ids


def test_a_list_that_never_rests_is_read_three_times_at_most() -> None:
    """Rows that come and leave in every pass are no reason to read for ever; it is said."""
    reader = Reader(books_with(60))
    names = iter(range(1000))
    moves = iter(range(1000))

    def move() -> None:
        if next(moves) % 2:
            del reader.books.rows[Kind.INVOICE][0]
        else:
            reader.books.rows[Kind.INVOICE].insert(0, replace(SAMPLE_INVOICE, id=f"n{next(names)}"))

    reader.books.between = move
    reading = reader.read()

    assert not reading.is_complete
    assert MOST_PASSES == reader.pages.count(1)


@pytest.mark.parametrize("seed", range(300))
def test_a_complete_reading_has_missed_nothing(seed: int) -> None:
    """Whatever comes or leaves, one thing between two pages, anywhere in the list: a reading that
    says it is complete has seen all that was there all the while.
    """
    random = Random(seed)
    reader = Reader(books_with(random.randrange(1, 40)))
    stayed = {row.id for row in reader.books.rows[Kind.INVOICE]}
    names = iter(range(1000))
    coming, leaving = random.choice([(0.0, 0.3), (0.3, 0.0), (0.1, 0.1), (0.4, 0.4)])

    def move() -> None:
        rows = reader.books.rows[Kind.INVOICE]
        lot = random.random()
        if lot < coming:
            rows.insert(
                random.randrange(len(rows) + 1), replace(SAMPLE_INVOICE, id=f"n{next(names)}")
            )
        elif rows and lot > 1 - leaving:
            stayed.discard(rows.pop(random.randrange(len(rows))).id)

    reader.books.between = move
    reading = reader.read()

    assert stayed <= reader.ids or not reading.is_complete


def test_unreadable_rows_are_counted_and_stop_nothing() -> None:
    """Rows that cannot be read belong to the total, so that they do not look like missing ones."""
    books = books_with(2)
    books.unreadable = 1
    reader = Reader(books)

    reading = reader.read()

    assert Reading(pages=1, rows=3, unreadable=1, is_complete=True) == reading


def test_another_page_than_asked_for_is_refused() -> None:
    """A list that does not turn its pages would hide rows without a word."""

    class Stuck(PagingBooks):
        async def list_page(self, *args: object, **kwargs: object) -> Page:
            return Page((), 1, 3, 9)

    reader = Reader(Stuck())

    with pytest.raises(RequestRefused, match="page 1 of its invoice list instead of 2"):
        reader.read()
