"""Books in which people work while they are read: nothing is lost, and nothing is told for nothing.

FreshBooks' lists are held in memory here, so that a record can be made, changed, moved or deleted
between any two pages. Each seed is a story of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from duebell.domain.books import Business, Client, Invoice, Kind, Record
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.rules import Channel, ListMember, Rule, Rulebook
from duebell.polling.ladder_scan import OPEN_WORDS
from duebell.wording.sample_records import SAMPLE_CLIENT, SAMPLE_INVOICE, SAMPLE_PAYMENT
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT
from tests.integration.services.place import Place
from tests.integration.services.poller import ALL_DAY, TEMPLATES, Poller
from tests.ledger_scenes import Clock
from tests.paging_books import PagingBooks

BUSINESS = Business(ACCOUNT, "1", "Northwind Bookkeeping", "America/Chicago", "Canada")
SAMPLES: dict[Kind, Record] = {
    Kind.PAYMENT: replace(SAMPLE_PAYMENT, account_id=ACCOUNT, invoice_id=""),
    Kind.CLIENT: replace(SAMPLE_CLIENT, account_id=ACCOUNT),
    Kind.INVOICE: replace(SAMPLE_INVOICE, account_id=ACCOUNT),
}

OpenBooks = Callable[..., tuple[Poller, PagingBooks]]


@pytest.fixture
def clock() -> Clock:
    """A day on which America changes its clocks, an hour before it does."""
    return Clock(datetime(2026, 11, 1, 4, 50, tzinfo=UTC))


@pytest.fixture
def open_books(open_desk: OpenDesk, place: Place) -> OpenBooks:
    """Opens a poller before books in memory, whose rules tell nobody who can be reached."""

    def open_one(*events: str, days: tuple[int, ...] = ()) -> tuple[Poller, PagingBooks]:
        desk = open_desk(place, ladder_hours=ALL_DAY)
        desk.run(desk.runtime.books.close())
        books = PagingBooks()
        desk.runtime.books = books
        desk.runtime.businesses[ACCOUNT] = BUSINESS
        rules = [Rule(one, "list:staff", Channel.SMS, TEMPLATES[one], days) for one in events]
        desk.runtime.rulebook = Rulebook(tuple(rules), {"staff": (ListMember("Nobody"),)})
        return Poller(desk), books

    return open_one


def honour_updated_min(books: PagingBooks) -> None:
    """Let the filter work, by FreshBooks' own calendar days."""

    def is_touched(row: Record, day: str) -> bool:
        assert row.updated_at is not None
        return row.updated_at.astimezone(FRESHBOOKS_ZONE).date().isoformat() >= day

    books.filters["updated_min"] = is_touched


@dataclass
class People:
    """Those who work in the books of one kind: what they made, changed and took away."""

    kind: Kind
    books: PagingBooks
    clock: Clock
    random: Random
    busy: float
    made: set[str] = field(default_factory=set)
    edits: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> list[Record]:
        """The list as it is."""
        return self.books.rows[self.kind]

    @property
    def there(self) -> set[str]:
        """The ids of what is there."""
        return {row.id for row in self.rows}

    def was_there(self, count: int) -> None:
        """Records from before anybody watched, made and touched some days ago."""
        at = self.clock() - timedelta(days=40)
        self.rows.extend(self._record(f"old{number}", at) for number in range(count))

    def work(self) -> None:
        """Some seconds go by, in which one thing may happen."""
        self.clock.pass_(seconds=self.random.uniform(1, 40))
        if self.random.random() < self.busy:
            self.random.choice([self.make, self.edit, self.edit, self.delete])()

    def make(self) -> None:
        """A record is made; it may stand anywhere in the list."""
        id_ = f"new{len(self.made)}"
        self.made.add(id_)
        self._insert(self._record(id_, self.clock()))

    def edit(self) -> None:
        """A record changes, and may move."""
        if self.rows:
            row: Any = self.rows.pop(self.random.randrange(len(self.rows)))
            self.edits[row.id] += 1
            change = {}
            if isinstance(row, Client):
                change = {"email": f"{self.edits[row.id]}@alder.example"}
            self._insert(replace(row, updated_at=self.clock(), **change))

    def delete(self) -> None:
        """A record is deleted."""
        if self.rows:
            del self.rows[self.random.randrange(len(self.rows))]

    def _insert(self, row: Record) -> None:
        self.rows.insert(self.random.randrange(len(self.rows) + 1), row)

    def _record(self, id_: str, at: datetime) -> Record:
        made: dict[str, Any] = {"id": id_, "updated_at": at}
        if self.kind is Kind.PAYMENT:
            made["paid_on"] = at.date() - timedelta(days=self.random.randrange(60))
        else:
            made["created_at"] = at
        return replace(SAMPLES[self.kind], **made)


