"""The attention budget where two runs decide about the same person at the same moment."""

from __future__ import annotations

import asyncio

import pytest

from duebell.ledger.plan_records import PlanRecord
from duebell.notifying.batch import Batch
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.holding_scene import RULE, begin_on_wednesday, holds, under
from tests.integration.services.place import Place
from tests.ledger_scenes import Clock

BUDGET = "[business]\nbudget = { day = 2 }\n"


class AtOnce(Batch):
    """A run that has decided only when all of them have, so that none knows of the others."""

    barrier: asyncio.Barrier

    async def plans(self) -> list[PlanRecord]:
        """What it decides, as the others do at the same time."""
        records = await super().plans()
        await self.barrier.wait()
        return records


@pytest.fixture(autouse=True)
def ten_o_clock(clock: Clock) -> None:
    """It is 10 in the morning of a Wednesday, not long ago."""
    begin_on_wednesday(clock)


async def run_at_once(desk: Desk, count: int) -> None:
    """As many runs, each with one signal."""
    await asyncio.gather(*map(desk.finished, await decide_at_once(desk, count)))


async def decide_at_once(desk: Desk, count: int) -> list[AtOnce]:
    """As many runs that have decided, each about one signal."""
    barrier = asyncio.Barrier(count)
    batches = [AtOnce(desk.runtime, f"batch-{number}") for number in range(count)]
    for batch in batches:
        batch.barrier = barrier
        await batch.claim(1)
        await batch.look_up()
    await asyncio.gather(*(batch.decide() for batch in batches))
    return batches


def test_a_crash_between_two_of_them_stops_nobody(place: Place, open_desk: OpenDesk) -> None:
    """Two messages were allowed and none has left: one of them leaves now, the other tomorrow."""
    desk = under(place, open_desk, BUDGET.replace("2", "1") + RULE)
    for _ in range(2):
        desk.new_invoice()
    desk.run(decide_at_once(desk, 2))

    desk.later(minutes=16)
    desk.notify("after")

    assert (1, 1) == (len(desk.texts()), holds(desk).count("budget"))


def test_runs_that_decide_together_keep_the_budget(place: Place, open_desk: OpenDesk) -> None:
    """Five runs with a message each for one person: two leave, three wait, each is told in time."""
    desk = under(place, open_desk, BUDGET + RULE)
    for _ in range(5):
        desk.new_invoice()

    desk.run(run_at_once(desk, 5))
    assert 2 == len(desk.texts())
    desk.notify("after")

    assert (2, [None, None, *["budget"] * 3]) == (
        len(desk.texts()),
        sorted(holds(desk), key=lambda hold: hold or ""),
    )
    for day in range(3):
        desk.later(hours=24, seconds=1)
        desk.notify(f"day {day}")
    assert 5 == len(desk.texts())
