"""One batch of signals on its way to people: claimed, looked up, decided, sent, ended.

Each step may be repeated, and a batch may be abandoned after any line: the ledger knows what is
left, and whoever takes the signals up next does only that.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebell.deciding import contacts_of, facts_of, outcome_of
from duebell.domain.delivery import NotificationStatus
from duebell.domain.failures import (
    LedgerUnavailable,
    ProviderError,
    RecordGone,
    RenderingFailed,
    TryAgain,
)
from duebell.domain.planning import (
    CREATED_BY,
    DRAFT_HELD,
    NoContact,
    Plan,
    PlannedNotification,
    Verdict,
    plan_for_invoice,
    reason_not_to_tell,
)
from duebell.domain.signals import ClaimedSignal
from duebell.ledger.inbox import Ending
from duebell.ledger.notifications import Notification
from duebell.ledger.plans import PlanRecord
from duebell.lookup import Found, Lookup
from duebell.runtime import Runtime
from duebell.segments import count_segments
from duebell.sending import Letter, Sent, send, withhold

log = logging.getLogger(__name__)

#: A record that was read longer ago than this is read again in the moment before sending.
FRESH_FOR = timedelta(seconds=5)
#: Pauses of a signal whose record could not be looked up: doubling up to the longest.
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 900.0
#: The most that a step waits for a message's turn before it leaves it to another run.
LONGEST_WAIT = timedelta(seconds=60)


@dataclass(slots=True)
class Pending:
    """A planned notification of this batch, with the record it speaks of."""

    planned: PlannedNotification
    found: Found
    claimed: ClaimedSignal
    notification: Notification
    result: Sent | None = None

    @property
    def is_left(self) -> bool:
        """Whether it is still to be sent, as far as this run knows."""
        is_planned = self.notification.status is NotificationStatus.PLANNED
        return is_planned and self.result in (None, Sent.LATER)


class Batch:
    """The signals of one run and what became of them so far."""

    def __init__(self, runtime: Runtime, batch_id: str) -> None:
        self.runtime = runtime
        self.id = batch_id
        self.signals: list[ClaimedSignal] = []
        self.pending: dict[str, Pending] = {}
        self.outcomes: dict[int, str] = {}
        self._lookup = Lookup(runtime)

    async def claim(self, most: int = 0) -> int:
        """Take what is left of this batch; with ``most``, else what waits in the inbox."""
        ledger, worker = self.runtime.ledger, self.runtime.worker.id
        self.signals = await ledger.reclaim(worker, self.id)
        if not self.signals and most:
            self.signals = await ledger.claim(worker, self.id, most)
        return len(self.signals)

    async def look_up(self) -> list[ProviderError]:
        """Read the records; gives the failures after which asking again is worth it."""
        await self._lookup.fetch([one for one in self.signals if one.signal.event in CREATED_BY])
        return self._lookup.passing_failures()

    async def decide(self) -> int:
        """Decide about every record that was found; gives how many notifications may be sent."""
        held = await self._held()
        records, planned = [], []
        for claimed in self.signals:
            if self._lookup.is_to_be_tried_again(claimed):
                continue
            record, found = self._plan(claimed, held)
            records.append(record)
            self.outcomes[claimed.id] = outcome_of(record.plan)
            if found is not None:
                planned += [(claimed, found, item) for item in record.plan.notifications]
        known = await self._record(records)
        for claimed, found, item in planned:
            if (notification := known.get(item.dedup_key)) is not None:
                self.pending[notification.id] = Pending(item, found, claimed, notification)
        return len(self.ready())

    async def _record(self, records: list[PlanRecord]) -> dict[str, Notification]:
        """Record the plans; one that cannot be recorded is put off and does not stop the others."""
        ledger, new_id = self.runtime.ledger, self.runtime.new_id
        try:
            return await ledger.record_plans(records, new_id)
        except LedgerUnavailable:
            raise
        except Exception:
            log.exception("plans_not_recorded", extra={"batch": self.id, "count": len(records)})
        known: dict[str, Notification] = {}
        for record in records:
            try:
                known |= await ledger.record_plans([record], new_id)
            except LedgerUnavailable:
                raise
            except Exception as failure:
                log.warning("plan_not_recorded", extra={"signal": record.claimed.id})
                self.outcomes.pop(record.claimed.id, None)
                self._lookup.failed[record.claimed.id] = TryAgain(type(failure).__name__)
        return known

    async def _held(self) -> set[tuple[str, str]]:
        updates = [
            (claimed.signal.account_id, claimed.signal.object_id)
            for claimed in self.signals
            if claimed.signal.event == "invoice.update"
        ]
        if not updates:
            return set()
        # Asked in this order: what is decided between the two questions is in the second answer.
        open_ones = await self.runtime.ledger.open_objects(updates)
        return open_ones | await self.runtime.ledger.held_objects(updates)

    def _plan(
        self, claimed: ClaimedSignal, held: set[tuple[str, str]]
    ) -> tuple[PlanRecord, Found | None]:
        if claimed.signal.event not in CREATED_BY:
            reason = f"no rule is about {claimed.signal.event}"
            return PlanRecord(claimed, Plan.nothing(Verdict.SKIPPED, reason)), None
        found = self._lookup.found.get(claimed.id)
        if found is None:
            reason = f"FreshBooks: {self._lookup.failed[claimed.id]}"
            return PlanRecord(claimed, Plan.nothing(Verdict.SKIPPED, reason)), None
        key = (claimed.signal.account_id, claimed.signal.object_id)
        plan = plan_for_invoice(
            claimed.signal,
            found.invoice,
            contacts_of(found),
            self.runtime.rulebook,
            was_held=key in held,
        )
        invoice = found.invoice
        return PlanRecord(claimed, plan, invoice.client_id, invoice.number, facts_of(found)), found

    def ready(self) -> list[str]:
        """The notifications that are this batch's to send, soon enough to wait for them."""
        latest = self.runtime.now() + LONGEST_WAIT
        return [
            id_
            for id_, pending in self.pending.items()
            if pending.is_left and (pending.notification.not_before or latest) <= latest
        ]

    async def send(self, ids: list[str]) -> int:
        """Send those of these notifications that are left; gives how many still are afterwards.

        Raises:
            ProviderError: if a record could not be read again; its notification is left.
        """
        left = [self.pending[id_] for id_ in ids if self.pending[id_].is_left]
        letters = [letter for pending in left if (letter := await self._letter(pending))]
        if letters:
            begins = await self.runtime.pacer.book(sum(letter.segments for letter in letters))
            moments = self._moments(letters, begins)
            results = await asyncio.gather(
                *map(self._send_one, letters, moments), return_exceptions=True
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result
        return sum(self.pending[id_].is_left for id_ in ids)

    def _moments(self, letters: list[Letter], begins: datetime) -> list[datetime]:
        moments, before = [], 0
        for letter in letters:
            moments.append(begins + self.runtime.pacer.offset(before))
            before += letter.segments
        return moments

    async def _letter(self, pending: Pending) -> Letter | None:
        found, rule = pending.found, pending.planned.rule
        try:
            body = self.runtime.renderer.render_text(
                rule.template, invoice=found.invoice, client=found.client, business=found.business
            )
        except RenderingFailed as failure:
            await self._withhold(pending, str(failure), NotificationStatus.REJECTED)
            return None
        to = pending.planned.contact.address
        return Letter(pending.notification.id, to, body, count_segments(body))

    async def _send_one(self, letter: Letter, moment: datetime) -> None:
        # The place first: whatever is waited for afterwards, the books are looked at last.
        async with self.runtime.in_flight:
            await self._send_now(letter, moment)

    async def _send_now(self, letter: Letter, moment: datetime) -> None:
        pending = self.pending[letter.notification_id]
        pacer = self.runtime.pacer
        if pacer.is_closed_for(LONGEST_WAIT):
            pending.result = Sent.LATER
            return
        await pacer.wait_until(max(moment, pending.notification.not_before or moment))
        is_old = self.runtime.now() - pending.found.at > FRESH_FOR
        if is_old and (reason := await self._read_again(pending)):
            await self._withhold(pending, reason)
        elif reason := reason_not_to_tell(pending.found.invoice):
            await self._stop(pending, reason)
        elif current := await self._letter(pending) if is_old else letter:
            pending.result = await send(self.runtime, current)

    async def _read_again(self, pending: Pending) -> str | None:
        """The books decide, now; gives the reason if there is nobody or nothing left to tell of."""
        try:
            pending.found = await Lookup(self.runtime).read(pending.claimed.signal)
        except RecordGone as failure:
            return f"FreshBooks: {failure}"
        contact = contacts_of(pending.found)[pending.planned.rule.to]
        if isinstance(contact, NoContact):
            return contact.reason
        pending.planned = replace(pending.planned, contact=contact)
        return None

    async def _stop(self, pending: Pending, reason: str) -> None:
        if reason == DRAFT_HELD:
            pending.result = Sent.HELD
        else:
            await self._withhold(pending, reason)

    async def _withhold(
        self,
        pending: Pending,
        reason: str,
        status: NotificationStatus = NotificationStatus.SUPPRESSED,
    ) -> None:
        await withhold(self.runtime, pending.notification.id, reason, status)
        pending.result = Sent.DONE
        self.outcomes[pending.claimed.id] = reason

    async def finish(self) -> dict[str, int]:
        """End the signals that are worked off, put off the others; counts by outcome."""
        left = await self._left_for_later()
        endings = [self._ending(claimed, left) for claimed in self.signals]
        await self.runtime.ledger.end_signals(endings, self.runtime.worker.id)
        counts: dict[str, int] = {}
        for ending in endings:
            word = "put off" if ending.not_before else ending.outcome
            counts[word] = counts.get(word, 0) + 1
        return counts

    async def _left_for_later(self) -> dict[int, datetime]:
        """The signals whose notifications the ledger still has as planned, and when they are due.

        The ledger is asked, because another run may have sent (or put off) what this one did not;
        and what this one called about may have proved never sent while the others were under way.
        """
        ids = list(self.pending)
        now = self.runtime.now()
        left: dict[int, datetime] = {}
        for id_, notification in (await self.runtime.ledger.notifications(ids)).items():
            if notification.status is NotificationStatus.PLANNED:
                signal_id = self.pending[id_].claimed.id
                due = max(notification.not_before or now, self.runtime.pacer.opens_at(now))
                left[signal_id] = min(left.get(signal_id, due), due)
        return left

    def _ending(self, claimed: ClaimedSignal, left: dict[int, datetime]) -> Ending:
        now = self.runtime.now()
        if claimed.id not in self.outcomes:
            failure = self._lookup.failed.get(claimed.id)
            return Ending(claimed.id, f"not looked up: {failure}", now, now + _pause(claimed))
        if claimed.id in left:
            return Ending(claimed.id, "not sent yet", now, left[claimed.id])
        return Ending(claimed.id, self.outcomes[claimed.id], now)


def _pause(claimed: ClaimedSignal) -> timedelta:
    doubled = FIRST_PAUSE_SECONDS * 2 ** min(claimed.tries - 1, 20)
    return timedelta(seconds=min(doubled, LONGEST_PAUSE_SECONDS))
