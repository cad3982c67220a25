"""Backfilling as tasks: one for each list. The run itself is found through the context."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Protocol

from prefect import get_run_logger, task

from duebell.backfills.backfilling import Backfill
from duebell.backfills.brakes import INTERRUPTED, Brakes
from duebell.backfills.progress import REFUSED, Outcome, Progress, tally
from duebell.backfills.rehearsing import Rehearsal, Rehearsed
from duebell.cli.reading import this_operator
from duebell.domain.backfill import Request
from duebell.domain.cursors import Step
from duebell.domain.failures import BackfillRefused, DuebellError
from duebell.ledger.audit import AuditRecord
from duebell.ledger.backfills import DONE, STOPPED
from tasks import policies
from tasks.backfill_artifacts import MOST_ROWS, ProgressArtifact, show_outcome, show_rehearsal
from tasks.runtime import current
from tasks.starting import who_started

#: How often a run says in the ledger that it is alive.
TOUCH_EVERY_SECONDS = 4.0


class Watch(Protocol):
    """Somebody at a terminal, in this process."""

    def progressed(self, progress: Progress) -> None:
        """Called often."""

    def rehearsed(self, row: Rehearsed) -> None:
        """Called for each row of a dry run."""

    def ended(self, outcome: Outcome) -> None:
        """Called once, at the end."""

    def is_stopped(self) -> bool:
        """Whether to stop at the next page."""


class Run:
    """One flow run: a backfill or its dry run, who watches, and what the UI shows."""

    def __init__(self, id_: str, *, is_worker: bool, dry_run: bool) -> None:
        self.is_dry = dry_run
        self.outcome: Outcome | None = None
        self.error: DuebellError | None = None
        self._watch = _watch.get()
        self._artifact = ProgressArtifact()
        self._verdicts: Counter[tuple[str, str]] = Counter()
        self._first_rows: list[Rehearsed] = []
        self._last = Progress(0.0, 0, 0, 0)
        # A process with somebody at its terminal works on this run alone, and not on signals.
        is_worker = is_worker and self._watch is None
        brakes = Brakes(current(), is_worker=is_worker, is_stopped=self._is_stopped)
        self.backfill = Backfill(current(), id_, brakes, self._progressed)
        self.rehearsal = Rehearsal(current(), self._progressed, self._rehearsed, self._is_stopped)

    async def begin(self, request: Request) -> None:
        """Begin or go on; where that makes no sense, the outcome says so already."""
        try:
            with self._noting_error():
                await self._begin(request)
        except BackfillRefused as refusal:
            self._end(Outcome("", REFUSED, str(refusal)))

    async def note(self, request: Request) -> None:
        """Put into the audit trail who had it begun or gone on with; a dry run tells nobody."""
        if self.is_dry or self.outcome is not None:
            return
        by = this_operator() if self._watch is not None else who_started()
        action = "resumed" if request.resume else "begun"
        about = (by, action, "backfill", self.backfill.id)
        await current().ledger.note(AuditRecord(*about, detail=_asked(request)))

    async def _begin(self, request: Request) -> None:
        if not self.is_dry:
            await self.backfill.begin(request)
        elif request.resume:
            raise BackfillRefused("a dry run leaves nothing that could be gone on with")
        else:
            await self.rehearsal.begin(request)

    @contextlib.contextmanager
    def _noting_error(self) -> Iterator[None]:
        """Remember what went wrong; a repeated task that goes well forgets it again."""
        try:
            yield
        except DuebellError as error:
            self.error = error
            raise
        self.error = None

    @property
    def next_step(self) -> Step | None:
        """The list to work through next; None where there is none, or where it must not go on."""
        cursor = self.rehearsal.cursor if self.is_dry else self.backfill.cursor
        is_over = self.outcome is not None or self.backfill.pause is not None or self._is_stopped()
        return None if is_over or cursor.is_done else cursor.steps[cursor.step]

    async def work_through(self) -> None:
        """Work through the next list."""
        with self._noting_error():
            await (self.rehearsal if self.is_dry else self.backfill).work_through()

    async def end(self, failure: str) -> Outcome:
        """End it, whatever it came to; ``failure`` says why it broke off, where it did."""
        failure = str(self.error or failure)
        outcome = self._rehearsed_outcome(failure)
        if not self.is_dry:
            outcome = await self.backfill.end(failure, self.error)
        with contextlib.suppress(Exception):
            await self._artifact.show(self._last, is_last=True)
            if self.is_dry:
                await show_rehearsal(outcome, self._first_rows)
            else:
                await show_outcome(outcome)
        self._end(outcome)
        return outcome

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        if self._watch is not None:
            self._watch.ended(outcome)

    def _rehearsed_outcome(self, failure: str) -> Outcome:
        rehearsal, progress = self.rehearsal, self._last
        is_done = rehearsal.cursor.is_done and not failure
        return Outcome(
            "",
            DONE if is_done else STOPPED,
            "" if is_done else failure or INTERRUPTED,
            Counter(pages=progress.pages, records=progress.records, signals=progress.signals),
            tally(self._verdicts.items()),
            tuple(rehearsal.faults),
            error=self.error,
        )

    def _is_stopped(self) -> bool:
        return self._watch is not None and self._watch.is_stopped()

    async def _progressed(self, progress: Progress) -> None:
        self._last = progress
        if self._watch is not None:
            self._watch.progressed(progress)
        await self._artifact.show(progress)

    async def _rehearsed(self, row: Rehearsed) -> None:
        self._verdicts[row.verdict, row.reason] += 1
        if len(self._first_rows) < MOST_ROWS:
            self._first_rows.append(row)
        if self._watch is not None:
            self._watch.rehearsed(row)


def _asked(request: Request) -> dict[str, object]:
    """What was asked for, as the audit trail has it."""
    days = {"since": request.since, "until": request.until}
    asked: dict[str, object] = {name: day.isoformat() for name, day in days.items() if day}
    return asked | ({"events": list(request.events)} if request.events else {})


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)
_run: ContextVar[Run] = ContextVar("run")


@contextlib.contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """Tell somebody in this process of the run inside."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


