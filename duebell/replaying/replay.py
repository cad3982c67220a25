"""A replay: what was recorded since a day, decided about by two rulebooks; the difference is shown.

Nothing is recorded and nothing is sent. Memory stays flat: facts are read page by page, and a
difference is handed on as soon as it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS
from duebell.domain.occurrences import Occurrence
from duebell.domain.reasons import reason_not_to_tell
from duebell.domain.rules import Rulebook
from duebell.ledger import occurrences, recorded, suppression_reading
from duebell.ledger.recorded import RecordedFact
from duebell.replaying.comparing import Difference, differences
from duebell.replaying.course import Course
from duebell.replaying.gaps import Gaps
from duebell.replaying.messages import Fact
from duebell.replaying.period import Period
from duebell.replaying.reading import Reader
from duebell.replaying.rungs import only_in, rungs_of, told_at
from duebell.replaying.sides import Case, Side
from duebell.replaying.totals import Totals
from duebell.runtime import Runtime

#: So many facts are read and decided about together.
PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is."""

    share: float
    facts: int
    differences: int

    def __str__(self) -> str:
        return f"{self.facts} facts replayed, {self.differences} differences"


Take = Callable[[Difference], None]
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Seat:
    """A fact that is about to be decided about, as either side sees it."""

    fact: Fact
    before: Case
    after: Case


class Replay:
    """One replay. ``take`` gets each difference, ``tell`` how far it is."""

    def __init__(
        self,
        runtime: Runtime,
        new: Rulebook,
        period: Period,
        *,
        take: Take = lambda _: None,
        tell: Tell = lambda _: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._runtime, self._period = runtime, period
        self._before, self._after = Side(runtime, runtime.rulebook), Side(runtime, new)
        self._reader = Reader(runtime, new)
        self._new_rungs = only_in(new, runtime.rulebook)
        self._take, self._tell, self._is_stopped = take, tell, is_stopped
        self._course = Course()
        self._seen = self._all = self._different = 0
        self.totals, self.gaps = Totals(), Gaps()

    @property
    def notes(self) -> list[str]:
        """What the comparison does not know."""
        old, new = self._before.rulebook, self._after.rulebook
        return list(self.gaps.sentences(old, new, self._period))

    async def watching_since(self) -> datetime | None:
        """When the books began to be watched."""
        account_id = self._period.account_id
        return await self._runtime.ledger.read(lambda c: recorded.watching_since(c, account_id))

    async def run(self) -> bool:
        """Replay everything; False where somebody stopped it before its end.

        Raises:
            ProviderError: where FreshBooks cannot be asked.
        """
        span, ledger, last = self._period.span, self._runtime.ledger, 0
        self._all = await ledger.read(lambda c: recorded.count(c, span))
        while not self._is_stopped():
            after = last
            page = await ledger.read(lambda c: recorded.page(c, span, after, PAGE_SIZE))  # noqa: B023
            if not page:
                return await self._come_to_an_end()
            last, until = page[-1].id, page[-1].at
            facts = await self._chosen(page)
            await self._replay([*self._course.due(until, PAGE_SIZE), *facts], until)
            self._seen += len(page)
            self._report()
        return False

    async def _come_to_an_end(self) -> bool:
        """The new rungs that follow the last recorded fact."""
        while not self._is_stopped():
            facts = self._course.due(None, PAGE_SIZE)
            if not facts:
                return True
            await self._replay(facts, None)
            self._report()
        return False

    def _report(self) -> None:
        share = self._seen / (self._all + len(self._course)) if self._all else 1.0
        self._tell(Progress(min(share, 1.0), self.totals.facts, self._different))

    async def _chosen(self, page: Iterable[RecordedFact]) -> list[Fact]:
        """The facts of the days that are asked for, but those that nobody was to be told of."""
        facts = []
        for one in page:
            zone = await self._reader.zone(one.occurrence.account_id)
            if not self._period.holds(one.at, zone):
                continue
            self.gaps.events[one.occurrence.event_type] += 1
            if one.silence:
                self.gaps.silent[one.silence] += 1
            else:
                facts.append(Fact(one.occurrence, one.at))
        return facts

    async def _replay(self, facts: list[Fact], until: datetime | None) -> None:
        dossiers, unread = await self._reader.read(facts)
        self.gaps.unread.update(unread)
        here = [(facts[place], dossier) for place, dossier in dossiers.items()]
        here += await self._new_rungs_here(dossiers, until)
        here.sort(key=lambda pair: (pair[0].at, pair[0].occurrence.key))
        seats = [
            _Seat(fact, await self._before.case(dossier), await self._after.case(dossier))
            for fact, dossier in here
        ]
        addresses = {
            pair
            for seat in seats
            for case in (seat.before, seat.after)
            for pair in case.addresses()
        }
        suppressed = await self._runtime.ledger.read(
            lambda c: suppression_reading.in_force(c, addresses)
        )
        for seat in seats:
            self._compare(seat, suppressed)

    def _compare(self, seat: _Seat, suppressed: Mapping[tuple[str, str], str]) -> None:
        fact, dossier = seat.fact, seat.before.dossier
        before = self._before.decide(fact, seat.before, suppressed)
        after = self._after.decide(fact, seat.after, suppressed)
        self.totals.add(before.messages, after.messages)
        who = dossier.client or dossier.vendor
        name = who.name if who is not None else ""
        for one in differences(fact, before, after, dossier.number or "", name):
            self._different += 1
            self.totals.note(one)
            self._take(one)

    async def _new_rungs_here(
        self, dossiers: Mapping[int, Dossier], until: datetime | None
    ) -> list[tuple[Fact, Dossier]]:
        """New rungs of these invoices up to a moment; later ones are kept for their time."""
        if not self._new_rungs:
            return []
        found = [
            (rung, dossier)
            for dossier in dossiers.values()
            if dossier.invoice is not None
            for rung in rungs_of(dossier.invoice, self._new_rungs, self._period)
            if self._course.is_new(rung)
        ]
        told = await self._recorded([rung for rung, _ in found])
        here = []
        for rung, dossier in found:
            fact = None if rung in told else await self._open_rung(rung, dossier)
            if fact is not None and (until is None or fact.at <= until):
                here.append((fact, _of_invoice(dossier)))
            elif fact is not None:
                self._course.add(fact)
        return here

    async def _recorded(self, rungs: list[Occurrence]) -> set[Occurrence]:
        """Those that were recorded after all, by an earlier rulebook: they have their own time."""
        told: set[Occurrence] = set()
        for account_id in {one.account_id for one in rungs}:
            ids = sorted({one.object_id for one in rungs if one.account_id == account_id})
            told |= await self._runtime.ledger.read(
                lambda c: occurrences.told_rungs(c, account_id, ids, sorted(LADDERS))  # noqa: B023
            )
        return told

    async def _open_rung(self, occurrence: Occurrence, dossier: Dossier) -> Fact | None:
        """A new rung as a fact, where it is reached and nothing says that it was not to be told."""
        rung, zone = occurrence.rung, await self._reader.zone(occurrence.account_id)
        assert rung is not None  # noqa: S101 - it is one of a ladder
        at = told_at(rung, self._runtime.settings.ladder_window.begin, zone)
        if at > self._runtime.now():
            return None
        if reason := reason_not_to_tell(occurrence, _of_invoice(dossier)):
            self.gaps.closed[reason] += 1
            return None
        return Fact(occurrence, at, is_derived=True)


def _of_invoice(dossier: Dossier) -> Dossier:
    """A dossier that is about its invoice, whatever it was about."""
    return replace(dossier, record=dossier.invoice, payment=None)
