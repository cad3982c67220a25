"""From facts to people: for each fact, rule and person whether they are told, and why not.

Pure. The order of the questions is the order in which people understand the answers: may this be
told at all, does the rule mean it, who is it for, can they be reached, do they know already, may it
leave now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from duebell.domain.circumstances import Circumstances, Contact, NoContact, People, Person, Told
from duebell.domain.conditions import ConditionFacts, unmet
from duebell.domain.decisions import Decision, PlannedNotification, Verdict
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS, OWN_EVENTS
from duebell.domain.holds import hold_of
from duebell.domain.occurrences import Occurrence
from duebell.domain.pauses import pause_of
from duebell.domain.reasons import DRAFT_HELD, reason_not_to_tell
from duebell.domain.rules import (
    CLIENT,
    CONTACTS,
    Channel,
    Reminders,
    Rule,
    Rulebook,
    shown_audience,
)

_REMINDED = "FreshBooks itself reminds this client"
_COVERED = "the message that it was made left after this was known, and told it"


def plan_facts(
    facts: Mapping[Occurrence, Sequence[Rule]],
    dossier: Dossier,
    people: People,
    rulebook: Rulebook,
    circumstances: Circumstances,
    *,
    as_it_was: bool = False,
) -> list[Decision]:
    """Decide about facts, each with the rules that are about it.

    ``people`` has an entry for every audience of the rulebook. With ``as_it_was`` the state of the
    record by now (paid, deleted, paused) keeps nobody from being told: what would have been told
    then is asked for.
    """
    decisions: list[Decision] = []
    for occurrence, rules in facts.items():
        telling = _Telling(occurrence, dossier, people, rulebook, circumstances, as_it_was)
        decisions += telling.decide(rules)
        # A person who is told of this fact has heard something when it comes to the next.
        circumstances = circumstances.having_told(telling.told)
    return decisions


def told_by(planned: PlannedNotification, at: datetime) -> Told:
    """That a person hears this message, as later decisions count it."""
    fact = planned.occurrence
    return Told(planned.contact.key, fact.event_type, fact.key, at, planned.dedup_key)


def condition_facts(
    occurrence: Occurrence, dossier: Dossier, rulebook: Rulebook, today: date
) -> ConditionFacts:
    """What the conditions of rules look at, with the tags that the rulebook gives."""
    client = rulebook.client(occurrence.account_id, dossier.client_id)
    vendor = rulebook.vendor(occurrence.account_id, dossier.vendor_id)
    return ConditionFacts.of(dossier, client.tags | vendor.tags, today)


class _Telling:
    """One fact on its way to people. What was planned for it so far is known."""

    def __init__(
        self,
        occurrence: Occurrence,
        dossier: Dossier,
        people: People,
        rulebook: Rulebook,
        circumstances: Circumstances,
        as_it_was: bool,
    ) -> None:
        self._occurrence = occurrence
        self._dossier = dossier
        self._people = people
        self._rulebook = rulebook
        self._circumstances = circumstances
        self._as_it_was = as_it_was
        self._is_rung = occurrence.event_type in LADDERS
        account_id = occurrence.account_id
        self._client = rulebook.client(account_id, dossier.client_id)
        self._vendor = rulebook.vendor(account_id, dossier.vendor_id)
        self._facts = condition_facts(occurrence, dossier, rulebook, circumstances.today)
        self._planned: list[PlannedNotification] = []
        #: What people hear of this fact now.
        self.told: list[Told] = []

    def decide(self, rules: Sequence[Rule]) -> list[Decision]:
        """The decisions about this fact."""
        if not self._as_it_was:
            if reason := reason_not_to_tell(self._occurrence, self._dossier):
                is_draft = reason == DRAFT_HELD
                return [self._about_all(Verdict.HELD if is_draft else Verdict.SKIPPED, reason)]
            if reason := pause_of(self._dossier, self._circumstances):
                return [self._about_all(Verdict.SUPPRESSED, reason)]
        return [decision for rule in rules for decision in self._by_rule(rule)]

    def _about_all(self, verdict: Verdict, reason: str) -> Decision:
        # A rung that is not told for such a reason is told when the reason has gone.
        is_over = verdict is not Verdict.HELD and not self._is_rung
        return Decision(verdict, reason, occurrence=self._occurrence if is_over else None)

    def _by_rule(self, rule: Rule) -> Iterator[Decision]:
        if reason := self._why_not(rule):
            yield Decision(Verdict.SKIPPED, reason, rule, self._occurrence)
            return
        for audience in self._audiences(rule):
            for person in self._people[audience]:
                yield self._address(rule, audience, person)

    def _why_not(self, rule: Rule) -> str | None:
        for kind, one in (("client", self._client), ("vendor", self._vendor)):
            if one.silences(rule.on):
                return f"the rulebook silences {rule.on} for this {kind}"
        return unmet(rule.when, self._facts, self._rulebook.business.currency)

    def _audiences(self, rule: Rule) -> list[str]:
        overrides = (self._client, self._vendor)
        instead = [name for one in overrides for name in one.to]
        also = [name for one in overrides for name in one.also]
        return list(dict.fromkeys([*(instead or [rule.to]), *also]))

    def _address(self, rule: Rule, audience: str, person: Person | NoContact) -> Decision:
        if isinstance(person, NoContact):
            said = self._said(Verdict.SKIPPED, person.reason, rule, audience)
            return replace(said, is_unreachable=True)
        if reason := self._why_not_again(rule, person):
            return self._said(Verdict.SKIPPED, reason, rule, audience)
        route = self._route(rule, person)
        if isinstance(route, Decision):
            shown = shown_audience(audience)
            return replace(route, rule=rule, occurrence=self._occurrence, audience=shown)
        channel, contact = route
        planned = PlannedNotification(
            self._occurrence, rule, contact, channel, audience, is_staff=person.is_staff
        )
        if (self._occurrence.key, person.key) in self._circumstances.firsts.covered:
            return self._said(Verdict.MERGED, _COVERED, rule, audience)
        if other := self._told_already(planned):
            reason = f"the same person hears of it by the rule {other.rule.name}"
            return self._said(Verdict.MERGED, reason, rule, audience)
        if self._is_reminded(audience) and self._reminders is Reminders.HOLD:
            # Not a decision for good, unless somebody else is told of this rung.
            return Decision(Verdict.SKIPPED, _REMINDED, rule, None, None, shown_audience(audience))
        return self._plan(planned, person)

    def _said(self, verdict: Verdict, reason: str, rule: Rule, audience: str) -> Decision:
        return Decision(verdict, reason, rule, self._occurrence, audience=shown_audience(audience))

    def _why_not_again(self, rule: Rule, person: Person) -> str | None:
        first_time = rule.when.first_time
        if first_time is None:
            return None
        is_first = not any(
            one.event_type == rule.on and one.occurrence_key != self._occurrence.key
            for one in self._circumstances.told_to(person.key, self._occurrence.account_id)
        )
        if is_first == first_time:
            return None
        return f"{rule.on} was told to this person before" if first_time else "it is the first time"

    def _route(self, rule: Rule, person: Person) -> tuple[Channel, Contact] | Decision:
        """The channel and address to use: the rule's, else its fallback; or why there is none.

        What Duebell tells of itself does not wait for a channel that is stopped, where the other
        one works: that may be the very thing it tells.
        """
        faults, is_suppressed, waiting = [], False, None
        stopped = self._circumstances.stopped if rule.on in OWN_EVENTS else frozenset()
        for channel in rule.channels:
            contact = person.on(channel)
            if isinstance(contact, NoContact):
                faults.append(contact.reason)
            elif reason := self._circumstances.suppressed.get((channel, contact.address)):
                is_suppressed = True
                faults.append(reason)
            elif channel in stopped:
                waiting = waiting or (channel, contact)
            else:
                return channel, contact
        if waiting is not None:
            return waiting
        verdict = Verdict.SUPPRESSED if is_suppressed else Verdict.SKIPPED
        return Decision(verdict, "; ".join(faults), is_unreachable=True)

    def _told_already(self, planned: PlannedNotification) -> PlannedNotification | None:
        """Another message by which the same person hears the same words of this very fact."""
        for other in self._planned:
            is_same_place = (other.channel, other.contact.address) == (
                planned.channel,
                planned.contact.address,
            )
            if is_same_place and other.rule.template == planned.rule.template:
                return other
            if other.dedup_key == planned.dedup_key:
                return other
        return None

    @property
    def _reminders(self) -> Reminders:
        return self._rulebook.business.freshbooks_reminders

    def _is_reminded(self, audience: str) -> bool:
        client = self._dossier.client
        is_for_client = self._is_rung and audience in (CLIENT, CONTACTS)
        return is_for_client and client is not None and client.is_reminded

    def _plan(self, planned: PlannedNotification, person: Person) -> Decision:
        rule, circumstances = planned.rule, self._circumstances
        reason = f"rule {rule.name}"
        if self._is_reminded(planned.audience) and self._reminders is Reminders.WARN:
            reason += f"; {_REMINDED}, too"
        circumstances = circumstances.having_told(self.told)
        held = hold_of(planned, person, self._rulebook, circumstances)
        verdict = Verdict.PLANNED
        if held is not None:
            verdict, moment = Verdict.HELD, held[0].astimezone(UTC)
            planned = replace(planned, not_before=moment, hold=held[1])
            reason = f"{held[1].value}: it waits until {moment:%Y-%m-%d %H:%M} UTC; {reason}"
        else:
            self.told.append(told_by(planned, circumstances.now))
        self._planned.append(planned)
        shown = shown_audience(planned.audience)
        return Decision(verdict, reason, rule, self._occurrence, planned, shown)