@contextlib.asynccontextmanager
async def one_run(id_: str, *, is_worker: bool, dry_run: bool) -> AsyncIterator[Run]:
    """Let the tasks inside work on one run; whatever happens, its row says that it ended."""
    run = Run(id_, is_worker=is_worker, dry_run=dry_run)
    token = _run.set(run)
    heart = asyncio.create_task(_keep_alive(run))
    try:
        yield run
    finally:
        heart.cancel()
        if run.outcome is None:
            await run.end(INTERRUPTED)
        _run.reset(token)


async def _keep_alive(run: Run) -> None:
    while not run.is_dry:
        await asyncio.sleep(TOUCH_EVERY_SECONDS)
        with contextlib.suppress(Exception):
            await run.backfill.touch()


@task(name="begin backfill", **policies.READ)
async def begin(request: Request) -> None:
    """See what is to be done, or where an earlier run stopped."""
    run = _run.get()
    await run.begin(request)
    await run.note(request)
    get_run_logger().info("%s", run.outcome or "begun")


@task(name="read list", task_run_name="read {event} of {account_id}", **policies.READ)
async def read_list(event: str, account_id: str) -> None:
    """Work through the list of one event; repeated, it goes on where it was."""
    run = _run.get()
    await run.work_through()
    get_run_logger().info("%s", run.backfill.pause or "to its end")


@task(name="await the worker", **policies.ONCE)
async def await_worker() -> None:
    """Wait until what was found is worked off, as long as there is progress."""
    await _run.get().backfill.settle()


@task(name="end backfill", **policies.LEDGER)
async def end(failure: str) -> None:
    """Say what became of it."""
    outcome = await _run.get().end(failure)
    get_run_logger().info("%s", outcome)
