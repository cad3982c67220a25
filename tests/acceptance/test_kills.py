"""Processes are killed in the middle of bursts: nothing is lost, nothing is sent twice.

All rounds are played on one installation before the tests look at them, so that the time after
which others take up a dead worker's work, or ask about a lost callback, passes once for all.
"""

from __future__ import annotations

import random

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import Record, broken_promises, progress, wait_until_told

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

BURST = 80
VICTIMS = {
    "worker": ("worker",),
    "webhook process": ("web",),
    "Prefect's server": ("prefect",),
    "everything at once": ("web", "worker", "prefect"),
}
#: The worker, which sends, dies at two moments.
ROUNDS = [*((victim, 1) for victim in VICTIMS), ("worker", 2)]


@pytest.fixture(scope="module")
def rounds(shared: Installation) -> dict[tuple[str, int], list[Record]]:
    """The invoices of each round, after all rounds were played and everything had its time."""
    shared.mend()
    records = {(victim, seed): play(shared, victim, seed) for victim, seed in ROUNDS}
    wait_until_told(shared, [record for burst in records.values() for record in burst])
    return records


def play(installation: Installation, victim: str, seed: int) -> list[Record]:
    """Let a burst of webhooks come, and kill the victim at a random moment of it."""
    rng = random.Random(f"{victim} {seed}")
    before = progress(installation.control)
    moment = rng.randrange(1, 2 * BURST - 5)
    records = installation.control.fire("invoice.create", BURST, concurrency=20)
    wait_until(
        lambda: progress(installation.control) - before >= moment, f"step {moment} of the burst"
    )
    installation.kill(*VICTIMS[victim])
    installation.start(*VICTIMS[victim])
    return records


@pytest.mark.parametrize(("victim", "seed"), ROUNDS)
def test_a_kill_loses_and_doubles_nothing(
    shared: Installation, rounds: dict[tuple[str, int], list[Record]], victim: str, seed: int
) -> None:
    """Every acknowledged webhook becomes one text with a final status, whoever was killed."""
    records = rounds[victim, seed]

    broken = broken_promises(shared, records)

    assert [] == broken
