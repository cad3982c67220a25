"""What a replay remembers of its own messages is what rules may ask for, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from duebell.domain.circumstances import Told
from duebell.domain.rules import Budget, BusinessTerms, Conditions, Rulebook
from duebell.replaying.memory import Memory
from tests.unit.replaying.scenes import AT, RULE

BUDGETED = Rulebook((RULE,), business=BusinessTerms(budget=Budget(per_day=3)))


def told(days: int, key: str = "client:7", event: str = "invoice.create") -> Told:
    """A message some days after the first one."""
    at: datetime = AT + timedelta(days=days)
    return Told(key, event, f"a1:{days}:{event}:once", at)


def test_a_week_and_the_first_of_an_event_are_remembered() -> None:
    """Of long ago only the first message of each event is left; it is told once."""
    memory = Memory(BUDGETED)
    everything = [told(0), told(1), told(5), told(9)]
    for one in everything:
        memory.add(one)

    of_them = memory.of(["client:7", "client:7"], "invoice.create")

    assert [told(0), told(5), told(9)] == sorted(of_them, key=lambda one: one.at)
    assert (told(5), told(9)) == memory.of(["client:7"], "payment.create")
    assert () == memory.of(["client:8"], "invoice.create")


def test_the_first_of_this_week_is_one_message() -> None:
    """A first message that is recent is not counted twice."""
    memory = Memory(BUDGETED)

    memory.add(told(0))

    assert (told(0),) == memory.of(["client:7"], "invoice.create")


def test_nothing_is_remembered_where_nobody_asks() -> None:
    """Without budgets and conditions a replay of any length needs no memory."""
    memory = Memory(Rulebook((RULE,)))

    memory.add(told(0))

    assert () == memory.of(["client:7"], "invoice.create")


def test_a_condition_on_the_first_time_asks() -> None:
    """A rule for the first time needs to know what was told, without any budget."""
    rule = replace(RULE, when=Conditions(first_time=True))
    memory = Memory(Rulebook((rule,)))

    memory.add(told(0))

    assert (told(0),) == memory.of(["client:7"], "invoice.create")
