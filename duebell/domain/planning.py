"""Deciding: from a signal and the record as it is now to planned notifications and explained skips.

Pure: what the books say, who can be reached and what the rulebook wants come in as values; what
comes out is what will be told to whom, and the reason for every silence.
"""

from __future__ import annotations

from duebell.domain.circumstances import Circumstances, People
from duebell.domain.decisions import Decision, Plan, Verdict
from duebell.domain.deriving import Facts, LadderTerms, Sight, derive, is_announced, next_seen
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS, creation_of, kind_of_event
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Rulebook
from duebell.domain.signals import Signal
from duebell.domain.telling import plan_facts

NOTHING_TOLD = "the change says nothing that a rule tells"
OUTSIDE_HOURS = "it is not the time of day at which the ladder is told"


def plan(
    signal: Signal,
    dossier: Dossier,
    sight: Sight,
    people: People,
    rulebook: Rulebook,
    terms: LadderTerms,
    circumstances: Circumstances,
) -> Plan:
    """Decide what a signal leads to.

    ``people`` has an entry for every audience that the rulebook names.
    """
    if dossier.record is None:
        fact = Occurrence(signal.account_id, signal.object_id, signal.event)
        facts: Facts = {fact: rules} if (rules := rulebook.rules_for(signal.event)) else {}
        return Plan(_decisions(signal, dossier, facts, people, rulebook, circumstances))
    facts = derive(signal, dossier.record, sight, rulebook, terms)
    decisions = _decisions(signal, dossier, facts, people, rulebook, circumstances)
    if not terms.may_begun_be_told and any(one.event_type in LADDERS for one in sight.earlier):
        others = decisions if facts else ()
        decisions = (*others, Decision(Verdict.HELD, OUTSIDE_HOURS))
    is_settled = is_announced(signal, dossier.record, sight)
    return Plan(decisions, next_seen(sight, dossier.record, announced=is_settled))


def _decisions(
    signal: Signal,
    dossier: Dossier,
    facts: Facts,
    people: People,
    rulebook: Rulebook,
    circumstances: Circumstances,
) -> tuple[Decision, ...]:
    decisions = plan_facts(facts, dossier, people, rulebook, circumstances)
    return tuple(decisions) or (Decision(Verdict.SKIPPED, _why_nothing(signal, rulebook)),)


def _why_nothing(signal: Signal, rulebook: Rulebook) -> str:
    kind = kind_of_event(signal.event)
    events = rulebook.events
    if signal.event not in events and (kind is None or creation_of(kind) not in events):
        return f"no rule is about {signal.event}"
    return NOTHING_TOLD
