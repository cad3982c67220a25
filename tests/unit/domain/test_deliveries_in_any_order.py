"""However signals are lost, late, doubled, reordered, raced or retried, the same facts are told.

Each seed is a story: the states that one record goes through. It is told twice: once by somebody
who hears of each state once and in order, and once by a careless world, which shows each state at
least once but for whichever reasons. A memory keeps what the ledger keeps.

What is left out: a record that may not be told of in its first state. Whether somebody asks for its
creation again when it may be told is up to who asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from duebell.domain.books import Invoice, Record, kind_of
from duebell.domain.changes import Seen
from duebell.domain.decisions import Plan
from duebell.domain.deriving import LadderTerms, Sight
from duebell.domain.events import creation_of, update_of
from duebell.domain.ladder import MissedRungs
from duebell.domain.occurrences import Occurrence
from duebell.domain.planning import plan
from duebell.domain.rules import Rulebook
from duebell.domain.signals import Signal
from tests.unit.domain.scenes import (
    AFTER,
    BEFORE,
    CALM,
    EVERYBODY,
    NOW,
    a_bill,
    a_client,
    a_dossier,
    a_rule,
    a_sight,
    a_vendor,
    an_invoice,
    usd,
)

SEEDS = range(1000)
FIRST_DAY = date(2026, 3, 25)
LADDER_EVENTS = ("invoice.due", "invoice.overdue")
STAFF = "list:approvers"
BOOK = Rulebook(
    (
        *(a_rule(f"invoice.{word}", to) for word in ("create", "update") for to in EVERYBODY),
        a_rule("invoice.overdue", "client", 5, template="kind"),
        a_rule("invoice.overdue", "client", 10, template="firm"),
        a_rule("invoice.overdue", STAFF, 7),
        a_rule("invoice.due", "client", -3, 0),
        *(
            a_rule(f"{noun}.{word}", STAFF)
            for noun in ("client", "bill", "bill_vendor")
            for word in ("create", "update")
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the record, and the business' day on which it is like that."""

    record: Record
    day: date


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to a record. One from before we watch is never heard of as created."""

    steps: tuple[Step, ...]
    since: datetime
    missed: MissedRungs

    @property
    def is_new(self) -> bool:
        """Whether the record was made since we watch."""
        return self.since == BEFORE


# -- stories


def a_story(random: Random) -> Story:
    """A random story of an invoice, or now and then of another record."""
    is_new = random.random() < 0.8
    make = random.choice((an_invoice, an_invoice, an_invoice, a_client, a_bill, a_vendor))
    record: Record = make()
    states = [record]
    if isinstance(record, Invoice) and is_new:
        states = [*drafts(random, record), record]
    states += later_states(random, record)
    steps = tuple(with_days(random, states))
    return Story(steps, BEFORE if is_new else AFTER, random.choice(list(MissedRungs)))


def drafts(random: Random, invoice: Invoice) -> list[Record]:
    """The invoice while it is written; somebody may look at it."""
    draft = replace(invoice, is_draft=True)
    return [
        replace(draft, number=f"D-{random.randint(1, 3)}")
        for _ in range(random.choice((0, 0, 1, 3)))
    ]


def later_states(random: Random, record: Record) -> Iterator[Record]:
    """What becomes of it: edits, and for an invoice money, disputes and other due dates."""
    for _ in range(random.randint(1, 8)):
        changes = (
            _invoice_changes(random)
            if isinstance(record, Invoice)
            else _EDITS[type(record)](random)
        )
        record = replace(record, **changes)
        yield record
    if random.random() < 0.2:
        yield replace(record, is_active=False)


def _invoice_changes(random: Random) -> dict[str, Any]:
    owed = random.choice(("0.00", "4.00", "10.00"))
    choices: tuple[dict[str, Any], ...] = (
        {"amount": usd(random.choice(("10.00", "11.00", "12.00")))},
        {"number": f"INV-{random.randint(1, 3)}"},
        {"due_on": FIRST_DAY + timedelta(days=random.randint(-2, 6))},
        {"due_on": None},
        {"outstanding": usd(owed), "is_paid": owed == "0.00"},
        {"is_disputed": random.random() < 0.5},
        {"status": "overdue"},
        {},
    )
    return random.choice(choices)


_EDITS: dict[type[Any], Callable[[Random], dict[str, Any]]] = {
    type(a_client()): lambda random: {"email": f"{random.randint(1, 3)}@acme.example"},
    type(a_vendor()): lambda random: {"account_number": str(random.randint(1, 3))},
    type(a_bill()): lambda random: {"amount": usd(str(random.randint(1, 3)))},
}


def with_days(random: Random, states: list[Record]) -> Iterator[Step]:
    """The states, with some days between them now and then."""
    day = FIRST_DAY
    for state in states:
        yield Step(state, day)
        day += timedelta(days=random.choice((0, 0, 0, 1, 3, 6)))


# -- who looks


@dataclass(slots=True)
class Memory:
    """What the ledger keeps: sights, facts by signal, and each dedup key once."""

    story: Story
    seen: Seen | None = None
    facts: dict[int, tuple[Occurrence, ...]] = field(default_factory=dict)
    told: dict[str, Occurrence] = field(default_factory=dict)
    signals: int = 0
    at: datetime = NOW

    def now(self) -> datetime:
        """A moment later than the one before."""
        self.at += timedelta(minutes=1)
        return self.at

    def sight(self, record: Record, at: datetime, signal_id: int, **known: Any) -> Sight:
        """What is known before a look at the record as it was at some time."""
        is_late = self.seen is not None and self.seen.at is not None and self.seen.at > at
        earlier = self.facts.get(signal_id, ())
        since = self.story.since
        return a_sight(record, self.seen, is_late=is_late, earlier=earlier, since=since, **known)

    def keep(self, signal_id: int, made: Plan, at: datetime) -> None:
        """Record a plan, as the ledger does in one transaction."""
        known = {one for facts in self.facts.values() for one in facts}
        new = tuple(one for one in made.occurrences if one not in known)
        self.facts[signal_id] = (*self.facts.get(signal_id, ()), *new)
        for one in made.notifications:
            self.told.setdefault(one.dedup_key, one.occurrence)
        self._remember(made.seen, at)

    def _remember(self, new: Seen | None, at: datetime) -> None:
        assert new is not None
        old = self.seen
        is_newer = old is None or old.at is None or old.at <= at
        announced = new.announced or (old is not None and old.announced)
        base = replace(new, at=at) if is_newer or old is None else old
        self.seen = replace(base, announced=announced)


def decide(memory: Memory, step: Step, event: str, sight: Sight, *, by_day: bool = True) -> Plan:
    """What a look comes to, after which it is checked that the plan explains itself."""
    signal = Signal(step.record.account_id, event, step.record.id)
    terms = LadderTerms(step.day if by_day else None, memory.story.missed)
    made = plan(signal, a_dossier(step.record), sight, EVERYBODY, BOOK, terms, CALM)
    keys = [one.dedup_key for one in made.notifications]
    assert made.decisions
    assert len(keys) == len(set(keys))
    return made


def look(memory: Memory, step: Step, event: str, *, by_day: bool = True, **known: Any) -> int:
    """Look at a state because of a new signal; gives the signal."""
    memory.signals += 1
    look_again(memory, step, event, memory.signals, by_day=by_day, **known)
    return memory.signals


def look_again(
    memory: Memory, step: Step, event: str, signal_id: int, *, by_day: bool = True, **known: Any
) -> None:
    """Look because of a signal that was worked on before."""
    at = memory.now()
    sight = memory.sight(step.record, at, signal_id, **known)
    memory.keep(signal_id, decide(memory, step, event, sight, by_day=by_day), at)


def race(memory: Memory, step: Step, events: tuple[str, str]) -> None:
    """Two runs look and decide before either of them records anything."""
    plans = []
    for event in events:
        memory.signals += 1
        at = memory.now()
        sight = memory.sight(step.record, at, memory.signals)
        plans.append((memory.signals, decide(memory, step, event, sight), at))
    for made in plans:
        memory.keep(*made)


# -- two worlds


def told_in_order(story: Story) -> dict[str, Occurrence]:
    """What is told where each state is heard of once, in order."""
    memory = Memory(story)
    for number, step in enumerate(story.steps):
        kind = kind_of(step.record)
        is_first = number == 0 and story.is_new
        look(memory, step, creation_of(kind) if is_first else update_of(kind))
    return memory.told


def told_carelessly(story: Story, random: Random) -> dict[str, Occurrence]:
    """What is told where each state is looked at some times, for whatever reasons."""
    memory = Memory(story)
    before: tuple[Step, datetime] | None = None
    for step in story.steps:
        events = events_of(story, step)
        at = memory.now()
        for _ in range(random.choice((0, 0, 1, 2))):
            look_somehow(memory, step, events, random)
        signal = look(memory, step, random.choice(events))
        if random.random() < 0.3:
            look_again(memory, step, update_of(kind_of(step.record)), signal)
        if random.random() < 0.3:
            race(memory, step, (random.choice(events), random.choice(events)))
        if before is not None and before[0].day == step.day and random.random() < 0.3:
            look_late(memory, *before, random.choice(events))
        before = (step, at)
    return memory.told


def events_of(story: Story, step: Step) -> tuple[str, ...]:
    """The signals that may make somebody look: doubled, late, or found by polls and scans."""
    kind = kind_of(step.record)
    created = (creation_of(kind),) if story.is_new else ()
    ladder = LADDER_EVENTS if isinstance(step.record, Invoice) else ()
    return (update_of(kind), update_of(kind), *created, *ladder)


def look_somehow(memory: Memory, step: Step, events: tuple[str, ...], random: Random) -> None:
    """A look that may be at night, or while the message about the creation still waits."""
    event, by_day = random.choice(events), random.random() < 0.5
    is_told = any(one.event_type == "invoice.create" for one in memory.told.values())
    waits = is_told and random.random() < 0.3
    signal = look(memory, step, event, by_day=by_day, is_open=waits)
    if random.random() < 0.3:
        look_again(memory, step, event, signal)


def look_late(memory: Memory, step: Step, at: datetime, event: str) -> None:
    """A run that read the record some time ago decides only now."""
    memory.signals += 1
    sight = memory.sight(step.record, at, memory.signals)
    memory.keep(memory.signals, decide(memory, step, event, sight), at)


@cache
def stories() -> tuple[Story, ...]:
    """A story for each seed."""
    return tuple(a_story(Random(seed)) for seed in SEEDS)


@pytest.mark.parametrize("shift", [0, 1])
def test_the_same_facts_are_told_whatever_happens_to_deliveries(shift: int) -> None:
    """A careless world tells each fact under the same key as an orderly one, and no other."""
    for seed, story in zip(SEEDS, stories(), strict=True):
        orderly = told_in_order(story)

        careless = told_carelessly(story, Random(seed + shift * len(SEEDS)))

        assert (seed, orderly) == (seed, careless)


def test_the_stories_are_of_every_sort() -> None:
    """The seeds have creations, changes and rungs by the hundred, and some that tell nothing."""
    told = [told_in_order(story) for story in stories()]

    events = Counter(one.event_type for facts in told for one in facts.values())
    rare = {event for rule in BOOK.rules if events[event := rule.on] < 50}
    assert set() == rare
    assert sum(not facts for facts in told) > 10
    assert sum(not story.is_new for story in stories()) > 100
    assert sum(len(facts) > 6 for facts in told) > 50
