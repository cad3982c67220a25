"""What holds for every rulebook, every record and every hour: hundreds of them, drawn by chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.circumstances import Circumstances, NoContact, Person, Told
from duebell.domain.decisions import Decision, Hold, PlannedNotification, Verdict
from duebell.domain.deriving import Facts
from duebell.domain.dossiers import Dossier
from duebell.domain.holds import DAY, WEEK
from duebell.domain.occurrences import Occurrence
from duebell.domain.quiet import opening
from duebell.domain.rules import (
    ALWAYS,
    Budget,
    BusinessTerms,
    Channel,
    Conditions,
    Override,
    QuietHours,
    Rule,
    Rulebook,
)
from duebell.domain.telling import plan_facts
from tests.unit.domain.scenes import NOW, a_dossier, an_invoice, usd

ROUNDS = range(300)

AUDIENCES = ("client", "client.contacts", "list:approvers", "list:owners", "+12125550188")
NUMBERS = ("+12125550101", "+12125550102", "+4930123456", "+61255501234")
ADDRESSES = ("ap@acme.example", "boss@acme.example", "dana@firm.example")
ZONES = ((), ("America/Toronto",), ("Europe/Berlin",), ("Asia/Kathmandu", "Australia/Lord_Howe"))
EVENTS = ("invoice.create", "invoice.update", "invoice.overdue")
RUNG = "+5@2026-02-28"


@dataclass(frozen=True)
class Scene:
    """One decision with all that goes into it."""

    facts: Facts
    dossier: Dossier
    people: dict[str, Sequence[Person | NoContact]]
    rulebook: Rulebook
    around: Circumstances

    def decide(self) -> list[Decision]:
        """Decide."""
        return plan_facts(self.facts, self.dossier, self.people, self.rulebook, self.around)


def a_scene(chance: random.Random) -> Scene:
    """A rulebook, an invoice, people and an hour that nobody has thought of."""
    rules = tuple(a_rule_by(chance) for _ in range(chance.randint(1, 5)))
    event = chance.choice(EVENTS)
    word = RUNG if event == "invoice.overdue" else "once"
    flags = {name: chance.random() < 0.1 for name in ("is_paid", "is_disputed", "is_draft")}
    amount = usd(chance.choice(("0.00", "-5.00", "10.00", "99999999.99")))
    invoice = an_invoice(due_on=date(2026, 2, 28), amount=amount, outstanding=amount, **flags)
    return Scene(
        facts={Occurrence("a1", "42", event, word): rules},
        dossier=a_dossier(invoice),
        people={audience: some_people(chance, audience) for audience in AUDIENCES},
        rulebook=Rulebook(rules, clients=overrides_by(chance), business=terms_by(chance)),
        around=circumstances_by(chance),
    )


def a_rule_by(chance: random.Random) -> Rule:
    """A rule."""
    channel, other = chance.sample(list(Channel), 2)
    return Rule(
        on="invoice.create",
        to=chance.choice(AUDIENCES),
        channel=channel,
        template=chance.choice(("note", "other_note")),
        when=chance.choice(
            (ALWAYS, ALWAYS, Conditions(min_amount=Decimal(5)), Conditions(first_time=True))
        ),
        fallback=other if chance.random() < 0.4 else None,
        urgent=chance.random() < 0.2,
    )


def some_people(chance: random.Random, audience: str) -> list[Person | NoContact]:
    """The people behind an audience, some of whom share a phone."""
    if chance.random() < 0.1:
        return [NoContact("nobody is there")]
    return [
        Person(
            f"{audience}:{number}",
            "Somebody",
            sms=chance.choice((*NUMBERS, "")),
            email=chance.choice((*ADDRESSES, "")),
            zones=chance.choice(ZONES),
            is_staff=audience.startswith("list:"),
        )
        for number in range(chance.randint(1, 3))
    ]


def overrides_by(chance: random.Random) -> dict[str, Override]:
    """What is different for the client."""
    override = chance.choice(
        (
            Override(),
            Override(to=("list:owners",)),
            Override(also=("list:approvers", "client")),
            Override(silence=frozenset({"invoice.create"})),
        )
    )
    return {"7": override}


def terms_by(chance: random.Random) -> BusinessTerms:
    """Quiet hours and a budget."""
    begin, end = (time(chance.randrange(24), chance.choice((0, 30))) for _ in range(2))
    days = frozenset(chance.sample(range(7), chance.randint(0, 2)))
    return BusinessTerms(
        quiet=chance.choice((None, QuietHours(begin, end, days, frozenset(Channel)))),
        budget=chance.choice((None, Budget(per_day=1), Budget(per_day=2, per_week=3))),
    )


def circumstances_by(chance: random.Random) -> Circumstances:
    """An hour of the year, opt-outs, pauses and what people were told."""
    now = NOW + timedelta(minutes=chance.randrange(60 * 24 * 365))
    told = tuple(
        Told(
            f"{chance.choice(AUDIENCES)}:{chance.randrange(3)}",
            chance.choice(EVENTS),
            f"a1:{number}",
            now - timedelta(hours=chance.randrange(24 * 3)),
        )
        for number in range(chance.randrange(60))
    )
    addresses = [("sms", one) for one in NUMBERS] + [("email", one) for one in ADDRESSES]
    suppressed = dict.fromkeys(chance.sample(addresses, chance.randint(0, 3)), "an opt-out")
    until = now.date() + timedelta(days=chance.randint(-2, 2))
    pauses = chance.choice(({}, {}, {}, {("", "client", "7"): until}))
    return Circumstances(
        now,
        ZoneInfo("America/Toronto"),
        holidays=frozenset({now.date()}) if chance.random() < 0.1 else frozenset(),
        suppressed=suppressed,
        pauses=pauses,
        told=told,
    )


def planned_in(decisions: list[Decision]) -> list[PlannedNotification]:
    """What is to be sent."""
    return [one.planned for one in decisions if one.planned is not None]


@pytest.mark.parametrize("seed", ROUNDS)
def test_every_decision_keeps_its_promises(seed: int) -> None:
    """Every person behind every rule has a decision; and no message breaks what was promised."""
    scene = a_scene(random.Random(seed))

    decisions = scene.decide()

    planned = planned_in(decisions)
    assert everybody_has_a_decision(scene, decisions)
    assert all(decision.reason for decision in decisions)
    assert nobody_hears_twice(planned)
    assert not {(one.channel, one.contact.address) for one in planned} & set(
        scene.around.suppressed
    )
    assert not (planned and scene.around.pauses and is_paused(scene))
    assert all(leaves_at_a_fit_time(scene, one) for one in planned)
    assert all(is_within_budget(scene, one) for one in planned)


@pytest.mark.parametrize("seed", ROUNDS[::10])
def test_the_same_question_has_the_same_answer(seed: int) -> None:
    """A decision depends on nothing but what goes into it."""
    assert a_scene(random.Random(seed)).decide() == a_scene(random.Random(seed)).decide()


@pytest.mark.parametrize("seed", ROUNDS[::3])
def test_what_was_held_leaves_when_its_time_has_come(seed: int) -> None:
    """Looked at again at the moment that was named, a message leaves or waits for another thing."""
    scene = a_scene(random.Random(seed))

    for one in planned_in(scene.decide()):
        if one.not_before is not None:
            later = replace(scene, around=replace(scene.around, now=one.not_before))
            again = {other.dedup_key: other for other in planned_in(later.decide())}

            other = again.get(one.dedup_key)
            assert other is None or other.hold is not one.hold or one.hold is Hold.BUDGET


def everybody_has_a_decision(scene: Scene, decisions: list[Decision]) -> bool:
    """Either one reason for all, or one verdict for each rule and person."""
    if len(decisions) == 1 and decisions[0].rule is None:
        return True
    [rules] = scene.facts.values()
    counts = Counter(decision.rule for decision in decisions)
    return all(counts[rule] >= 1 for rule in rules)


def nobody_hears_twice(planned: list[PlannedNotification]) -> bool:
    """No dedup key and no (address, words) comes up twice."""
    keys = [one.dedup_key for one in planned]
    places = [(one.channel, one.contact.address, one.rule.template) for one in planned]
    return len(keys) == len(set(keys)) and len(places) == len(set(places))


def places_of(planned: list[PlannedNotification]) -> set[tuple[str, str]]:
    """Where messages go to."""
    return {(one.channel.value, one.contact.address) for one in planned}


def is_paused(scene: Scene) -> bool:
    """Whether the client's pause still holds."""
    return any(scene.around.today < until for until in scene.around.pauses.values())


