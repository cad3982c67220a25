"""Which rulebook a worker has in force, and what readiness says of a broken file."""

from __future__ import annotations

from collections.abc import Sequence

from duebell.domain.books import Business
from duebell.domain.readiness import RULEBOOK_GONE
from duebell.ledger import businesses, rulebook_states
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import Clock, a_worker, column, run

URL = "https://duebell.example"
FAULT = "duebell.toml line 3: unknown key `chanel`; did you mean `channel`?"


def tell(
    ledger: Ledger, clock: Clock, worker: str = "w1", digest: str = "d1", faults: Sequence[str] = ()
) -> None:
    """A living worker tells of its rulebook."""
    run(ledger.beat(a_worker(worker)))
    run(
        ledger.write(lambda c: rulebook_states.record(c, worker, digest, faults, clock())),
    )


def told(ledger: Ledger, *living: str) -> list[str]:
    """What is said of the rulebooks of these workers."""
    return run(ledger.read(lambda c: rulebook_states.faults(c, living)))


def test_a_broken_file_is_told_with_the_rulebook_in_force(ledger: Ledger, clock: Clock) -> None:
    """The sentence names the first fault, and when the rulebook in force was loaded."""
    tell(ledger, clock)
    clock.pass_(hours=2)
    tell(ledger, clock, faults=[FAULT, "another"])

    sentences = told(ledger, "w1")

    assert [
        f"The rulebook file is broken; the one of 2026-03-02 15:00 UTC is in force: {FAULT}"
    ] == sentences


def test_a_file_that_is_gone_is_told_once(ledger: Ledger, clock: Clock) -> None:
    """It is gone and not broken, and its name stands at what is to be done."""
    tell(ledger, clock, faults=[f"/srv/duebell.toml{RULEBOOK_GONE}"])

    (sentence,) = told(ledger, "w1")

    assert sentence.startswith("The rulebook file is gone; the one of ")
    assert sentence.endswith(" is in force: put /srv/duebell.toml back.")


def test_the_clock_is_that_of_the_business(ledger: Ledger, clock: Clock) -> None:
    """When the rulebook in force was loaded is told as all other times are."""
    toronto = Business(account_id="a1", id="1", name="", time_zone="America/Toronto", country="CA")
    run(ledger.write(lambda c: businesses.remember(c, toronto)))
    tell(ledger, clock, faults=[FAULT])

    assert "the one of 2026-03-02 10:00 EST is in force" in told(ledger, "w1")[0]


def test_a_mended_file_is_told_no_more(ledger: Ledger, clock: Clock) -> None:
    """The next good version ends the trouble, and is the one in force from then on."""
    tell(ledger, clock, faults=[FAULT])
    clock.pass_(hours=2)
    tell(ledger, clock, digest="d2")
    mended = told(ledger, "w1")
    clock.pass_(hours=1)

    tell(ledger, clock, digest="d2", faults=[FAULT])

    assert [] == mended
    assert "the one of 2026-03-02 17:00 UTC" in told(ledger, "w1")[0]


def test_workers_with_the_same_trouble_tell_it_once(ledger: Ledger, clock: Clock) -> None:
    """Several workers that read one file are one sentence; another fault is another."""
    tell(ledger, clock, "w1", faults=[FAULT])
    tell(ledger, clock, "w2", faults=[FAULT])
    tell(ledger, clock, "w3", faults=["duebell.toml line 9: this is not TOML."])

    assert (2, 1) == (len(told(ledger, "w1", "w2", "w3")), len(told(ledger, "w1", "w2")))


def test_dead_workers_are_left_out_and_removed(ledger: Ledger, clock: Clock) -> None:
    """The trouble of a worker that died is nobody's, and its row goes with the next word."""
    tell(ledger, clock, "dead", faults=[FAULT])
    clock.pass_(minutes=1)
    alone = run(ledger.readiness(URL))

    tell(ledger, clock, "w2")

    assert not [one for one in alone if "rulebook" in one]
    assert ["w2"] == column(ledger, "select worker_id from rulebook_states")


def test_readiness_tells_of_a_broken_file(ledger: Ledger, clock: Clock) -> None:
    """``/readyz`` has the sentence while a living worker has the trouble."""
    tell(ledger, clock, faults=[FAULT])

    missing = run(ledger.readiness(URL))

    assert 1 == len([one for one in missing if one.startswith("The rulebook file is broken")])


def test_no_number_is_kept(ledger: Ledger, clock: Clock) -> None:
    """A fault that quotes a number is kept without it: strangers may read what is missing."""
    tell(ledger, clock, faults=["duebell.toml line 3: write the number as `+12125550101`."])

    assert "2125550101" not in told(ledger, "w1")[0]
