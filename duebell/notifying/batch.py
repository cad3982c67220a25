"""One batch of signals on its way to people: claimed, looked up, decided, sent, ended.

Each step may be repeated, and a batch may be abandoned after any line: the ledger knows what is
left, and whoever takes the signals up next does only that.
"""

from __future__ import annotations

import logging
from collections.abc import Set as AbstractSet
from datetime import datetime

from duebell.domain.books import Kind
from duebell.domain.decisions import Plan, Verdict
from duebell.domain.events import LADDERS, callbacks_for, creation_of, kind_of_event
from duebell.domain.failures import LedgerUnavailable, ProviderError, RecordGone, TryAgain
from duebell.domain.planning import OUTSIDE_HOURS, plan
from duebell.domain.signals import ClaimedSignal
from duebell.ledger.brakes import Engaged
from duebell.ledger.claiming import Ending
from duebell.ledger.clearing import BrakeTerms
from duebell.ledger.looking_back import LookBack
from duebell.ledger.notifications import Notification
from duebell.ledger.plan_records import PlanRecord
from duebell.notifying.deciding import (
    facts_of,
    keys_of,
    ladder_opening,
    outcome_of,
    sight_of,
    stops_of,
    terms_for,
    why_unread,
)
from duebell.notifying.endings import left_for_later, pause_of
from duebell.notifying.lookup import Lookup
from duebell.notifying.outbox import Outbox
from duebell.notifying.surroundings import Surroundings, look_around
from duebell.runtime import Runtime

log = logging.getLogger(__name__)


