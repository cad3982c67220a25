"""One firm of a schedule: its books, its people, what becomes of its webhooks, and its claims."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from duebell.domain import books
from duebell.domain.events import callbacks_for
from duebell.domain.ladder import MissedRungs
from duebell.domain.signals import Signal
from duebell.providers.freshbooks.client import FreshBooksClient
from tests.integration.services.books_in_memory import Habits, RememberingBooks
from tests.integration.services.claims import Claims
from tests.integration.services.counted_texts import CountedTexts
from tests.integration.services.facts_to_tell import LADDER, Business, Truth
from tests.integration.services.people_at_work import News, People
from tests.integration.services.trades import act
from tests.ledger_scenes import Clock

ZONES = ("America/Toronto", "Pacific/Auckland", "Europe/London", "Asia/Kolkata")
#: What firms of a trade want to hear of.
EVENTS: Mapping[str, frozenset[str]] = {
    "selling": frozenset({"invoice.create", "invoice.update", "payment.create", *LADDER}),
    "buying": frozenset({"bill.create", "bill.update", "bill_vendor.create", "bill_vendor.update"}),
    "addresses": frozenset({"client.create", "client.update", "expense.create"}),
}
#: How late a webhook may be, in hours.
DELAYS = (0.0, 0.0, 0.01, 1.0, 5.0, 30.0)


class Firm:
    """A firm under one seed. With ``is_perfect`` every webhook comes, once and at once.

    ``happened`` counts what became of webhooks.
    """

    def __init__(
        self, seed: int, trade: str, missed: MissedRungs, clock: Clock, *, is_perfect: bool = False
    ) -> None:
        self.account_id = f"seed-{seed}"
        self.trade, self.events = trade, EVENTS[trade]
        self.clock = clock
        self.is_perfect = is_perfect
        self.happened: Counter[str] = Counter()
        self._random = Random(f"post {seed}")
        random = Random(f"firm {seed}")
        zone = random.choice(ZONES)
        self.business = Business(ZoneInfo(zone), missed)
        self.freshbooks = books.Business(self.account_id, "1", "Northwind", zone, "United States")
        habits = Habits() if is_perfect else Habits.of(random)
        self.books = RememberingBooks(self.account_id, clock, habits, self.account_id)
        self.people = People(self.books, self.business.zone, random)
        self.truth = Truth(self.books, self.business)
        self._post: list[tuple[datetime, int, News]] = []

    def claims(self, texts: CountedTexts) -> Claims:
        """The claims about what this firm's texts tell."""
        return Claims(self.books, texts.of(self.account_id), self.truth, self.events)

    def live_before(self) -> None:
        """Its people do something of which nobody hears: a firm has a history."""
        act(self.people, self.trade)

    def work(self) -> None:
        """Its people do something, and FreshBooks sends webhooks on their way, or not."""
        for event, id_ in act(self.people, self.trade):
            if event in callbacks_for(self.events):
                for delay in self._delays():
                    number = len(self._post) + self.happened.total()
                    heapq.heappush(self._post, (self.clock() + delay, number, (event, id_)))

    def _delays(self) -> list[timedelta]:
        if self.is_perfect:
            return [timedelta()]
        fate = self._random.choices(("lost", "told once", "doubled"), (35, 45, 20))[0]
        self.happened[fate] += 1
        times = {"lost": 0, "told once": 1, "doubled": 2}[fate]
        return [timedelta(hours=self._random.choice(DELAYS)) for _ in range(times)]

    def arrivals(self) -> Iterator[Signal]:
        """What the webhooks say that have arrived by now."""
        while self._post and self._post[0][0] <= self.clock():
            at, _, (event, id_) = heapq.heappop(self._post)
            self.happened["late"] += self.clock() - at > timedelta(minutes=1)
            yield Signal(self.account_id, event, id_)

    def next_opening(self) -> datetime:
        """When its ladder may be told again, on the next day."""
        return self.business.next_opening(self.clock())

    @property
    def last_arrival(self) -> datetime:
        """When everything that is on its way will have arrived."""
        return max((at for at, _, _ in self._post), default=self.clock())


class BooksOfAll(FreshBooksClient):
    """FreshBooks' client for several firms: each request goes to the books of its account."""

    def __init__(self, firms: Mapping[str, Firm]) -> None:
        self._firms = firms

    async def list_page(self, account_id: str, *rest: Any) -> books.Page:
        """One page of a list."""
        return await self._firms[account_id].books.list_page(account_id, *rest)

    async def invoice(self, account_id: str, id: str, *, in_full: bool = False) -> books.Invoice:
        """An invoice."""
        return await self._firms[account_id].books.invoice(account_id, id)

    async def payment(self, account_id: str, id: str) -> books.Payment:
        """A payment."""
        return await self._firms[account_id].books.payment(account_id, id)

    async def client(
        self, account_id: str, id: str, *, with_reminders: bool = False
    ) -> books.Client:
        """A client."""
        firm = self._firms[account_id].books
        return await firm.client(account_id, id, with_reminders=with_reminders)

    async def bill(self, account_id: str, id: str) -> books.Bill:
        """A bill."""
        return await self._firms[account_id].books.bill(account_id, id)

    async def vendor(self, account_id: str, id: str) -> books.Vendor:
        """A vendor."""
        return await self._firms[account_id].books.vendor(account_id, id)

    async def expense(self, account_id: str, id: str) -> books.Expense:
        """An expense."""
        return await self._firms[account_id].books.expense(account_id, id)
