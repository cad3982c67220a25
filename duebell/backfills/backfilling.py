"""Backfilling: the records of a past period, list by list and page by page, become signals.

From there everything goes as for a webhook, so what was told is not told again. How far a list was
read is written together with the signals of the page: whatever breaks off can be gone on with.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from duebell.backfills.brakes import Brakes, Pause
from duebell.backfills.lists import UNREADABLE, chosen_from, read_page, settle_request
from duebell.backfills.progress import Outcome, Progress, Tell
from duebell.domain.backfill import (
    Asked,
    Request,
    day_of,
    kind_listed,
    most_texts,
    rung_days,
)
from duebell.domain.books import Page
from duebell.domain.cursors import Cursor, Step
from duebell.domain.events import LADDERS
from duebell.domain.failures import BackfillRefused, DuebellError
from duebell.domain.ladder import MissedRungs
from duebell.domain.rules import LIST_PREFIX
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import backfills
from duebell.ledger.backfills import DONE, LEASE, STOPPED, StoredBackfill
from duebell.ledger.inbox import Arrival
from duebell.notifying.deciding import terms_for, zone_of
from duebell.runtime import Runtime

#: How often one looks whether whoever holds a backfill has let go of it.
LOOK_EVERY_SECONDS = 1.0


class Backfill:
    """One run of a backfill. ``pause`` says why it does not go on, once that is so."""

    def __init__(self, runtime: Runtime, id_: str, brakes: Brakes, tell: Tell) -> None:
        self._runtime = runtime
        self._brakes = brakes
        self._tell = tell
        self._asked: Asked
        self._counts: Counter[str] = Counter()
        self._first_decision = 0
        self._is_mine = False
        self.id = id_
        self.faults: list[str] = []
        self.cursor = Cursor(())
        self.pause: Pause | None = None

    async def begin(self, request: Request) -> None:
        """Begin, or go on where an earlier run stopped.

        Raises:
            BackfillRefused: where the request makes no sense, or another backfill is running.
        """
        self.id = request.resume or self.id
        ledger, now = self._runtime.ledger, self._runtime.now()
        stored = await ledger.read(lambda c: backfills.find(c, self.id))
        if stored is None and request.resume:
            raise BackfillRefused(f"there is no backfill {request.resume}")
        _refuse_beside(await ledger.read(lambda c: backfills.other_running(c, self.id, now)))
        self._first_decision = await ledger.read(backfills.last_decision)
        if stored is None:
            await self._begin_anew(request)
        else:
            await self._go_on(stored)
        self._is_mine = True
        self._brakes.most_texts = self._most_texts()

    async def _begin_anew(self, request: Request) -> None:
        self._asked, steps = await settle_request(self._runtime, request)
        self.cursor = Cursor(steps)
        new = StoredBackfill(self.id, self._asked.as_json(), self.cursor.as_json(), {}, "")
        now = self._runtime.now()
        _refuse_beside(await self._runtime.ledger.write(lambda c: backfills.begin(c, new, now)))

    async def _go_on(self, stored: StoredBackfill) -> None:
        """Take over; whoever was killed is waited for, as long as it may still be alive."""
        give_up_at = self._runtime.now() + 2 * LEASE
        while not await self._taken_over():
            if self._runtime.now() > give_up_at:
                raise BackfillRefused(f"the backfill {self.id} is running already")
            await self._runtime.sleep(LOOK_EVERY_SECONDS)
        current = await self._runtime.ledger.read(lambda c: backfills.find(c, self.id)) or stored
        self._asked = Asked.from_json(current.parameters)
        cursor = Cursor.from_json(current.cursor)
        is_begun = not cursor.is_done
        self.cursor = cursor.moved(cursor.position.once_more()) if is_begun else cursor
        self.faults = list(current.counts.get("faults", []))
        self._counts.update({k: n for k, n in current.counts.items() if k != "faults"})

    async def _taken_over(self) -> bool:
        ledger, now = self._runtime.ledger, self._runtime.now()
        _refuse_beside(await ledger.read(lambda c: backfills.other_running(c, self.id, now)))
        return await ledger.write(lambda c: backfills.take_over(c, self.id, now))

    def _most_texts(self) -> int:
        book = self._runtime.rulebook
        members = {f"{LIST_PREFIX}{name}": len(people) for name, people in book.lists.items()}
        kinds = {kind_listed(step.event) for step in self.cursor.steps}
        is_all = self._runtime.settings.missed_rungs is MissedRungs.ALL
        events = LADDERS & book.events
        rungs = max((len(rung_days(book, event)) for event in events), default=1) if is_all else 1
        return max(1, *(most_texts(book, kind, members, rungs) for kind in kinds))

    async def work_through(self) -> None:
        """Read the list at hand to its end; a list that cannot be read is left, with a fault.

        Raises:
            ProviderError: where FreshBooks cannot be asked now. Called again, it goes on there.
        """
        number = self.cursor.step
        while self.pause is None and self.cursor.step == number and not self.cursor.is_done:
            step = self.cursor.steps[number]
            try:
                await self._read_on(step)
            except UNREADABLE as failure:
                self.faults.append(f"{step.event} of {step.account_id}: {failure}")
                await self._advance([], self.cursor.moved(None))

    async def _read_on(self, step: Step) -> None:
        """Read the next page of the list at hand, if that may be done now."""
        self.pause = await self._brakes.check() or await self._out_of_hours(step)
        if self.pause is None:
            number = self.cursor.position.page
            await self._take_in(step, await read_page(self._runtime, step, self._asked, number))

    async def _out_of_hours(self, step: Step) -> Pause | None:
        """A rung is told within its hours only; its signal would come to nothing."""
        business = await self._runtime.business(step.account_id)
        if step.event not in LADDERS or terms_for(self._runtime, business).day is not None:
            return None
        hours = self._runtime.settings.ladder_hours
        place = f"{hours} in {business.time_zone} (DUEBELL_LADDER_HOURS)"
        return Pause(STOPPED, f"{step.event} is told between {place}: go on with it then")

    async def _take_in(self, step: Step, page: Page) -> None:
        chosen = await chosen_from(self._runtime, step, self._asked, page)
        left = [
            Signal(step.account_id, step.event, row.id, SignalSource.BACKFILL) for row in chosen
        ]
        await self._count(step, page)
        position = self.cursor.position
        # Only now it is known of how many pages this is one.
        self.cursor = self.cursor.moved(replace(position, pages=page.pages))
        while left:
            room = await self._brakes.room(len(left))
            if isinstance(room, Pause):
                self.pause = room
                return
            portion, left = left[:room], left[room:]
            if left:
                await self._advance(portion, self.cursor, 1 - len(left) / len(chosen))
            else:
                await self._advance(portion, self.cursor.moved(position.after(page)))
        if not chosen:
            await self._advance([], self.cursor.moved(position.after(page)))

    async def _count(self, step: Step, page: Page) -> None:
        zone = zone_of(await self._runtime.business(step.account_id))
        self._counts["pages"] += 1
        self._counts["records"] += len(page.records) + page.unreadable
        self._counts["unreadable"] += page.unreadable
        self._counts["undated"] += sum(day_of(row, zone) is None for row in page.records)

    async def _advance(self, signals: list[Signal], cursor: Cursor, within: float = 0.0) -> None:
        """Keep the signals and how far we are, in one transaction."""
        now = self._runtime.now()
        arrivals = [Arrival(signal, now) for signal in signals]
        self._counts["signals"] += len(signals)
        counts: dict[str, Any] = {**self._counts, "faults": self.faults}
        await self._runtime.ledger.write(
            lambda c: backfills.advance(c, self.id, arrivals, cursor.as_json(), counts, now)
        )
        self.cursor = cursor
        await self.tell(within)

    async def tell(self, within: float = 0.0) -> None:
        """Tell whoever watches how far it is."""
        standing, counts = await self._brakes.standing(), self._counts
        await self._tell(
            Progress(
                self.cursor.share(within),
                counts["pages"],
                counts["records"],
                counts["signals"],
                standing.planned,
                standing.open,
            )
        )

    async def touch(self) -> None:
        """Say that it still runs."""
        now = self._runtime.now()
        if self._is_mine:
            await self._runtime.ledger.write(lambda c: backfills.touch(c, self.id, now))

    async def settle(self) -> None:
        """Wait until what was found is worked off."""
        await self._brakes.settle()
        await self.tell()

    async def end(self, reason: str = "", error: DuebellError | None = None) -> Outcome:
        """Say that it does not run any more; gives what became of it.

        ``reason`` says why it broke off, where it did, and ``error`` for what.
        """
        now = self._runtime.now()
        pause = self.pause or (
            Pause(STOPPED, reason) if reason or not self.cursor.is_done else None
        )
        status, why = (pause.status, pause.reason) if pause else (DONE, "")
        if not self._is_mine:
            return Outcome("", status, why, error=error)
        ledger = self._runtime.ledger
        await ledger.write(lambda c: backfills.end(c, self.id, status, now))
        decisions = await ledger.read(lambda c: backfills.outcomes(c, self._first_decision))
        return Outcome(
            self.id,
            status,
            why,
            dict(self._counts),
            tuple(decisions),
            tuple(self.faults),
            (await self._brakes.standing()).open,
            error,
        )


def _refuse_beside(other: str | None) -> None:
    if other is not None:
        raise BackfillRefused(f"another backfill is running ({other}): let it end first")