class Batch:
    """The signals of one run and what became of them so far."""

    def __init__(self, runtime: Runtime, batch_id: str, lookup: Lookup | None = None) -> None:
        self.runtime = runtime
        self.id = batch_id
        self.signals: list[ClaimedSignal] = []
        self.outbox = Outbox(runtime)
        self.outcomes: dict[int, str] = {}
        self._mornings: dict[int, datetime] = {}
        #: The brakes that engaged in this run.
        self.braked: list[Engaged] = []
        self._lookup = lookup or Lookup(runtime)
        # One version of the rules from the first step to the last, whatever becomes of the file.
        self._rulebook = runtime.rulebook

    async def claim(self, most: int = 0) -> int:
        """Take what is left of this batch; with ``most``, else what waits in the inbox."""
        ledger, worker = self.runtime.ledger, self.runtime.worker.id
        self._rulebook = self.outbox.rulebook = self.runtime.rulebook
        self.signals = await ledger.reclaim(worker, self.id)
        if not self.signals and most:
            self.signals = await ledger.claim(worker, self.id, most)
        return len(self.signals)

    async def look_up(self) -> list[ProviderError]:
        """Read the records; gives the failures after which asking again is worth it."""
        await self._lookup.fetch([one for one in self.signals if self._is_wanted(one)])
        return self._lookup.passing_failures()

    def _is_wanted(self, claimed: ClaimedSignal) -> bool:
        """Whether any rule may tell of what this signal brings to light."""
        events = self._rulebook.events
        return claimed.signal.event in events | callbacks_for(events)

    async def decide(self) -> int:
        """Decide about every record that was found; gives how many notifications may be sent."""
        records = await self.plans()
        planned = []
        for record in records:
            self.outcomes[record.claimed.id] = outcome_of(record.plan)
            if (found := record.dossier) is not None:
                planned += [(record.claimed, found, item) for item in record.plan.notifications]
        known = await self._record(records)
        for claimed, found, item in planned:
            if (notification := known.get(item.dedup_key)) is not None:
                self.outbox.add(item, found, claimed, notification)
        return len(self.outbox.ready())

    async def plans(self) -> list[PlanRecord]:
        """What would be decided now about every record that was found; nothing is recorded."""
        # Asked in this order: what is decided between the two questions is in the second answer.
        waiting = await self._waiting()
        back = await self._look_back()
        around = await look_around(self.runtime, self._lookup.found, self._rulebook)
        records = []
        for claimed in self.signals:
            if self._lookup.is_to_be_tried_again(claimed):
                continue
            try:
                records.append(self._plan(claimed, waiting, back, around))
            except Exception as failure:
                # Whatever is wrong with this one must not hold up the others.
                log.exception("not_decided", extra={"signal": claimed.id})
                self._lookup.failed[claimed.id] = TryAgain(type(failure).__name__)
                continue
            around.add(records[-1].plan.notifications)
        return records

    async def _record(self, records: list[PlanRecord]) -> dict[str, Notification]:
        """Record the plans; one that cannot be recorded is put off and does not stop the others."""
        try:
            return await self._record_now(records)
        except LedgerUnavailable:
            raise
        except Exception:
            log.exception("plans_not_recorded", extra={"batch": self.id, "count": len(records)})
        known: dict[str, Notification] = {}
        for record in records:
            try:
                known |= await self._record_now([record])
            except LedgerUnavailable:
                raise
            except Exception as failure:
                log.warning("plan_not_recorded", extra={"signal": record.claimed.id})
                self.outcomes.pop(record.claimed.id, None)
                self._lookup.failed[record.claimed.id] = TryAgain(type(failure).__name__)
        return known

    async def _record_now(self, records: list[PlanRecord]) -> dict[str, Notification]:
        runtime = self.runtime
        told = _clients_told(records)
        await runtime.client_counts.see(runtime.books, told, runtime.now())
        terms = BrakeTerms(runtime.caps, dict(runtime.client_counts.known))
        recorded = await runtime.ledger.record_plans(records, runtime.new_id, terms)
        self.braked += recorded.engaged
        for brake in recorded.engaged:
            log.warning("brake_engaged", extra={"brake": brake.id, "reason": brake.reason})
        return recorded.known

    async def _waiting(self) -> set[tuple[str, str]]:
        """The invoices of this batch whose creation was heard of and is not told yet."""
        created = creation_of(Kind.INVOICE)
        others = [
            (claimed.signal.account_id, claimed.signal.object_id)
            for claimed in self.signals
            if claimed.signal.event != created
            and kind_of_event(claimed.signal.event) is Kind.INVOICE
        ]
        return await self.runtime.ledger.open_objects(others) if others else set()

    async def _look_back(self) -> LookBack:
        again = [claimed.id for claimed in self.signals if claimed.tries > 1]
        keys = keys_of(list(self._lookup.found.values()))
        with_rungs = not LADDERS.isdisjoint(self._rulebook.events)
        return await self.runtime.ledger.look_back(keys, again, with_rungs=with_rungs)

    def _plan(
        self,
        claimed: ClaimedSignal,
        waiting: AbstractSet[tuple[str, str]],
        back: LookBack,
        around: Surroundings,
    ) -> PlanRecord:
        runtime, signal = self.runtime, claimed.signal
        digest = self._rulebook.digest
        if not self._is_wanted(claimed):
            reason = f"no rule is about {signal.event}"
            return PlanRecord(claimed, Plan.nothing(Verdict.SKIPPED, reason), rulebook=digest)
        dossier = self._lookup.found.get(claimed.id)
        if dossier is None:
            failure = self._lookup.failed[claimed.id]
            reason = why_unread(failure, signal.event)
            stops = _gone(claimed, reason) if isinstance(failure, RecordGone) else {}
            plan_ = Plan.nothing(Verdict.SKIPPED, reason)
            return PlanRecord(claimed, plan_, rulebook=digest, stops=stops)
        sight = sight_of(runtime, claimed, dossier, back, waiting)
        terms = terms_for(runtime, dossier.business)
        people, circumstances = around.people[claimed.id], around.of(dossier.business)
        made = plan(signal, dossier, sight, people, around.rulebook, terms, circumstances)
        if dossier.business and any(one.reason == OUTSIDE_HOURS for one in made.decisions):
            self._mornings[claimed.id] = ladder_opening(runtime, dossier.business)
        return PlanRecord(claimed, made, dossier, facts_of(dossier), digest, stops_of(dossier))

    async def finish(self) -> dict[str, int]:
        """End the signals that are worked off, put off the others; counts by outcome."""
        left = await left_for_later(self.runtime, self.outbox.pending)
        endings = [self._ending(claimed, left) for claimed in self.signals]
        await self.runtime.ledger.end_signals(endings, self.runtime.worker.id)
        counts: dict[str, int] = {}
        for ending in endings:
            word = "put off" if ending.not_before else ending.outcome
            counts[word] = counts.get(word, 0) + 1
        return counts

    def _ending(self, claimed: ClaimedSignal, left: dict[int, datetime]) -> Ending:
        now = self.runtime.now()
        if claimed.id not in self.outcomes:
            failure = self._lookup.failed.get(claimed.id)
            later = now + pause_of(claimed)
            return Ending(claimed.id, f"not looked up: {failure}", now, later, is_failure=True)
        if claimed.id in left:
            due = min(left[claimed.id], self._mornings.get(claimed.id, left[claimed.id]))
            return Ending(claimed.id, "not sent yet", now, due)
        if claimed.id in self._mornings:
            return Ending(claimed.id, OUTSIDE_HOURS, now, self._mornings[claimed.id])
        outcome = self.outbox.withheld.get(claimed.id, self.outcomes[claimed.id])
        return Ending(claimed.id, outcome, now)


def _clients_told(records: list[PlanRecord]) -> set[tuple[str, str]]:
    """The clients, by account and id, about whom somebody but staff is told now."""
    return {
        (one.occurrence.account_id, record.client_id)
        for record in records
        for one in record.plan.notifications
        if record.client_id and one.hold is None and not one.is_staff
    }


def _gone(claimed: ClaimedSignal, reason: str) -> dict[tuple[str, str], str]:
    """A record that is not there any more takes with it what was planned about it."""
    signal = claimed.signal
    is_invoice = kind_of_event(signal.event) is Kind.INVOICE
    return {(signal.account_id, signal.object_id): reason} if is_invoice else {}
