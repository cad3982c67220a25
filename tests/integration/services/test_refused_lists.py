"""FreshBooks refuses one of the words it is asked for: everything else is found all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duebell.domain.books import Business, Invoice, Kind, Page, Record
from duebell.domain.failures import ProviderError, RecordGone, RequestRefused
from duebell.domain.rules import Channel, ListMember, Rule, Rulebook
from duebell.polling.ladder_scan import OPEN_WORDS
from duebell.wording.sample_records import SAMPLE_INVOICE
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT
from tests.integration.services.place import Place
from tests.integration.services.poller import ALL_DAY, TEMPLATES, Poller
from tests.ledger_scenes import Clock
from tests.paging_books import PagingBooks

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
REFUSALS = [RequestRefused("FreshBooks answered 422."), RecordGone("FreshBooks answered 404.")]
each_refusal = pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)


class ChangesOnly(PagingBooks):
    """Books that, where they are to, list only what changed since a day."""

    refusal: ProviderError | None = None

    async def list_page(
        self,
        account_id: str,
        kind: Kind,
        page: int,
        search: Mapping[str, str | Sequence[str]] = {},
        sort: str = "",
        includes: Sequence[str] = (),
    ) -> Page:
        """One page, if it is not refused."""
        if self.refusal is not None and "updated_min" not in search:
            raise self.refusal
        return await super().list_page(account_id, kind, page, search, sort, includes)


OpenBooks = Callable[..., tuple[Poller, ChangesOnly]]


@pytest.fixture
def clock() -> Clock:
    """Noon of a summer's day."""
    return Clock(NOW)


@pytest.fixture
def open_books(open_desk: OpenDesk, place: Place) -> OpenBooks:
    """Opens a poller before books in memory, whose rule tells nobody who can be reached."""

    def open_one(event: str, *days: int) -> tuple[Poller, ChangesOnly]:
        desk = open_desk(place, ladder_hours=ALL_DAY)
        desk.run(desk.runtime.books.close())
        books = ChangesOnly()
        desk.runtime.books = books
        desk.runtime.businesses[ACCOUNT] = Business(ACCOUNT, "1", "Northwind", "UTC", "Canada")
        rule = Rule(event, "list:staff", Channel.SMS, TEMPLATES[event], days)
        desk.runtime.rulebook = Rulebook((rule,), {"staff": (ListMember("Nobody"),)})
        return Poller(desk), books

    return open_one


def refuse(books: PagingBooks, failure: ProviderError, *words: str) -> None:
    """Let FreshBooks know ``v3_status``, but not these words."""

    def has_status(row: Record, word: str) -> bool:
        if word in words:
            raise failure
        assert isinstance(row, Invoice)
        return row.status == word

    books.filters["v3_status"] = has_status


def an_invoice(id_: str, status: str, **fields: Any) -> Invoice:
    """An invoice that fell due five days ago."""
    due_on = NOW.date() - timedelta(days=5)
    days = {"issued_on": due_on - timedelta(days=30), "due_on": due_on}
    at = NOW - timedelta(days=35)
    made = {"account_id": ACCOUNT, "id": id_, "created_at": at, "updated_at": at, **days}
    return replace(SAMPLE_INVOICE, status=status, **{**made, **fields})


# -- the ladder


@each_refusal
def test_a_refused_word_does_not_end_the_ladder(
    open_books: OpenBooks, refusal: ProviderError
) -> None:
    """Invoices under other words are found, and so are those under the refused one; it is said."""
    poller, books = open_books("invoice.overdue", 5)
    books.rows[Kind.INVOICE] = [an_invoice(word, word) for word in ("created", "sent", "partial")]
    refuse(books, refusal, "created", "pending")

    found = poller.scan()

    assert {"invoice.overdue": 3} == dict(found.signals)
    assert "refused to list pending invoices" in found.fault
    assert NOW.date() == poller.mark(Kind.INVOICE).scanned_on


def test_all_invoices_are_read_once_however_many_words_are_refused(open_books: OpenBooks) -> None:
    """Refusals cost a request each, and the whole list is read in the end."""
    poller, books = open_books("invoice.overdue", 5)
    books.rows[Kind.INVOICE] = [an_invoice("1", "sent")]
    refuse(books, REFUSALS[0], *OPEN_WORDS)

    found = poller.scan()

    assert (1, 1) == (found.signals.total(), found.pages)
    assert [{"v3_status": word} for word in OPEN_WORDS] + [{}] == [one[2] for one in books.asked]


def test_a_list_that_is_refused_altogether_is_asked_for_again(open_books: OpenBooks) -> None:
    """The day does not count as looked through before it was."""
    poller, books = open_books("invoice.overdue", 5)
    books.rows[Kind.INVOICE] = [an_invoice("1", "sent")]
    books.refusals[Kind.INVOICE] = REFUSALS[0]

    refused = poller.scan()
    scanned_on = poller.mark(Kind.INVOICE).scanned_on
    del books.refusals[Kind.INVOICE]
    again = poller.scan()

    assert ("FreshBooks answered 422.", None) == (refused.fault, scanned_on)
    assert ("", {"invoice.overdue": 1}) == (again.fault, dict(again.signals))


# -- drafts


@each_refusal
def test_drafts_are_found_where_their_list_is_refused(
    open_books: OpenBooks, refusal: ProviderError
) -> None:
    """All invoices are read once instead, and changes as ever; drafts are told once issued."""
    poller, books = open_books("invoice.create")
    draft = an_invoice("1", "draft", is_draft=True)
    books.rows[Kind.INVOICE] = [draft, an_invoice("2", "sent")]
    refuse(books, refusal, "draft")

    poller.look()
    poller.desk.later(minutes=5)
    at = poller.desk.clock()
    issued = replace(draft, is_draft=False, status="sent", updated_at=at)
    new = an_invoice("3", "sent", created_at=at, updated_at=at)
    books.rows[Kind.INVOICE] = [issued, an_invoice("2", "sent", updated_at=at), new]
    found = poller.poll()
    poller.work_off()

    assert (1, "") == (found[Kind.INVOICE].pages, found[Kind.INVOICE].fault)
    assert {("invoice.create", "1"): 1, ("invoice.create", "3"): 1} == poller.told()


def test_changes_are_read_though_no_list_of_drafts_can_be(open_books: OpenBooks) -> None:
    """What is new is told, and drafts are asked for again with each poll."""
    poller, books = open_books("invoice.create")
    at = poller.desk.clock()
    books.refusal = REFUSALS[0]
    books.rows[Kind.INVOICE] = [an_invoice("3", "sent", created_at=at, updated_at=at)]

    fault = poller.poll()[Kind.INVOICE].fault
    not_read = poller.mark(Kind.INVOICE).drafts_read_at
    books.refusal = None
    poller.desk.later(minutes=5)
    poller.look()

    assert ("", None) == (fault, not_read)
    assert {("invoice.create", "3"): 1} == poller.told()
    assert poller.mark(Kind.INVOICE).drafts_read_at is not None
