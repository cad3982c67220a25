"""What was last seen of records: whoever looked last knows most, and nothing is announced twice."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from duebell.domain.books import Kind
from duebell.domain.changes import Seen
from duebell.domain.decisions import Decision, Plan, Verdict
from duebell.ledger import seen
from duebell.ledger.ledger import Ledger
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.seen import Baseline, RecordKey
from tests.ledger_scenes import (
    ACCOUNT,
    START,
    a_claim,
    a_plan,
    a_record,
    column,
    new_id,
    run,
    together,
)

KEY: RecordKey = (ACCOUNT, Kind.INVOICE, "42")
FIRST = Seen("m1", {"amount": "d1", "due on": "d2"}, 0, announced=False, at=START)
LATER = Seen("m2", {"amount": "d3", "due on": "d2"}, 1, announced=False, at=START)


def remember(
    ledger: Ledger,
    one: Seen,
    at: datetime = START,
    key: RecordKey = KEY,
    now: datetime | None = None,
) -> None:
    """Write down a look, at once unless told."""
    now = at if now is None else now
    run(ledger.write(lambda connection: seen.write(connection, {key: (one, at)}, now)))


def known(ledger: Ledger, keys: Collection[RecordKey] = (KEY,)) -> dict[RecordKey, Seen]:
    """What is remembered."""
    return run(ledger.read(lambda connection: seen.read(connection, keys)))


def test_a_look_is_remembered_as_it_was(ledger: Ledger) -> None:
    """Everything comes back, and when it was."""
    one = replace(FIRST, changes=3, announced=True)

    remember(ledger, one)

    found = known(ledger)[KEY]
    assert (one, START) == (found, found.at)


def test_records_are_told_apart_by_account_kind_and_id(ledger: Ledger) -> None:
    """The same id is another record elsewhere, and what was never looked at is not there."""
    keys: list[RecordKey] = [
        KEY,
        ("a2", Kind.INVOICE, "42"),
        (ACCOUNT, Kind.VENDOR, "42"),
        (ACCOUNT, Kind.INVOICE, "43"),
    ]
    for number, key in enumerate(keys[:3]):
        remember(ledger, replace(FIRST, marker=f"m{number}"), key=key)

    found = known(ledger, keys)

    assert {key: f"m{number}" for number, key in enumerate(keys[:3])} == {
        key: one.marker for key, one in found.items()
    }


def test_no_records_are_seen_where_none_are_asked_about(ledger: Ledger) -> None:
    """An empty question has an empty answer, and nothing to write is no fault."""
    run(ledger.write(lambda connection: seen.write(connection, {}, START)))

    assert {} == known(ledger, [])


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_later_look_wins(ledger: Ledger, seconds: int) -> None:
    """Whoever looked last, or at the same time and wrote last, is believed."""
    remember(ledger, FIRST)

    remember(ledger, LATER, START + timedelta(seconds=seconds))

    found = known(ledger)[KEY]
    assert (LATER, START + timedelta(seconds=seconds)) == (found, found.at)


def test_an_older_look_changes_nothing(ledger: Ledger) -> None:
    """A run that was slow to decide does not bring back what it saw."""
    remember(ledger, LATER)

    remember(ledger, FIRST, START - timedelta(seconds=1), now=START)

    found = known(ledger)[KEY]
    assert (LATER, START) == (found, found.at)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_announced_never_goes_back(ledger: Ledger, seconds: int) -> None:
    """Once a creation is dealt with it stays so, and an older look may say that it is."""
    at = START + timedelta(seconds=seconds)
    announced = [replace(FIRST, announced=True), FIRST]
    for number, pair in enumerate((announced, announced[::-1])):
        key = (ACCOUNT, Kind.INVOICE, str(number))
        remember(ledger, pair[0], key=key)
        remember(ledger, pair[1], at, key, now=START)

    assert [True, True] == column(ledger, "select announced from seen_records order by object_id")


@pytest.mark.parametrize(("minutes", "marker"), [(5, "m1"), (6, "m2")])
def test_nobody_looked_in_the_future(ledger: Ledger, minutes: int, marker: str) -> None:
    """What a clock that was far ahead wrote down is overwritten; clocks that differ a bit are not
    wrong.
    """
    remember(ledger, FIRST, START + timedelta(minutes=minutes))

    remember(ledger, LATER, START, now=START)

    assert marker == known(ledger)[KEY].marker


def test_looks_that_are_written_together_end_with_the_last(ledger: Ledger, other: Ledger) -> None:
    """Two processes that write down many looks at once leave the last of each record."""
    keys: list[RecordKey] = [(ACCOUNT, Kind.CLIENT, str(number)) for number in range(20)]
    steps = []
    for number, (process, back) in enumerate(itertools.product((ledger, other), (False, True))):
        at = START + timedelta(seconds=number)
        look = replace(LATER, marker=f"m{number}", announced=number == 1)
        sights = dict.fromkeys(keys[::-1] if back else keys, (look, at))
        steps.append(process.write(partial(seen.write, sights=sights, now=START)))

    together(*steps)

    assert {("m3", True)} == {(one.marker, one.announced) for one in known(ledger, keys).values()}


# -- what was there before

SINCE = START
WANTED = START + timedelta(days=100)
PASS = START + timedelta(days=100, hours=1)
BASE = Baseline(SINCE, WANTED, PASS)
NOW_SO = Seen("now", {"amount": "d9"}, announced=True)


def add_history(ledger: Ledger, one: Seen, *, is_old: bool = True, key: RecordKey = KEY) -> None:
    """A record is read in a pass through what was there before."""
    old = [key] if is_old else []
    run(ledger.write(lambda c: seen.add_history(c, {key: one}, old, PASS, BASE)))


@pytest.mark.parametrize("is_old", [True, False])
def test_only_what_is_old_is_history(ledger: Ledger, is_old: bool) -> None:
    """A record that nobody looked at is remembered if it is old; a new one is left for the poll."""
    add_history(ledger, NOW_SO, is_old=is_old)

    assert ({KEY: NOW_SO} if is_old else {}) == known(ledger)


def test_an_empty_page_is_no_history(ledger: Ledger) -> None:
    """Nothing to remember is no fault."""
    run(ledger.write(lambda c: seen.add_history(c, {}, [], PASS, BASE)))

    assert [] == column(ledger, "select object_id from seen_records")


@pytest.mark.parametrize("is_old", [True, False])
def test_what_changed_before_changes_were_wanted_is_history(ledger: Ledger, is_old: bool) -> None:
    """A record that was dealt with long ago is known as it is now; its count of changes stays."""
    remember(ledger, replace(LATER, announced=True))

    add_history(ledger, NOW_SO, is_old=is_old)

    found = known(ledger)[KEY]
    assert (replace(NOW_SO, changes=1), PASS) == (found, found.at)


def test_what_was_looked_at_since_then_stays(ledger: Ledger) -> None:
    """A change that was found since changes are wanted is not forgotten by reading the list."""
    latest = replace(LATER, announced=True)
    remember(ledger, latest, WANTED)

    add_history(ledger, NOW_SO)

    found = known(ledger)[KEY]
    assert (latest, WANTED) == (found, found.at)


def test_a_creation_that_is_left_to_tell_stays_so(ledger: Ledger) -> None:
    """A draft of this watch is left as it was, so that the poll finds that it was issued."""
    draft = replace(FIRST, is_draft=True)
    remember(ledger, draft)

    add_history(ledger, NOW_SO, is_old=False)

    assert {KEY: draft} == known(ledger)


def test_what_was_issued_while_nobody_watched_is_history(ledger: Ledger) -> None:
    """A draft of an earlier watch that is issued by now is told to nobody; one that is not, is."""
    draft, at = replace(FIRST, is_draft=True), SINCE - timedelta(days=1)
    other: RecordKey = (ACCOUNT, Kind.INVOICE, "43")
    for key in (KEY, other):
        remember(ledger, draft, at, key)

    add_history(ledger, NOW_SO)
    add_history(ledger, replace(draft, marker="still"), key=other)

    assert {KEY: NOW_SO, other: replace(draft, marker="still")} == known(ledger, [KEY, other])


def test_a_look_in_the_future_is_history(ledger: Ledger) -> None:
    """What a clock that was far ahead wrote down does not outlast the next reading."""
    remember(ledger, replace(FIRST, announced=True), PASS + timedelta(days=365))

    add_history(ledger, NOW_SO)

    assert {KEY: NOW_SO} == known(ledger)


# -- with plans


def looked(object_id: str, one: Seen | None, id_: int = 1) -> PlanRecord:
    """A plan that tells nothing, after a look."""
    claimed = a_claim(object_id, id_)
    return a_record(claimed, Plan((Decision(Verdict.SKIPPED, "nothing to tell"),), one))


def test_a_plan_and_what_was_seen_are_one(ledger: Ledger) -> None:
    """Recording a plan remembers the record as it was when it was decided about."""
    run(ledger.record_plans([looked("42", FIRST), looked("43", None, 2)], new_id))

    found = known(ledger, [KEY, (ACCOUNT, Kind.INVOICE, "43")])

    assert {KEY: FIRST} == found
    assert START == found[KEY].at


def test_a_plan_without_a_record_remembers_nothing(ledger: Ledger) -> None:
    """What could not be looked up was not seen."""
    run(ledger.record_plans([PlanRecord(a_claim(), replace(a_plan(), seen=FIRST))], new_id))

    assert {} == known(ledger)


@pytest.mark.parametrize("order", [1, -1])
def test_two_looks_of_one_batch_are_one(ledger: Ledger, order: int) -> None:
    """Where one of two signals deals with the creation, it is dealt with, in any order."""
    records = [looked("42", FIRST), looked("42", replace(FIRST, announced=True), 2)]

    run(ledger.record_plans(records[::order], new_id))

    assert known(ledger)[KEY].announced
