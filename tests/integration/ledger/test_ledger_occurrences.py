"""Facts of the books in the ledger: once each, with the signal that led to them."""

from __future__ import annotations

from dataclasses import replace

from duebell.domain.books import Kind
from duebell.domain.changes import Seen
from duebell.domain.decisions import Decision, Plan, Verdict
from duebell.domain.events import LADDERS
from duebell.domain.occurrences import Occurrence
from duebell.ledger import occurrences, watermarks
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import ACCOUNT, START, a_plan, a_record, new_id, rows, run

CREATED = Occurrence(ACCOUNT, "42", "invoice.create")
CHANGED = Occurrence(ACCOUNT, "42", "invoice.update", "1:0f:amount")
RUNG = Occurrence(ACCOUNT, "42", "invoice.overdue", "+5@2026-03-31")
REMINDER = Occurrence(ACCOUNT, "42", "invoice.due", "-3@2026-03-31")


def record(ledger: Ledger, *facts: tuple[Occurrence, int]) -> dict[str, int]:
    """Record facts, each with its signal."""
    return run(ledger.write(lambda connection: occurrences.record(connection, facts, START)))


def recorded(ledger: Ledger, *signal_ids: int) -> dict[int, tuple[Occurrence, ...]]:
    """What these signals have led to."""
    return run(ledger.read(lambda connection: occurrences.recorded(connection, signal_ids)))


def told_rungs(ledger: Ledger, account_id: str, *object_ids: str) -> frozenset[Occurrence]:
    """The rungs of these invoices that were decided about."""
    events = sorted(LADDERS)
    return run(ledger.read(lambda c: occurrences.told_rungs(c, account_id, object_ids, events)))


def test_a_fact_is_one_row_and_belongs_to_the_first_signal(ledger: Ledger) -> None:
    """Whoever comes to a fact later is given the row that is there."""
    first = record(ledger, (CREATED, 1), (RUNG, 1))

    second = record(ledger, (CREATED, 2), (CHANGED, 2))

    assert first[CREATED.key] == second[CREATED.key]
    assert {CREATED.key, RUNG.key} == set(first)
    assert [("invoice.create", 1), ("invoice.overdue", 1), ("invoice.update", 2)] == rows(
        ledger, "select event_type, signal_id from occurrences order by event_type"
    )


def test_a_batch_that_comes_to_a_fact_twice_records_its_first_signal(ledger: Ledger) -> None:
    """Of two signals of one batch the first one keeps the fact."""
    record(ledger, (CREATED, 5), (CREATED, 6))

    assert {5: (CREATED,)} == recorded(ledger, 5, 6)


def test_nothing_to_record_is_no_fault(ledger: Ledger) -> None:
    """A batch without facts records none."""
    assert {} == record(ledger)


def test_a_signal_finds_again_what_it_led_to(ledger: Ledger) -> None:
    """After a run that broke off, the facts come back whole, in the order of their recording."""
    record(ledger, (CREATED, 1))
    record(ledger, (RUNG, 1))
    record(ledger, (CHANGED, 2))

    assert {1: (CREATED, RUNG), 2: (CHANGED,)} == recorded(ledger, 1, 2, 3)
    assert {} == recorded(ledger)


def test_the_rungs_of_invoices_are_told_from_other_facts(ledger: Ledger) -> None:
    """The daily scan asks which rungs were decided about, of some invoices of one account."""
    elsewhere = [replace(RUNG, account_id="a2"), replace(RUNG, object_id="44")]
    other = replace(RUNG, object_id="43", occurrence="+10@2026-02-28")
    record(ledger, *((one, 1) for one in (CREATED, CHANGED, RUNG, REMINDER, other, *elsewhere)))

    assert frozenset({RUNG, REMINDER, other}) == told_rungs(ledger, ACCOUNT, "42", "43")
    assert frozenset({elsewhere[0]}) == told_rungs(ledger, "a2", "42", "44")
    assert frozenset() == told_rungs(ledger, ACCOUNT)


def test_a_rung_that_is_only_put_off_is_not_decided_about(ledger: Ledger) -> None:
    """A skip or a hold of a rung leaves no fact, so that the next scan finds it again."""
    for verdict in (Verdict.SKIPPED, Verdict.HELD):
        held = Plan((Decision(verdict, "the invoice is disputed"),))
        run(ledger.record_plans([a_record(plan=held)], new_id))

    assert frozenset() == told_rungs(ledger, ACCOUNT, "42")


def test_a_fact_that_told_nobody_is_decided_about(ledger: Ledger) -> None:
    """A rung whose client has no phone is not looked at again by every scan."""
    nobody = Decision(Verdict.SKIPPED, "the client has no phone number", occurrence=RUNG)

    run(ledger.record_plans([a_record(plan=Plan((nobody,)))], new_id))

    assert frozenset({RUNG}) == told_rungs(ledger, ACCOUNT, "42")


def test_looking_back_is_one_answer(ledger: Ledger) -> None:
    """What was seen, since when we watch and what signals led to come together."""
    key = (ACCOUNT, Kind.INVOICE, "42")
    seen = Seen("m1", {"amount": "d1"}, announced=True)
    run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.INVOICE, START)))
    run(ledger.record_plans([a_record(plan=replace(a_plan(), seen=seen))], new_id))

    back = run(ledger.look_back([key], [1]))
    fresh = run(ledger.look_back([key], []))

    assert ({key: seen}, {1: (CREATED,)}) == (back.seen, back.earlier)
    assert START == back.marks[ACCOUNT, Kind.INVOICE].since
    assert {} == fresh.earlier
