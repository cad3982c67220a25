"""One of the two rulebooks of a replay, deciding about facts as a run would have done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from duebell.domain.books import Business
from duebell.domain.circumstances import Circumstances, People, Person, Told
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.decisions import Decision, PlannedNotification
from duebell.domain.dossiers import Dossier
from duebell.domain.failures import RenderingFailed
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import LIST_PREFIX, Channel, Rule, Rulebook
from duebell.domain.telling import plan_facts
from duebell.notifying.deciding import zone_of
from duebell.notifying.surroundings import addresses_of, holidays_for
from duebell.people.audiences import people_behind
from duebell.replaying.memory import Memory
from duebell.replaying.messages import Fact, Message, Outcome, Silence, Words
from duebell.runtime import Runtime
from duebell.wording.rendering import Renderer
from duebell.wording.segments import check_length, count_segments
from duebell.wording.values import values_for


@dataclass(frozen=True, slots=True)
class Case:
    """A record as one side sees it, and the people behind it.

    ``zone`` is that of the business, which the rulebook may correct.
    """

    dossier: Dossier
    people: People
    zone: ZoneInfo

    def addresses(self) -> set[tuple[str, str]]:
        """Where its people can be reached, as (channel, address)."""
        return {pair for person in self._everybody() for pair in addresses_of(person)}

    def keys(self) -> list[str]:
        """The keys of its people."""
        return [person.key for person in self._everybody()]

    def lists(self) -> dict[str, frozenset[str]]:
        """The keys of the people on each staff list that the rulebook tells of anything."""
        return {
            audience: frozenset(one.key for one in behind if isinstance(one, Person))
            for audience, behind in self.people.items()
            if audience.startswith(LIST_PREFIX)
        }

    def _everybody(self) -> list[Person]:
        return [
            person
            for behind in self.people.values()
            for person in behind
            if isinstance(person, Person)
        ]


class Side:
    """A rulebook, and what it has told so far."""

    def __init__(self, runtime: Runtime, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._runtime = replace(runtime, rulebook=rulebook)
        self._memory = Memory(rulebook)

    def rules_for(self, occurrence: Occurrence) -> tuple[Rule, ...]:
        """The rules that are about a fact."""
        rules = self.rulebook.rules_for(occurrence.event_type)
        if (rung := occurrence.rung) is None:
            return rules
        return tuple(rule for rule in rules if rung.days in rule.days)

    async def case(self, dossier: Dossier) -> Case:
        """The record with the business as this rulebook corrects it."""
        business, zone = await self._business(dossier.business), FRESHBOOKS_ZONE
        dossier = replace(dossier, business=business)
        if business is not None:
            zone = zone_of(business)
        return Case(dossier, people_behind(dossier, self.rulebook), zone)

    async def _business(self, found: Business | None) -> Business | None:
        return await self._runtime.business(found.account_id) if found is not None else None

    def decide(self, fact: Fact, case: Case, suppressed: Mapping[tuple[str, str], str]) -> Outcome:
        """Whom this rulebook tells of the fact, in which words, and why not the others."""
        occurrence = fact.occurrence
        circumstances = Circumstances(
            now=fact.at,
            zone=case.zone,
            holidays=holidays_for(self.rulebook, case.dossier.business, fact.at),
            suppressed=suppressed,
            told=self._memory.of(case.keys(), occurrence.event_type),
        )
        facts = {occurrence: rules} if (rules := self.rules_for(occurrence)) else {}
        decisions = plan_facts(
            facts, case.dossier, case.people, self.rulebook, circumstances, as_it_was=True
        )
        return self._outcome(fact, case, decisions)

    def _outcome(self, fact: Fact, case: Case, decisions: list[Decision]) -> Outcome:
        messages, silences = list[Message](), list[Silence]()
        for decision in decisions:
            if (planned := decision.planned) is None:
                silences.append(Silence(decision.reason, decision.rule, decision.audience or ""))
                continue
            try:
                message = self._message(fact, case, planned)
            except RenderingFailed as failure:
                audience, key = decision.audience or "", planned.contact.key
                silences.append(Silence(str(failure), planned.rule, audience, key))
                continue
            self._remember(message, occurrence=planned.occurrence)
            messages.append(message)
        return Outcome(tuple(messages), tuple(silences), case.lists())

    def _message(self, fact: Fact, case: Case, planned: PlannedNotification) -> Message:
        leaves_at = planned.not_before or fact.at
        words = _words(self._runtime.renderer, case, planned, leaves_at)
        check_length(words.text, words.segments, planned.rule.max_segments)
        return Message(
            planned.rule,
            planned.channel,
            planned.contact,
            planned.audience,
            leaves_at,
            words,
            planned.hold.value if planned.hold is not None else "",
        )

    def _remember(self, message: Message, occurrence: Occurrence) -> None:
        key = message.contact.key
        name = f"{occurrence.key}:{message.rule.channel}:{key}:{message.audience}"
        told = Told(key, occurrence.event_type, occurrence.key, message.leaves_at, name)
        self._memory.add(told)


def _words(
    renderer: Renderer, case: Case, planned: PlannedNotification, leaves_at: datetime
) -> Words:
    """The words on the day on which they leave."""
    today = leaves_at.astimezone(case.zone).date() if case.dossier.business else None
    values: dict[str, Any] = values_for(
        case.dossier, planned.occurrence, planned.contact, today, planned.audience
    )
    if planned.channel is Channel.EMAIL:
        email = renderer.render_email(planned.rule.template, **values)
        return Words(email.text, subject=email.subject, html=email.html)
    text = renderer.render_text(planned.rule.template, **values)
    return Words(text, count_segments(text))
