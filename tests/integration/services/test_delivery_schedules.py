"""However webhooks are lost, late, doubled and reordered, and whatever breaks off: each fact once.

A thousand seeds, ten to a schedule. Each is a firm with a history of its own and webhooks with a
fate of their own; what its texts tell is counted where they arrive. Whether that is right is worked
out from the books alone. Of three things it is lenient: a creation that was looked at when it could
not be told (paid, deleted, disputed) may stay untold, and so may a change, and so may what Twilio
refused and what waited then until it was not worth sending any more.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.settings import load_settings
from duebell.wording.rendering import Renderer
from tests.integration.services.bench import Bench
from tests.integration.services.counted_texts import Mood, write_templates
from tests.integration.services.firms import EVENTS
from tests.integration.services.hands import STEPS
from tests.integration.services.schedules import Schedule
from tests.ledger_scenes import Clock

FIRMS = 10
SEEDS = range(100)


@pytest.fixture(scope="module")
def bench(migrated_file: Path) -> Iterator[Bench]:
    """A ledger on SQLite, in memory where the machine has a place for that.

    A schedule commits a thousand times, and waiting for the disk would be most of its time.
    """
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="duebell-", dir=place) as folder:
        home, clock = Path(folder), Clock()
        shutil.copy(migrated_file, home / "duebell.db")
        write_templates(home / "templates")
        sealer = Sealer(Fernet.generate_key().decode())
        ledger = Ledger(f"sqlite:///{home / 'duebell.db'}", sealer, now=clock)
        settings = load_settings(_env_file=None, home=home)
        yield Bench(ledger, clock, Renderer([home / "templates"]), settings)
        ledger.close()


def run(bench: Bench, seeds: range, *, is_perfect: bool = False) -> list[Schedule]:
    """Schedules of ten firms each, one after the other."""
    made = []
    for first in seeds[::FIRMS]:
        schedule = Schedule(bench, range(first, first + FIRMS), is_perfect=is_perfect)
        asyncio.run(schedule.run())
        made.append(schedule)
    return made


def creations(schedule: Schedule, account_id: str) -> Counter[tuple[str, str]]:
    """How often each creation of a firm was told."""
    texts = schedule.texts.of(account_id)
    return Counter((one.fact.event, one.fact.id) for one in texts if one.fact.is_creation)


def ideal(schedule: Schedule, account_id: str) -> Counter[tuple[str, str]]:
    """The creations that perfect deliveries tell, once each."""
    firm = schedule.firms[account_id]
    facts = firm.truth.told_in_a_perfect_world(firm.events)
    return Counter((fact.event, fact.id) for fact in facts)


@pytest.fixture(scope="module")
def schedules(bench: Bench) -> list[Schedule]:
    """A hundred firms, each with a schedule that chance has made."""
    return run(bench, SEEDS)


def test_each_fact_is_told_once_in_any_schedule(schedules: list[Schedule]) -> None:
    """Nothing twice, nothing untrue, nothing lost that is still true; no more than if all came."""
    faults = [fault for schedule in schedules for fault in schedule.faults]
    surplus = {
        account_id: more
        for schedule in schedules
        for account_id in schedule.firms
        if (more := creations(schedule, account_id) - ideal(schedule, account_id))
    }
    assert [] == faults
    assert {} == surplus


def test_perfect_deliveries_tell_exactly_what_is_expected_of_them(bench: Bench) -> None:
    """Where each change is heard and worked on at once, the books alone foretell every text."""
    schedules = run(bench, range(5000, 5040), is_perfect=True)

    pairs = [(one, account_id) for one in schedules for account_id in one.firms]
    assert [] == [fault for schedule in schedules for fault in schedule.faults]
    assert [ideal(*pair) for pair in pairs] == [creations(*pair) for pair in pairs]


def test_the_schedules_are_of_every_sort(schedules: list[Schedule]) -> None:
    """A hundred seeds have every trade, every event and every mishap, each some times."""
    happened: Counter[str] = Counter()
    for schedule in schedules:
        happened += schedule.happened
        happened.update(schedule.texts.moods)
        happened.update(taken.fact.event for taken in schedule.texts.taken)
        for firm in schedule.firms.values():
            happened += firm.happened
        for hand in schedule.hands:
            happened += hand.happened
    events = {event for trade in EVENTS.values() for event in trade}
    fates = {"lost", "told once", "doubled", "late", "a poll failed", "a step failed"}
    ends = {word for word in happened if word.startswith("a run ")}
    assert set() == {word for word in (*events, *fates, *Mood) if happened[word] < 3}
    assert set(STEPS[:-1]) == {word.partition("after: ")[2] for word in ends}
