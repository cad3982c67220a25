"""Forgetting: people go first, rows later, and neither proof nor the guard against repeats goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from duebell.ledger import retention
from duebell.ledger.inbox import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.retention import REMOVALS, Removal
from tests.integration.ledger.tampering import tamper, verified
from tests.ledger_scenes import (
    PHONE,
    START,
    Clock,
    a_record,
    a_report,
    a_signal,
    accepted,
    claimed_signal,
    column,
    new_id,
    planned,
    rows,
    run,
    sending,
)

NOW = START + timedelta(days=500)
BEFORE = NOW - timedelta(days=400)


def removed(ledger: Ledger, removal: Removal, before: datetime = BEFORE) -> int:
    """Remove one portion."""
    return run(ledger.write(lambda c: removal(c, before, NOW)))


def an_old_message(ledger: Ledger, clock: Clock) -> str:
    """A message that was delivered 500 days ago, and one that is planned now."""
    id_ = accepted(ledger, "1", "SM1")
    run(ledger.apply_report(a_report(provider_id="SM1")))
    clock.pass_(days=500)
    planned(ledger, "2")
    return id_


def test_people_are_forgotten_in_settled_messages(ledger: Ledger, clock: Clock) -> None:
    """Names, addresses and texts of old messages go; the message, its ids and its status stay."""
    an_old_message(ledger, clock)

    count = removed(ledger, retention.forget_people)

    assert (1, 0) == (count, removed(ledger, retention.forget_people))
    assert [("", "", "delivered", "SM1")] == rows(
        ledger,
        "select contact_name, recipient, status, provider_id from notifications"
        " where object_id = '1'",
    )
    assert [("", "")] == rows(ledger, "select recipient, body from attempts")


def test_what_is_young_or_open_is_left_alone(ledger: Ledger, clock: Clock) -> None:
    """A message that is younger, that waits or that is being sent keeps its people."""
    planned(ledger, "1")
    sending(ledger, "2")
    accepted(ledger, "3", "SM3")
    run(ledger.apply_report(a_report(provider_id="SM3")))

    young = removed(ledger, retention.forget_people, START - timedelta(days=1))
    old = removed(ledger, retention.forget_people)

    assert (0, 1) == (young, old)
    assert [PHONE, PHONE] == column(
        ledger, "select recipient from notifications where status <> 'delivered'"
    )


def test_removed_rows_leave_a_whole_chain(ledger: Ledger, ledger_url: str, clock: Clock) -> None:
    """The chain says how many of its rows retention removed, and is whole; again and again."""
    an_old_message(ledger, clock)
    young = len(column(ledger, "select id from notifications where status = 'planned'")) * 2
    old = verified(ledger_url).links - young

    counts = {name: removed(ledger, removal) for name, removal in REMOVALS.items()}
    later = {name: removed(ledger, removal) for name, removal in REMOVALS.items()}

    verdict = verified(ledger_url)
    assert (None, old) == (verdict.fault, verdict.erased)
    assert old == counts["decisions"] + counts["audit records"]
    assert {0} == set(later.values())
    assert ["notification", "retention", "retention"] == column(
        ledger, "select entity from audit_records order by entity"
    )
    assert ["2"] == column(ledger, "select object_id from decisions")


def test_more_than_retention_removed_shows(ledger: Ledger, ledger_url: str, clock: Clock) -> None:
    """A row that is taken away besides, marked as if retention had done it, is told."""
    an_old_message(ledger, clock)
    removed(ledger, REMOVALS["decisions"])

    tamper(
        ledger_url,
        "update audit_chain set erased_at = '2026-03-02 15:00:00' where position = 1",
        "delete from audit_records where id = (select row_id from audit_chain where position = 1)",
    )

    assert "no record of retention tells of it" in (verified(ledger_url).fault or "")


def test_a_fact_is_not_told_twice_after_its_history_is_gone(ledger: Ledger, clock: Clock) -> None:
    """Messages and occurrences stay, so that the same fact found again is known."""
    id_ = an_old_message(ledger, clock)
    removed(ledger, retention.forget_people)
    for removal in REMOVALS.values():
        removed(ledger, removal)

    known = run(ledger.record_plans([a_record(claimed_signal(ledger, "1"))], new_id)).known

    assert [id_] == [one.id for one in known.values()]
    assert ["planned", "repeated"] == column(ledger, "select verdict from decisions order by id")


def test_done_signals_and_reports_go(ledger: Ledger, clock: Clock) -> None:
    """Bulk of the past is removed: signals that are done, attempts and reports."""
    done = claimed_signal(ledger, "9")
    run(ledger.end_signals([Ending(done.id, "told", START)]))
    an_old_message(ledger, clock)
    run(ledger.record_signal(a_signal("10")))

    gone = [removed(ledger, REMOVALS[name]) for name in ("signals", "attempts", "delivery reports")]

    assert [1, 1, 1] == gone
    assert ["10"] == column(ledger, "select object_id from signals")


def test_no_number_is_given_twice(ledger: Ledger, ledger_url: str, clock: Clock) -> None:
    """Even where all rows of a table are old, the next one has a number that none ever had."""
    accepted(ledger, "1", "SM1")
    clock.pass_(days=500)
    for removal in REMOVALS.values():
        removed(ledger, removal)

    planned(ledger, "2")

    assert verified(ledger_url).is_whole


@pytest.mark.parametrize("source", ["decisions", "audit records"])
def test_two_that_forget_at_once_count_a_row_once(
    ledger: Ledger, other: Ledger, ledger_url: str, clock: Clock, source: str
) -> None:
    """Whoever finds that a row was marked by another process leaves it to that one."""
    an_old_message(ledger, clock)

    counts = [removed(one, REMOVALS[source]) for one in (ledger, other)]

    assert (True, 0) == (counts[0] > 0, counts[1])
    assert verified(ledger_url).is_whole
