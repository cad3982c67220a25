"""A backfill beside a worker whose turn comes whenever the backfill waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from duebell.backfills.backfilling import Backfill
from duebell.backfills.brakes import Brakes
from duebell.backfills.progress import Outcome, Progress
from duebell.backfills.rehearsing import Rehearsal, Rehearsed
from duebell.domain.backfill import Request
from tests.integration.services.desk import Desk

#: A month that is over, whatever the day on which the tests run.
MONTH = Request(date(2026, 1, 1), date(2026, 1, 31))


def invoices(desk: Desk, count: int, day: str = "2026-01-15", **fields: object) -> list[str]:
    """So many invoices of a day that nobody was told of; gives their ids."""
    fields = {"create_date": day, "due_date": "2026-02-14", **fields}
    return [str(one["id"]) for one in desk.sandbox.fire(count=count, fields=fields, deliver=False)]


def days_ago(desk: Desk, days: int) -> date:
    """A day that is so recent that its rungs are told."""
    return desk.clock().date() - timedelta(days=days)


def at_noon(desk: Desk) -> Desk:
    """A worker at about noon in the business' zone, when rungs are told."""
    desk.clock.at = desk.clock().replace(hour=18, minute=0)
    desk.later(seconds=0)
    return desk


class Scene:
    """Backfills of one desk, and what they told of their progress."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.told: list[Progress] = []
        self.rows: list[Rehearsed] = []
        self.faults: list[str] = []
        self.turns = 0
        self.is_stopped = False
        self.runtime = replace(desk.runtime, sleep=self._turn)

    async def _turn(self, seconds: float) -> None:
        """The worker works off what is there; time passes."""
        self.turns += 1
        await self.desk.notified(f"turn-{self.turns}-{self.desk.clock()}")
        self.desk.clock.pass_(seconds=seconds)
        await self.desk.ledger.beat(self.desk.runtime.worker)

    async def _tell(self, progress: Progress) -> None:
        self.told.append(progress)

    async def _take(self, row: Rehearsed) -> None:
        self.rows.append(row)

    def open(self, id_: str = "b1", *, is_worker: bool = True) -> Backfill:
        """A backfill that has not begun."""
        brakes = Brakes(self.runtime, is_worker=is_worker, is_stopped=lambda: self.is_stopped)
        return Backfill(self.runtime, id_, brakes, self._tell)

    def run(self, request: Request = MONTH, id_: str = "b1", *, is_worker: bool = True) -> Outcome:
        """A backfill from its begin to its end."""
        return self.desk.run(self._run(self.open(id_, is_worker=is_worker), request))

    async def _run(self, backfill: Backfill, request: Request) -> Outcome:
        await backfill.begin(request)
        while not backfill.cursor.is_done and backfill.pause is None:
            await backfill.work_through()
        await backfill.settle()
        return await backfill.end()

    def rehearse(self, request: Request = MONTH) -> list[tuple[str, str, str]]:
        """A dry run; gives event, verdict and reason of its rows."""
        rehearsal = Rehearsal(self.runtime, self._tell, self._take)
        self.desk.run(rehearsal.begin(request))
        while rehearsal.is_left:
            self.desk.run(rehearsal.work_through())
        self.faults = rehearsal.faults
        return [(row.event, row.verdict, row.reason) for row in self.rows]

    def recipients(self) -> list[str]:
        """To whom Twilio sent something."""
        return sorted(text["to"] for text in self.desk.texts())
