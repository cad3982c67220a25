"""Deriving: which rungs of the ladder a look at an invoice tells, and to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from duebell.domain.decisions import Plan, Verdict
from duebell.domain.deriving import LadderTerms, rungs_to_tell
from duebell.domain.ladder import MissedRungs
from duebell.domain.occurrences import Occurrence
from duebell.domain.planning import OUTSIDE_HOURS
from duebell.domain.rules import Channel, Rulebook
from tests.unit.domain.scenes import (
    CLOSED,
    DANA,
    Desk,
    a_client,
    a_rule,
    an_invoice,
    on_day,
    seen,
    told,
    usd,
)

DUE_ON = date(2026, 3, 31)
INVOICE = an_invoice(due_on=DUE_ON)
CLIENT_RULE = a_rule("invoice.overdue", "client", 5, 10)
STAFF_RULE = a_rule("invoice.overdue", "list:approvers", 7)
REMINDER = a_rule("invoice.due", "client", -3, 0)
RULES = (CLIENT_RULE, STAFF_RULE, REMINDER)


def look(days: int, *, missed: MissedRungs = MissedRungs.LATEST, **known: object) -> Plan:
    """Look at the invoice so many days from its due date."""
    terms = on_day(DUE_ON + timedelta(days=days), missed)
    return Desk(RULES, terms=terms).look(INVOICE, "invoice.overdue", seen(INVOICE), **known)


def rungs(planned: Plan) -> list[tuple[int, str]]:
    """The rungs that a plan tells, each with its audience."""
    found = [(one.occurrence.rung, one.rule.to) for one in planned.notifications]
    return [(rung.days, to) for rung, to in found if rung is not None]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-4, []),
        (-3, [(-3, "client")]),
        (-1, [(-3, "client")]),
        (0, [(0, "client")]),
        (1, []),
        (4, []),
        (5, [(5, "client")]),
        (7, [(5, "client"), (7, "list:approvers")]),
        (9, [(5, "client"), (7, "list:approvers")]),
        (10, [(10, "client"), (7, "list:approvers")]),
        (37, [(10, "client"), (7, "list:approvers")]),
        (38, [(10, "client")]),
        (41, []),
        (300, []),
    ],
)
def test_each_audience_has_its_own_ladder(days: int, expected: list[tuple[int, str]]) -> None:
    """The last rung that was reached is told, for each audience by its own days, for a month."""
    assert expected == rungs(look(days))


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        (MissedRungs.LATEST, [(10, "client"), (7, "list:approvers")]),
        (MissedRungs.ALL, [(5, "client"), (10, "client"), (7, "list:approvers")]),
        (MissedRungs.NONE, [(10, "client")]),
    ],
)
def test_what_becomes_of_missed_rungs(missed: MissedRungs, expected: list[tuple[int, str]]) -> None:
    """After a downtime the setting decides whether rungs are told late, all or none."""
    assert expected == rungs(look(10, missed=missed))


def test_rules_of_one_audience_are_one_ladder() -> None:
    """Other words for a later rung do not bring the earlier one back."""
    first = a_rule("invoice.overdue", "client", 5, template="kind")
    second = a_rule("invoice.overdue", "client", 10, template="firm")
    desk = Desk((first, second), terms=on_day(DUE_ON + timedelta(days=11)))

    planned = desk.look(INVOICE, "invoice.update", seen(INVOICE))

    assert [second] == [one.rule for one in planned.notifications]


def test_a_rung_is_one_fact_for_all_whom_it_is_told() -> None:
    """Two audiences on the same day hear of the same occurrence, by a message each."""
    rules = (a_rule("invoice.overdue", "client", 5), a_rule("invoice.overdue", "list:approvers", 5))
    desk = Desk(rules, terms=on_day(DUE_ON + timedelta(days=5)))

    planned = desk.look(INVOICE, "invoice.overdue", seen(INVOICE))

    assert (Occurrence("a1", "42", "invoice.overdue", "+5@2026-03-31"),) == planned.occurrences
    assert 2 == len({one.dedup_key for one in planned.notifications})


def test_any_look_tells_the_rung_of_the_day() -> None:
    """Whatever made somebody look, the ladder is looked at, and the fact is the same."""
    desk = Desk(RULES, terms=on_day(DUE_ON + timedelta(days=5)))

    plans = [
        desk.look(INVOICE, event, seen(INVOICE))
        for event in ("invoice.create", "invoice.update", "invoice.sendByEmail", "invoice.due")
    ]

    assert [[(5, "client")]] * 4 == [rungs(one) for one in plans]
    assert 1 == len({one.dedup_key for planned in plans for one in planned.notifications})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_paid": True}, "the invoice is paid"),
        ({"is_active": False}, "the invoice is deleted or archived"),
        ({"is_disputed": True}, "the invoice is disputed"),
        ({"is_auto_billed": True}, "the invoice is about to be paid automatically"),
        ({"outstanding": usd("0.00")}, "nothing is outstanding on the invoice"),
        ({"outstanding": usd("-1.00")}, "nothing is outstanding on the invoice"),
        ({"amount": usd("0"), "outstanding": usd("0")}, "nothing is outstanding on the invoice"),
    ],
)
def test_who_owes_nothing_is_not_reminded(change: dict[str, object], reason: str) -> None:
    """A rung of an invoice that nobody has to pay now is skipped with the reason."""
    invoice = replace(INVOICE, **change)  # type: ignore[arg-type]
    desk = Desk((CLIENT_RULE,), terms=on_day(DUE_ON + timedelta(days=5)))

    planned = desk.look(invoice, "invoice.overdue", seen(invoice))

    assert [(Verdict.SKIPPED, reason)] == [(one.verdict, one.reason) for one in planned.decisions]
    assert () == planned.occurrences


def test_a_part_that_is_paid_does_not_stop_the_ladder() -> None:
    """What is still outstanding is reminded of, however little it is."""
    invoice = replace(INVOICE, outstanding=usd("0.01"), status="partial")
    desk = Desk((CLIENT_RULE,), terms=on_day(DUE_ON + timedelta(days=5)))

    assert [(5, "client")] == rungs(desk.look(invoice, "invoice.overdue", seen(invoice)))


def test_no_due_date_is_no_ladder() -> None:
    """An invoice without a due date is never overdue."""
    invoice = replace(INVOICE, due_on=None)

    assert [] == rungs(Desk(RULES).look(invoice, "invoice.overdue", seen(invoice)))


def test_a_moved_due_date_begins_the_ladder_anew() -> None:
    """The same rung of another due date is another fact, and the old one's is told no more."""
    terms = on_day(DUE_ON + timedelta(days=15))
    moved = replace(INVOICE, due_on=DUE_ON + timedelta(days=10))
    before = Desk((CLIENT_RULE,), terms=terms).look(INVOICE, "invoice.update", seen(INVOICE))

    after = Desk((CLIENT_RULE,), terms=terms).look(
        moved, "invoice.update", before.seen, earlier=before.occurrences
    )

    assert ["+10@2026-03-31"] == [one.occurrence for one in told(before)]
    assert ["+5@2026-04-10"] == [one.occurrence for one in told(after)]


