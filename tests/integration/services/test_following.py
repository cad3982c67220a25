"""A worker takes a changed rulebook over without a restart, and tells of a broken one."""

from __future__ import annotations

import logging

import pytest

from duebell.ledger.ledger import Ledger
from duebell.rulebook.following import RulebookFollower
from duebell.rulebook.loading import load_rulebook
from duebell.rulebook.watching import RulebookWatch
from tests.integration.services.desk import Desk
from tests.ledger_scenes import rows

RULE = """
[[rule]]
on = "{on}"
to = "client"
channel = "sms"
template = "payment_received"
"""
CREATED, PAID = RULE.format(on="invoice.create"), RULE.format(on="payment.create")


class Following:
    """A worker that follows its rulebook's file."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.runtime = desk.runtime
        self.file = desk.place.home / "duebell.toml"
        self.file.write_text(CREATED)
        watch = RulebookWatch(self.file, None, lambda: load_rulebook(self.file))
        self.runtime.rulebook = watch.rulebook
        self.follower = RulebookFollower(desk.runtime, watch)

    def look(self, **after: float) -> bool:
        """Look at the file, after a while."""
        self.desk.clock.pass_(**after)
        return self.desk.run(self.follower.look())

    def states(self) -> list[tuple[str, str]]:
        """What the ledger knows: the digest in force, and the faults of the file."""
        return [
            (row[0], str(row[1]))
            for row in rows(self.desk.ledger, "select digest, faults from rulebook_states")
        ]


@pytest.fixture
def following(desk: Desk) -> Following:
    """A worker whose rulebook has one rule."""
    return Following(desk)


def test_a_changed_rulebook_comes_into_force(following: Following) -> None:
    """The next look after a change has the new rules in force, and says so once."""
    first = following.look()
    following.file.write_text(CREATED + PAID)

    looks = [following.look(seconds=1), following.look(seconds=1)]

    assert (False, [True, False]) == (first, looks)
    assert {"invoice.create", "payment.create"} == following.runtime.rulebook.events
    assert [(following.runtime.rulebook.digest, "[]")] == following.states()


def test_a_broken_rulebook_is_told_and_not_taken_over(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    """The rules from before go on, readiness and the log tell the fault, the log once."""
    before = following.runtime.rulebook
    following.look()
    following.file.write_text(PAID.replace("client", "cleint"))

    with caplog.at_level(logging.WARNING):
        looks = [following.look(seconds=1), following.look(seconds=1)]

    assert ([False, False], before) == (looks, following.runtime.rulebook)
    assert ["rulebook_faulty"] == [record.message for record in caplog.records]
    missing = following.desk.run(following.desk.ledger.readiness("https://duebell.example"))
    assert [one for one in missing if "is in force" in one and "line 4" in one]


def test_the_file_is_looked_at_once_a_second(following: Following) -> None:
    """However often a batch asks, a change is seen a second after the last look, not before."""
    following.look()
    following.file.write_text(CREATED + PAID)

    looks = [following.look(seconds=0.5), following.look(seconds=0.4), following.look(seconds=0.1)]

    assert [False, False, True] == looks


def test_several_that_look_at_once_take_a_change_over_once(following: Following) -> None:
    """Batches that begin together do not all read the file."""
    following.file.write_text(CREATED + PAID)

    looks = following.desk.together(*(following.follower.look() for _ in range(5)))

    assert [False, False, False, False, True] == sorted(looks)


def test_what_the_ledger_could_not_take_is_told_later(following: Following) -> None:
    """A ledger that is away holds up no change, and hears of it when it is back."""
    place, runtime = following.desk.place, following.runtime
    closed = place.open_ledger()
    closed.close()
    here: Ledger = runtime.ledger
    runtime.ledger = closed
    following.file.write_text(CREATED + PAID)
    taken = following.look()
    runtime.ledger = here

    following.look(seconds=1)

    assert taken is True
    assert [(runtime.rulebook.digest, "[]")] == following.states()
