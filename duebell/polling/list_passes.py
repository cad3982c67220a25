"""Reading a list of FreshBooks from end to end, though rows come and go meanwhile.

Lists have no cursor. Read forwards, a row that leaves moves those behind it to pages that were read
already, so that one is missed; a row that comes only shows another one twice. Read backwards it is
the other way round. The totals beside the pages tell whether rows came or left: a pass is worth
nothing where what happened is what its direction cannot bear, and the list is then read in the
other one. One page is in memory at a time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from duebell.domain.books import Kind, Page
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks.client import FreshBooksClient

MOST_PASSES = 3

#: The only order that FreshBooks is known to honour; new invoices come last in it.
_SORTS: Mapping[Kind, str] = MappingProxyType({Kind.INVOICE: "invoice_date_asc"})

#: Looks at the rows of a page; the same row may be shown twice.
Look = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BookList:
    """A list to read: the records of one kind of an account that FreshBooks is asked for."""

    books: FreshBooksClient
    account_id: str
    kind: Kind
    search: Mapping[str, str] = field(default_factory=dict)

    async def page(self, number: int) -> Page:
        """Read one page.

        Raises:
            RequestRefused: where another page came than was asked for; rows would be missed.
        """
        found = await self.books.list_page(
            self.account_id, self.kind, number, self.search, _SORTS.get(self.kind, "")
        )
        if found.number != number:
            raise RequestRefused(
                f"FreshBooks gave page {found.number} of its {self.kind} list instead of {number}."
            )
        return found


@dataclass(slots=True)
class Reading:
    """What reading a list came to. ``rows`` and ``unreadable`` are those of the last pass.

    ``is_complete`` says that no row was missed that was in the list all the while.
    """

    pages: int = 0
    rows: int = 0
    unreadable: int = 0
    is_complete: bool = False


async def read_list(books: BookList, look: Look) -> Reading:
    """Have every row of a list looked at, once or, where rows moved, more often.

    Raises:
        ProviderError: where a page cannot be read.
    """
    reading, last = Reading(), 1
    for number in range(MOST_PASSES):
        reading.rows = reading.unreadable = 0
        is_backwards = number % 2 == 1
        pages = _backwards(books, last) if is_backwards else _forwards(books)
        totals = []
        async for page in pages:
            reading.pages += 1
            reading.rows += len(page.records) + page.unreadable
            reading.unreadable += page.unreadable
            totals.append(page.total)
            last = page.pages
            await look(page)
        # Forwards only rows that leave do harm, backwards only rows that come.
        reading.is_complete = totals == sorted(totals, reverse=is_backwards)
        if reading.is_complete:
            break
    return reading


async def _forwards(books: BookList) -> AsyncIterator[Page]:
    number = pages = 1
    while number <= pages:
        page = await books.page(number)
        yield page
        number, pages = number + 1, page.pages


async def _backwards(books: BookList, last: int) -> AsyncIterator[Page]:
    number = max(last, 1)
    page = await books.page(number)
    while page.pages > number:  # rows came since the list was read forwards
        number = page.pages
        page = await books.page(number)
    yield page
    for earlier in range(number - 1, 0, -1):
        yield await books.page(earlier)