def live(poller: Poller, people: People) -> None:
    """Some rounds of polls in which people work on, a long downtime, and then a quiet hour."""
    poller.look()
    people.books.between = people.work
    for number in range(8):
        if number == 5:
            for _ in range(40):
                people.clock.pass_(hours=6)
                people.work()
        people.clock.pass_(minutes=5)
        people.work()
        poller.desk.later(seconds=0)
        poller.poll()
        poller.work_off()
    people.busy = 0.0
    for _ in range(2):
        poller.desk.later(minutes=5)
        poller.poll()
        poller.work_off()


@pytest.mark.parametrize("kind", [Kind.PAYMENT, Kind.CLIENT, Kind.INVOICE])
@pytest.mark.parametrize("seed", range(6))
def test_every_new_record_is_told_once_and_no_old_one(
    open_books: OpenBooks, clock: Clock, kind: Kind, seed: int
) -> None:
    """Whatever moves between two pages: what was made and stayed is told, once; what was there
    before is not, however it is edited.
    """
    poller, books = open_books(f"{kind}.create")
    random = Random(f"{kind}{seed}")
    if random.random() < 0.5:
        honour_updated_min(books)
    people = People(kind, books, clock, random, busy=random.choice([0.1, 0.5, 0.9]))
    people.was_there(random.randrange(30))

    live(poller, people)

    told = poller.told()
    expected = {(f"{kind}.create", id_): 1 for id_ in people.made & people.there}
    assert expected.items() <= told.items()
    assert {id_ for _, id_ in told} <= people.made
    assert 1 == max(told.values(), default=1)


@pytest.mark.parametrize("seed", range(6))
def test_every_change_is_told_and_nothing_else(
    open_books: OpenBooks, clock: Clock, seed: int
) -> None:
    """What was edited and stayed is told at least once and no oftener than it was edited; what
    nobody touched is not.
    """
    poller, books = open_books("client.update")
    random = Random(seed)
    if random.random() < 0.5:
        honour_updated_min(books)
    people = People(Kind.CLIENT, books, clock, random, busy=random.choice([0.2, 0.6]))
    people.was_there(random.randrange(5, 30))

    live(poller, people)

    told = {id_: count for (_, id_), count in poller.told().items()}
    edited = {id_ for id_ in people.edits if id_ in people.there and id_.startswith("old")}
    assert edited <= told.keys()
    assert all(count <= people.edits[id_] for id_, count in told.items())


def test_a_quiet_hour_signals_nothing(open_books: OpenBooks, clock: Clock) -> None:
    """Polls look again at hours that they have read; what is known is not worked on again."""
    poller, books = open_books("client.create", "client.update", "payment.create")
    people = [
        People(kind, books, clock, Random(1), busy=1.0) for kind in (Kind.CLIENT, Kind.PAYMENT)
    ]
    for one in people:
        one.was_there(10)
    poller.look()
    poller.desk.later(minutes=5)
    for one in people:
        one.make()
        one.edit()
    poller.look()
    before = poller.signals()

    for _ in range(12):
        poller.desk.later(minutes=5)
        poller.look()

    assert before == poller.signals()


def test_a_list_that_never_rests_moves_no_watermark(open_books: OpenBooks, clock: Clock) -> None:
    """What was found is told, and the same days are asked for again next time."""
    poller, books = open_books("invoice.create")
    people = People(Kind.INVOICE, books, clock, Random(3), busy=0.0)
    people.was_there(40)
    poller.poll()
    read_through = poller.mark(Kind.INVOICE).read_through
    clock.pass_(minutes=5)
    turns = iter(range(1000))
    books.between = lambda: people.make() if next(turns) % 2 else people.delete()

    found = poller.poll()[Kind.INVOICE]

    assert "moved all the time" in found.fault
    assert read_through == poller.mark(Kind.INVOICE).read_through
    assert found.signals["invoice.create"] > 0


def test_nothing_is_news_while_history_cannot_be_read(open_books: OpenBooks, clock: Clock) -> None:
    """Payments of a list that never rests are told once their history is known, and not before."""
    poller, books = open_books("payment.create")
    people = People(Kind.PAYMENT, books, clock, Random(3), busy=0.0)
    people.was_there(40)
    turns = iter(range(1000))
    books.between = lambda: people.make() if next(turns) % 2 else people.delete()

    restless = poller.poll()[Kind.PAYMENT]
    signals, is_known = poller.signals(), poller.mark(Kind.PAYMENT).baseline_done
    books.between = lambda: None
    poller.poll()

    assert "history could not be read" in restless.fault
    assert ([], False) == (signals, is_known)
    assert poller.mark(Kind.PAYMENT).baseline_done
    assert all(id_ in people.made for _, id_ in poller.signals())