def leaves_at_a_fit_time(scene: Scene, one: PlannedNotification) -> bool:
    """What leaves now does not leave in quiet hours; what is held for them leaves after them."""
    if one.rule.urgent:
        return one.hold is not Hold.QUIET_HOURS
    [person] = [
        who
        for who in scene.people[one.audience]
        if isinstance(who, Person) and who.key == one.contact.key
    ]
    names = () if person.is_staff else person.zones
    zones = [ZoneInfo(name) for name in names] or [scene.around.zone]
    quiet, holidays = scene.rulebook.business.quiet, scene.around.holidays
    moment = opening(scene.around.now, quiet, zones, holidays, one.channel)
    if moment is None:
        return one.hold is not Hold.QUIET_HOURS
    return one.not_before is not None and one.not_before >= moment > scene.around.now


def is_within_budget(scene: Scene, one: PlannedNotification) -> bool:
    """Nobody who had enough gets one more now."""
    budget = scene.rulebook.business.budget
    if budget is None or one.is_staff or one.hold is not None:
        return True
    moments = [told.at for told in scene.around.told_to(one.contact.key, "a1")]
    for most, window in ((budget.per_day, DAY), (budget.per_week, WEEK)):
        recent = [moment for moment in moments if moment > scene.around.now - window]
        if most is not None and len(recent) >= most:
            return False
    return True


def test_the_scenes_are_worth_something() -> None:
    """Among the scenes are all verdicts and all reasons to wait, so that the promises are tried."""
    decisions = [one for seed in ROUNDS for one in a_scene(random.Random(seed)).decide()]

    verdicts = Counter(one.verdict for one in decisions)
    holds = Counter(one.hold for one in planned_in(decisions))

    wanted = set(Verdict) - {Verdict.REPEATED}
    assert wanted == {verdict for verdict in wanted if verdicts[verdict] >= 10}
    assert all(holds[hold] >= 10 for hold in (None, Hold.QUIET_HOURS, Hold.BUDGET))
