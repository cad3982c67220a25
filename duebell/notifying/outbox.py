"""The messages of one batch: who waits to be sent, and the last look before each leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebell.domain.circumstances import Circumstances, Contact, NoContact, Person
from duebell.domain.conditions import unmet
from duebell.domain.decisions import PlannedNotification
from duebell.domain.delivery import NotificationStatus
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS
from duebell.domain.failures import RecordGone, RenderingFailed
from duebell.domain.planning import OUTSIDE_HOURS
from duebell.domain.reasons import DRAFT_HELD, reason_not_to_tell
from duebell.domain.rules import ALWAYS, Channel, Rulebook
from duebell.domain.signals import ClaimedSignal
from duebell.domain.telling import (
    WEEK,
    condition_facts,
    is_budgeted,
    quiet_from,
    quiet_until,
    within_budget_from,
)
from duebell.domain.worth import worth_until
from duebell.ledger import history
from duebell.ledger.notifications import Notification
from duebell.notifying.deciding import terms_for, why_unread, zone_of
from duebell.notifying.letters import Letter, NoSafeAddress, letter_for
from duebell.notifying.lookup import Lookup
from duebell.notifying.sending import Sent, send, withhold
from duebell.notifying.surroundings import Surroundings, person_behind
from duebell.runtime import Runtime

#: A record that was read longer ago than this is read again in the moment before sending.
FRESH_FOR = timedelta(seconds=5)
#: The most that a step waits for a message's turn before it leaves it to another run.
LONGEST_WAIT = timedelta(seconds=60)

#: Asks when quiet hours begin, or end, for a person.
HourQuestion = Callable[[Person, Channel, Rulebook, Circumstances], datetime | None]

#: How long before its turn a message looks for a place among those in flight.
LEAD = timedelta(seconds=0.2)

QUIET = "quiet hours have begun"
BEYOND = "it is beyond the attention budget"


@dataclass(slots=True)
class Pending:
    """A planned notification of this batch, with the record it speaks of."""

    planned: PlannedNotification
    found: Dossier
    claimed: ClaimedSignal
    notification: Notification
    result: Sent | None = None

    @property
    def is_left(self) -> bool:
        """Whether it is still to be sent, as far as this run knows."""
        is_planned = self.notification.status is NotificationStatus.PLANNED
        is_cleared = is_planned and self.notification.hold is None
        return is_cleared and self.result in (None, Sent.LATER)


class Outbox:
    """What a batch has planned. ``withheld`` says of a signal why its message was not sent."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        #: The rules by which the batch was decided.
        self.rulebook = runtime.rulebook
        self.pending: dict[str, Pending] = {}
        self.withheld: dict[int, str] = {}

    def add(
        self,
        planned: PlannedNotification,
        found: Dossier,
        claimed: ClaimedSignal,
        notification: Notification,
    ) -> None:
        """Take a planned notification in.

        Of several signals that lead to it, the one that it was planned for comes back for it.
        """
        before = self.pending.get(notification.id)
        if before is not None and before.claimed.id == notification.signal_id:
            return
        self.pending[notification.id] = Pending(planned, found, claimed, notification)

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
        turns = [
            turn
            for channel in Channel
            for turn in await self._turns([one for one in letters if one.channel is channel])
        ]
        results = await asyncio.gather(
            *(self._send_one(letter, moment) for letter, moment in turns), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return sum(self.pending[id_].is_left for id_ in ids)

    async def _turns(self, letters: list[Letter]) -> list[tuple[Letter, datetime]]:
        """When each of these letters of one channel may leave, at the rate of its sender."""
        if not letters:
            return []
        pacer = self.runtime.pacer_of(letters[0].channel)
        begins = await pacer.book(sum(letter.weight for letter in letters))
        turns, before = [], 0
        for letter in letters:
            turns.append((letter, begins + pacer.offset(before)))
            before += letter.weight
        return turns

    async def _letter(self, pending: Pending) -> Letter | None:
        try:
            return letter_for(self.runtime, pending.planned, pending.found, pending.notification.id)
        except RenderingFailed as failure:
            await self._withhold(pending, str(failure), NotificationStatus.REJECTED)
        except NoSafeAddress as reason:
            await self._withhold(pending, str(reason))
        return None

    async def _send_one(self, letter: Letter, moment: datetime) -> None:
        pacer = self.runtime.pacer_of(letter.channel)
        if not pacer.is_closed_for(LONGEST_WAIT):
            # Whose turn is sooner needs the place more.
            await pacer.wait_until(moment - LEAD)
        # The place first: whatever is waited for afterwards, the books are looked at last.
        async with self.runtime.in_flight:
            await self._send_now(letter, moment)

    async def _send_now(self, letter: Letter, moment: datetime) -> None:
        pending = self.pending[letter.notification_id]
        pacer = self.runtime.pacer_of(letter.channel)
        if pacer.is_closed_for(LONGEST_WAIT):
            pending.result = Sent.LATER
            return
        await pacer.wait_until(max(moment, pending.notification.not_before or moment))
        is_old = self.runtime.now() - pending.found.at > FRESH_FOR
        if is_old and (reason := await self._read_again(pending)):
            await self._withhold(pending, reason)
        elif reason := self._reason_to_stop(pending) or await self._beyond_budget(pending):
            await self._stop(pending, reason)
        elif current := await self._letter(pending) if is_old or self._is_moved(letter) else letter:
            valid_until = self._valid_until(pending)
            pending.result = await send(self.runtime, replace(current, valid_until=valid_until))

    def _valid_until(self, pending: Pending) -> datetime | None:
        """Until when a text may wait at the provider: while it is worth it and nobody sleeps."""
        if pending.planned.channel is not Channel.SMS:
            return None
        event, now = pending.planned.occurrence.event_type, self.runtime.now()
        end = worth_until(event, pending.notification.cleared_at or now)
        quiet_from = self._quiet_from(pending)
        return min(end, quiet_from) if quiet_from is not None else end

    def _is_moved(self, letter: Letter) -> bool:
        """Whether safe mode was switched on or off since the letter was written."""
        safe = self.runtime.safe_mode
        to = safe.address_for(letter.channel) if safe.is_on else letter.instead_of or letter.to
        return to != letter.to

    async def _read_again(self, pending: Pending) -> str | None:
        """The books decide, now; gives the reason if there is nobody or nothing left to tell of."""
        try:
            pending.found = await Lookup(self.runtime).read(pending.claimed.signal)
        except RecordGone as failure:
            return why_unread(failure, pending.claimed.signal.event)
        contact = self._contact(pending)
        if isinstance(contact, NoContact):
            return contact.reason
        pending.planned = replace(pending.planned, contact=contact)
        return None

    def _contact(self, pending: Pending) -> Contact | NoContact:
        person = self._person(pending)
        return person if isinstance(person, NoContact) else person.on(pending.planned.channel)

    def _person(self, pending: Pending) -> Person | NoContact:
        planned = pending.planned
        return person_behind(planned.audience, planned.contact.key, pending.found, self.rulebook)

    def _reason_to_stop(self, pending: Pending) -> str | None:
        occurrence, found = pending.planned.occurrence, pending.found
        if reason := reason_not_to_tell(occurrence, found):
            return reason
        is_rung = occurrence.event_type in LADDERS
        if is_rung and not terms_for(self.runtime, found.business).may_begun_be_told:
            return OUTSIDE_HOURS
        if reason := self._unmet(pending):
            return reason
        return QUIET if self._is_quiet(pending) else None

    def _unmet(self, pending: Pending) -> str | None:
        """The condition of the rule that does not hold any more, for example after a payment."""
        found, rule = pending.found, pending.planned.rule
        if rule.when == ALWAYS or found.business is None:
            return None
        today = self.runtime.now().astimezone(zone_of(found.business)).date()
        facts = condition_facts(pending.planned.occurrence, found, self.rulebook, today)
        return unmet(rule.when, facts, self.rulebook.business.currency)

    def _is_quiet(self, pending: Pending) -> bool:
        """Whether quiet hours have begun since it was decided."""
        return self._ask_the_hour(pending, quiet_until) is not None

    def _quiet_from(self, pending: Pending) -> datetime | None:
        """When quiet hours begin next."""
        return self._ask_the_hour(pending, quiet_from)

    def _ask_the_hour(self, pending: Pending, question: HourQuestion) -> datetime | None:
        rulebook, rule = self.rulebook, pending.planned.rule
        is_never_quiet = rulebook.business.quiet is None and not rulebook.business.holidays
        if is_never_quiet or rule.urgent:
            return None
        person = self._person(pending)
        if not isinstance(person, Person):
            return None
        circumstances = Surroundings(rulebook, self.runtime.now()).of(pending.found.business)
        return question(person, pending.planned.channel, rulebook, circumstances)

    async def _beyond_budget(self, pending: Pending) -> str | None:
        """Whether other runs have told the same person so much at the same time."""
        budget, planned = self.rulebook.business.budget, pending.planned
        if budget is None or not is_budgeted(planned):
            return None
        now = self.runtime.now()
        moments = await self.runtime.ledger.read(
            lambda c: history.told_before(c, planned, now - WEEK)
        )
        return BEYOND if within_budget_from(moments, budget, now) is not None else None

    async def _stop(self, pending: Pending, reason: str) -> None:
        if reason in (DRAFT_HELD, OUTSIDE_HOURS, QUIET, BEYOND):
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
        self.withheld[pending.claimed.id] = reason