def test_a_row_that_cannot_be_read_is_said_and_stops_nothing(
    open_books: OpenBooks, clock: Clock
) -> None:
    """One odd record is counted in the result; those beside it are found."""
    poller, books = open_books("invoice.create")
    poller.poll()
    clock.pass_(minutes=5)
    People(Kind.INVOICE, books, clock, Random(3), busy=1.0).make()
    books.unreadable = 1

    found = poller.poll()[Kind.INVOICE]

    assert (1, "", {"invoice.create": 1}) == (found.unreadable, found.fault, dict(found.signals))


# -- days


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 1, 15, 4, 59, tzinfo=UTC), "2026-01-13"),  # still the 14th in New York
        (datetime(2026, 1, 15, 5, 0, tzinfo=UTC), "2026-01-14"),
        (datetime(2026, 7, 15, 3, 59, tzinfo=UTC), "2026-07-13"),
        (datetime(2026, 7, 15, 4, 0, tzinfo=UTC), "2026-07-14"),
        (datetime(2026, 11, 1, 12, 0, tzinfo=UTC), "2026-10-31"),
        (datetime(2028, 3, 1, 12, 0, tzinfo=UTC), "2028-02-29"),
    ],
)
def test_a_day_more_than_needed_is_asked_for_by_freshbooks_calendar(
    open_books: OpenBooks, clock: Clock, now: datetime, day: str
) -> None:
    """FreshBooks counts days in New York, whatever the zone of the business."""
    poller, books = open_books("invoice.create")
    clock.at = now

    poller.poll()

    drafts, changes = [search for _, _, search in books.asked]
    assert ({"v3_status": "draft"}, {"updated_min": day}) == (drafts, changes)


@pytest.mark.parametrize("hours", range(0, 54, 6))
def test_no_hour_of_a_change_of_clocks_is_lost(
    open_books: OpenBooks, clock: Clock, hours: int
) -> None:
    """An invoice that is made in any hour around the change of clocks is found by the poll after,
    though its times may be read as those of an hour before.
    """
    poller, books = open_books("invoice.create")
    honour_updated_min(books)
    clock.at = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
    poller.poll()
    clock.pass_(hours=24 + hours)
    poller.poll()
    clock.pass_(minutes=5)
    written_at = clock() - timedelta(minutes=61)  # the first of two hours with the same name
    made = replace(SAMPLE_INVOICE, account_id=ACCOUNT, created_at=written_at, updated_at=written_at)
    books.rows[Kind.INVOICE].append(made)

    poller.poll()

    assert [("invoice.create", made.id)] == poller.signals()


# -- the words of invoices


def on_the_ladder(id_: str, status: str, clock: Clock) -> Invoice:
    """An invoice that was due five days ago."""
    due_on = clock().date() - timedelta(days=5)
    sample = SAMPLES[Kind.INVOICE]
    assert isinstance(sample, Invoice)
    issued_on = due_on - timedelta(days=30)
    return replace(sample, id=id_, status=status, issued_on=issued_on, due_on=due_on)


def test_a_row_under_another_word_does_not_hide_the_words_after_it(
    open_books: OpenBooks, clock: Clock
) -> None:
    """That an invoice says another word than it is filed under does not mean that all came."""
    clock.at = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)
    poller, books = open_books("invoice.overdue", days=(5,))
    stray = on_the_ladder("stray", "partial", clock)
    rows = [stray, *(on_the_ladder(word, word, clock) for word in OPEN_WORDS)]
    books.rows[Kind.INVOICE] += rows
    books.filters["v3_status"] = lambda row, word: (
        word == OPEN_WORDS[0] if row.id == "stray" else row.id == word
    )

    found = poller.scan()

    assert {("invoice.overdue", row.id) for row in rows} == set(poller.signals())
    assert len(OPEN_WORDS) + 1 == found.pages


def test_a_moment_before_every_page_does_not_hide_an_invoice(
    open_books: OpenBooks, clock: Clock
) -> None:
    """Invoices that are paid while the list is read make others move up; none is missed."""
    clock.at = datetime(2026, 6, 15, 17, 0, tzinfo=UTC)
    poller, books = open_books("invoice.overdue", days=(5,))
    rows = [on_the_ladder(f"i{number}", "overdue", clock) for number in range(20)]
    books.rows[Kind.INVOICE] += rows
    books.filters["v3_status"] = lambda row, word: isinstance(row, Invoice) and row.status == word

    def pay() -> None:
        del books.rows[Kind.INVOICE][0]

    books.between = pay
    found = poller.scan()

    left = {("invoice.overdue", row.id) for row in books.rows[Kind.INVOICE]}
    assert ("", clock().date()) == (found.fault, poller.mark(Kind.INVOICE).scanned_on)
    assert left <= set(poller.signals())
