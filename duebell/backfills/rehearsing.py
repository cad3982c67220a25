"""A backfill's dry run: what would be sent to whom and what would not, and why.

Every record is looked up and decided about as the run that works on a signal does, at this moment;
nothing is recorded and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from duebell.backfills.lists import UNREADABLE, chosen_from, read_page, settle_request
from duebell.backfills.progress import Progress, Tell
from duebell.domain.backfill import Asked, Request, belongs, day_of, rung_days
from duebell.domain.books import Record
from duebell.domain.cursors import Cursor, Step
from duebell.domain.decisions import Decision, Verdict
from duebell.domain.failures import TryAgain
from duebell.domain.signals import ClaimedSignal, Signal, SignalSource
from duebell.ledger import backfills
from duebell.ledger.plan_records import PlanRecord
from duebell.notifying.batch import Batch
from duebell.notifying.deciding import zone_of
from duebell.notifying.lookup import Lookup
from duebell.people.masking import mask
from duebell.runtime import Runtime

#: So long ago that what FreshBooks says of a record is believed at once.
LONG_AGO = timedelta(days=1)
#: Rungs are told within hours only; a rehearsal says what would be told within them.
ALL_DAY = "00:00-23:59:59.999999"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would become of one record and rule. ``name`` is for the terminal alone."""

    day: date | None
    event: str
    account_id: str
    object_id: str
    number: str
    name: str
    audience: str
    recipient: str
    verdict: str
    reason: str
    template: str


#: Takes a row as soon as it is known.
TakeRow = Callable[[Rehearsed], Awaitable[None]]


class Rehearsal:
    """One dry run."""

    def __init__(
        self,
        runtime: Runtime,
        tell: Tell,
        take: TakeRow,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        settings = runtime.settings.model_copy(update={"ladder_hours": ALL_DAY})
        self._runtime = replace(runtime, settings=settings)
        self._lookup = Lookup(self._runtime)
        self._tell = tell
        self._take = take
        self._is_stopped = is_stopped
        self._asked: Asked
        self._pages = self._records = self._signals = self._planned = 0
        self._last_seen: frozenset[tuple[int, str]] = frozenset()
        self.cursor = Cursor(())
        self.faults: list[str] = []

    async def begin(self, request: Request) -> None:
        """See what the request comes to.

        Raises:
            BackfillRefused: where it makes no sense.
        """
        self._asked, steps = await settle_request(self._runtime, request)
        self.cursor = Cursor(steps)

    @property
    def is_left(self) -> bool:
        """Whether there is something to look at, and nobody has stopped it."""
        return not self.cursor.is_done and not self._is_stopped()

    async def work_through(self) -> None:
        """Look at the list at hand to its end; a list that cannot be read is left, with a fault.

        Raises:
            ProviderError: where FreshBooks cannot be asked now. Called again, it goes on there.
        """
        number = self.cursor.step
        while self.is_left and self.cursor.step == number:
            step = self.cursor.steps[number]
            try:
                rows = await self._read_on(step)
            except UNREADABLE as failure:
                self.faults.append(f"{step.event} of {step.account_id}: {failure}")
                self.cursor = self.cursor.moved(None)
                return
            for row in rows:
                self._planned += row.verdict == Verdict.PLANNED
                await self._take(row)
            await self._tell(self.progress())

    async def _read_on(self, step: Step) -> list[Rehearsed]:
        """Look at the next page of the list at hand."""
        number, position = self.cursor.step, self.cursor.position
        page = await read_page(self._runtime, step, self._asked, position.page)
        chosen = await chosen_from(self._runtime, step, self._asked, page)
        # Rows shift from one page to the next while they are read.
        new = [record for record in chosen if (number, record.id) not in self._last_seen]
        rows = await self._rehearse(step, new)
        self._last_seen = frozenset((number, record.id) for record in chosen)
        self._pages += 1
        self._records += len(page.records) + page.unreadable
        self._signals += len(new)
        self.cursor = self.cursor.moved(position.after(page))
        return rows

    def progress(self) -> Progress:
        """How far it is."""
        read = (self._pages, self._records, self._signals)
        return Progress(self.cursor.share(), *read, self._planned)

    async def _rehearse(self, step: Step, records: list[Record]) -> list[Rehearsed]:
        """Decide about these records as a run for their signals would."""
        self._lookup.forget_all_but_people()
        batch = Batch(self._runtime, "rehearsal", self._lookup)
        batch.signals = [
            ClaimedSignal(
                number,
                Signal(step.account_id, step.event, record.id, SignalSource.BACKFILL),
                self._runtime.now() - LONG_AGO,
                tries=1,
            )
            for number, record in enumerate(records)
        ]
        if failures := await batch.look_up():
            raise TryAgain(f"{len(failures)} records could not be read: {failures[0]}")
        plans = await batch.plans()
        keys = [one.dedup_key for item in plans for one in item.plan.notifications]
        known = await self._runtime.ledger.read(lambda c: backfills.known(c, keys))
        zone = zone_of(await self._runtime.business(step.account_id))
        rows = (
            _row(item, decision, day_of(records[item.claimed.id], zone), known)
            for item in plans
            for decision in self._own(step, item, records[item.claimed.id])
        )
        # Several rungs may be left out for one reason.
        return list(dict.fromkeys(rows))

    def _own(self, step: Step, item: PlanRecord, listed: Record) -> Iterator[Decision]:
        """The decisions to show here: what another list of this backfill brings up stands there."""
        for decision in item.plan.decisions:
            event = decision.occurrence.event_type if decision.occurrence else step.event
            if event == step.event or not self._is_shown_under(event, step, listed):
                yield decision

    def _is_shown_under(self, event: str, step: Step, listed: Record) -> bool:
        if event not in self._asked.events:
            return False
        zone = zone_of(self._runtime.businesses[step.account_id])
        rungs = rung_days(self._runtime.rulebook, event)
        return belongs(listed, event, self._asked, zone, rungs)


def _row(
    item: PlanRecord, decision: Decision, day: date | None, known: dict[str, str]
) -> Rehearsed:
    planned, verdict, reason = decision.planned, decision.verdict, decision.reason
    if planned is not None and (status := known.get(planned.dedup_key)):
        verdict, reason = Verdict.REPEATED, f"told before: the notification is {status}"
    signal, rule = item.claimed.signal, decision.rule
    return Rehearsed(
        day=day,
        event=decision.occurrence.event_type if decision.occurrence else signal.event,
        account_id=signal.account_id,
        object_id=signal.object_id,
        number=item.number or "",
        name=_name_in(item),
        audience=decision.audience or (rule.audience if rule else ""),
        recipient=mask(planned.channel, planned.contact.address) if planned else "",
        verdict=verdict.value,
        reason=reason,
        template=rule.template if rule else "",
    )


def _name_in(item: PlanRecord) -> str:
    if (dossier := item.dossier) is None:
        return ""
    who = dossier.client or dossier.vendor
    return who.name if who is not None else ""