def test_rungs_up_to_the_day_of_issue_are_none() -> None:
    """An invoice that says itself when it is due is not followed by a reminder the same day."""
    issued_late = replace(INVOICE, issued_on=DUE_ON - timedelta(days=3))
    issued_earlier = replace(INVOICE, issued_on=DUE_ON - timedelta(days=4))
    desk = Desk((REMINDER,), terms=on_day(DUE_ON - timedelta(days=3)))

    plans = [desk.look(one, "invoice.due", seen(one)) for one in (issued_late, issued_earlier)]

    assert [[], [(-3, "client")]] == [rungs(one) for one in plans]


def test_outside_the_hours_nothing_is_told_and_what_was_planned_waits() -> None:
    """At night a planned rung is held, and its signal still has it in the morning."""
    evening = look(5)
    desk = Desk(RULES, terms=CLOSED)

    night = desk.look(INVOICE, "invoice.overdue", evening.seen, earlier=evening.occurrences)
    other = desk.look(INVOICE, "invoice.overdue", evening.seen)
    morning = look(6, earlier=evening.occurrences)

    assert [(Verdict.SKIPPED, "the change says nothing that a rule tells")] == [
        (one.verdict, one.reason) for one in other.decisions
    ]
    assert (Verdict.HELD, OUTSIDE_HOURS) == (
        night.decisions[-1].verdict,
        night.decisions[-1].reason,
    )
    assert [] == rungs(night)
    assert told(evening) == told(morning)


def test_a_creation_is_told_outside_the_hours() -> None:
    """The hours are those of the ladder alone."""
    desk = Desk((*RULES, a_rule("invoice.create")), terms=CLOSED)

    planned = desk.look(INVOICE, "invoice.create")

    assert ["invoice.create"] == [one.event_type for one in told(planned)]


def test_a_creation_and_a_rung_are_told_together() -> None:
    """An invoice that is overdue when it is entered is told as both."""
    desk = Desk((a_rule("invoice.create"), CLIENT_RULE), terms=on_day(DUE_ON + timedelta(days=5)))

    planned = desk.look(INVOICE, "invoice.create")

    assert ["invoice.create", "invoice.overdue"] == [one.event_type for one in told(planned)]


def test_a_retry_on_a_later_day_tells_the_rung_of_that_day() -> None:
    """A signal that waited over a rung tells the one that counts by now."""
    first = look(5)

    again = look(10, earlier=first.occurrences)

    assert [(10, "client"), (7, "list:approvers")] == rungs(again)


def test_other_records_have_no_ladder() -> None:
    """Only invoices fall due for somebody else."""
    desk = Desk((REMINDER, CLIENT_RULE))

    assert [] == told(desk.look(a_client(), "client.update", seen(a_client())))


@pytest.mark.parametrize("day", [DUE_ON + timedelta(days=days) for days in (-3, 0, 5, 12)])
def test_the_scan_and_the_look_agree(day: date) -> None:
    """The rungs by which the daily scan finds invoices are those that a look tells."""
    terms = on_day(day)

    scanned = rungs_to_tell(INVOICE, Rulebook(RULES), terms)

    looked = Desk(RULES, terms=terms).look(INVOICE, "invoice.overdue", seen(INVOICE))
    assert frozenset(told(looked)) == scanned


def test_the_scan_finds_nothing_outside_the_hours() -> None:
    """Before the ladder's hours no invoice is worth a signal."""
    assert frozenset() == rungs_to_tell(INVOICE, Rulebook(RULES), LadderTerms(None))


def test_a_staff_rung_names_who_is_told() -> None:
    """The notification of a rung goes to the people of its own audience."""
    planned = look(7)

    assert DANA.on(Channel.SMS) == planned.notifications[-1].contact


def test_a_rung_that_another_signal_told_is_left_alone() -> None:
    """A list that was renamed, or a rule added later, hears of no rung that was told before."""
    told_before = frozenset({Occurrence("a1", INVOICE.id, "invoice.overdue", "+5@2026-03-31")})

    again = look(6, told=told_before)
    retried = look(6, told=told_before, earlier=tuple(told_before))

    assert ([], [(5, "client")]) == (rungs(again), rungs(retried))
