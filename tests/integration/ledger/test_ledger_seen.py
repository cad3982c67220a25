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
from duebell.domain.planning import Decision, Plan, Verdict
from duebell.ledger import seen
from duebell.ledger.ledger import Ledger
from duebell.ledger.plans import PlanRecord
from duebell.ledger.seen import RecordKey
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


def remember(ledger: Ledger, one: Seen, at: datetime = START, key: RecordKey = KEY) -> None:
    """Write down a look."""
    run(ledger.write(lambda connection: seen.write(connection, {key: (one, at)})))


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
    run(ledger.write(lambda connection: seen.write(connection, {})))

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

    remember(ledger, FIRST, START - timedelta(seconds=1))

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
        remember(ledger, pair[1], at, key=key)

    assert [True, True] == column(ledger, "select announced from seen_records order by object_id")


def test_history_does_not_overwrite(ledger: Ledger) -> None:
    """What was there before we watched is added, and what was looked at stays as it is."""
    remember(ledger, FIRST)
    other: RecordKey = (ACCOUNT, Kind.INVOICE, "43")
    history = Seen("old", {}, announced=True)

    for _ in range(2):
        run(
            ledger.write(
                lambda c: seen.add_history(
                    c, [(other, history), (KEY, history)], START + timedelta(days=1)
                )
            )
        )
    run(ledger.write(lambda connection: seen.add_history(connection, [], START)))

    assert {KEY: FIRST, other: history} == known(ledger, [KEY, other])


def test_looks_that_are_written_together_end_with_the_last(ledger: Ledger, other: Ledger) -> None:
    """Two processes that write down many looks at once leave the last of each record."""
    keys: list[RecordKey] = [(ACCOUNT, Kind.CLIENT, str(number)) for number in range(20)]
    steps = []
    for number, (process, back) in enumerate(itertools.product((ledger, other), (False, True))):
        at = START + timedelta(seconds=number)
        look = replace(LATER, marker=f"m{number}", announced=number == 1)
        sights = dict.fromkeys(keys[::-1] if back else keys, (look, at))
        steps.append(process.write(partial(seen.write, sights=sights)))

    together(*steps)

    assert {("m3", True)} == {(one.marker, one.announced) for one in known(ledger, keys).values()}


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
