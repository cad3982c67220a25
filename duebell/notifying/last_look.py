"""The last look before a message leaves: whether books, rules and the hour still allow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from duebell.domain.circumstances import Circumstances, Contact, NoContact, Person
from duebell.domain.conditions import unmet
from duebell.domain.events import LADDERS
from duebell.domain.failures import RecordGone
from duebell.domain.holds import WEEK, is_budgeted, quiet_from, quiet_until, within_budget_from
from duebell.domain.planning import OUTSIDE_HOURS
from duebell.domain.reasons import reason_not_to_tell
from duebell.domain.rules import ALWAYS, Channel, Rulebook
from duebell.domain.telling import condition_facts
from duebell.domain.worth import worth_until
from duebell.ledger import history
from duebell.notifying.deciding import terms_for, why_unread, zone_of
from duebell.notifying.letters import Letter
from duebell.notifying.lookup import Lookup
from duebell.notifying.pending import Pending
from duebell.notifying.surroundings import Surroundings, person_behind
from duebell.runtime import Runtime

#: Asks when quiet hours begin, or end, for a person.
HourQuestion = Callable[[Person, Channel, Rulebook, Circumstances], datetime | None]

QUIET = "quiet hours have begun"
BEYOND = "it is beyond the attention budget"


class LastLook:
    """Looks once more, by the rules of the batch, at what was decided a while ago."""

    def __init__(self, runtime: Runtime, rulebook: Rulebook) -> None:
        self._runtime = runtime
        self._rulebook = rulebook

    async def read_again(self, pending: Pending) -> str | None:
        """The books decide, now; gives the reason if there is nobody or nothing left to tell of."""
        try:
            pending.found = await Lookup(self._runtime).read(pending.claimed.signal)
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
        return person_behind(planned.audience, planned.contact.key, pending.found, self._rulebook)

    def reason_to_stop(self, pending: Pending) -> str | None:
        """Why it must not leave now, by the record as it was read last."""
        occurrence, found = pending.planned.occurrence, pending.found
        if reason := reason_not_to_tell(occurrence, found):
            return reason
        is_rung = occurrence.event_type in LADDERS
        if is_rung and not terms_for(self._runtime, found.business).may_begun_be_told:
            return OUTSIDE_HOURS
        if reason := self._unmet(pending):
            return reason
        return QUIET if self._is_quiet(pending) else None

    def _unmet(self, pending: Pending) -> str | None:
        """The condition of the rule that does not hold any more, for example after a payment."""
        found, rule = pending.found, pending.planned.rule
        if rule.when == ALWAYS or found.business is None:
            return None
        today = self._runtime.now().astimezone(zone_of(found.business)).date()
        facts = condition_facts(pending.planned.occurrence, found, self._rulebook, today)
        return unmet(rule.when, facts, self._rulebook.business.currency)

    def _is_quiet(self, pending: Pending) -> bool:
        """Whether quiet hours have begun since it was decided."""
        return self._ask_the_hour(pending, quiet_until) is not None

    def _quiet_from(self, pending: Pending) -> datetime | None:
        """When quiet hours begin next."""
        return self._ask_the_hour(pending, quiet_from)

    def _ask_the_hour(self, pending: Pending, question: HourQuestion) -> datetime | None:
        rulebook, rule = self._rulebook, pending.planned.rule
        is_never_quiet = rulebook.business.quiet is None and not rulebook.business.holidays
        if is_never_quiet or rule.urgent:
            return None
        person = self._person(pending)
        if not isinstance(person, Person):
            return None
        circumstances = Surroundings(rulebook, self._runtime.now()).of(pending.found.business)
        return question(person, pending.planned.channel, rulebook, circumstances)

    async def beyond_budget(self, pending: Pending) -> str | None:
        """Whether other runs have told the same person so much at the same time."""
        budget, planned = self._rulebook.business.budget, pending.planned
        if budget is None or not is_budgeted(planned):
            return None
        now = self._runtime.now()
        moments = await self._runtime.ledger.read(
            lambda c: history.told_before(c, planned, now - WEEK)
        )
        return BEYOND if within_budget_from(moments, budget, now) is not None else None

    def valid_until(self, pending: Pending) -> datetime | None:
        """Until when a text may wait at the provider: while it is worth it and nobody sleeps."""
        if pending.planned.channel is not Channel.SMS:
            return None
        event, now = pending.planned.occurrence.event_type, self._runtime.now()
        end = worth_until(event, pending.notification.cleared_at or now)
        quiet_from = self._quiet_from(pending)
        return min(end, quiet_from) if quiet_from is not None else end

    def is_moved(self, letter: Letter) -> bool:
        """Whether safe mode was switched on or off since the letter was written."""
        safe = self._runtime.safe_mode
        to = safe.address_for(letter.channel) if safe.is_on else letter.instead_of or letter.to
        return to != letter.to
