"""Forgetting: people go first, rows later, and neither proof nor the guard against repeats goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from duebell.domain.delivery import OutcomeKind
from duebell.ledger import abandoning, audit, retention, retrying
from duebell.ledger.audit import AuditRecord
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.retention import REMOVALS, Removal
from duebell.ledger.retrying import Answer, Answered, Terms
from tests.integration.ledger.tampering import tamper, verified
from tests.ledger_scenes import (
    PHONE,
    START,
    Clock,
    a_claim,
    a_record,
    a_report,
    a_signal,
    accepted,
    an_ending,
    an_intent,
    claimed_signal,
    column,
    in_doubt,
    new_id,
    planned,
    resent,
    rows,
    run,
    sending,
    together,
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


def done_signal(ledger: Ledger, object_id: str) -> int:
    """A signal that was worked on, 500 days ago."""
    signal = claimed_signal(ledger, object_id)
    run(ledger.end_signals([Ending(signal.id, "told", START)]))
    return signal.id


def test_people_are_forgotten_in_settled_messages(ledger: Ledger, clock: Clock) -> None:
    """Names, addresses and texts of old messages go; the message, its ids and its status stay.

    So does a digest of the address, for an opt-out that is still to come.
    """
    an_old_message(ledger, clock)

    count = removed(ledger, retention.forget_people)

    assert (1, 0) == (count, removed(ledger, retention.forget_people))
    assert [("", "", "delivered", "SM1")] == rows(
        ledger,
        "select contact_name, recipient, status, provider_id from notifications"
        " where object_id = '1'",
    )
    [(left, body)] = rows(ledger, "select recipient, body from attempts")
    assert (True, "") == (left.startswith("erased:"), body)


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
    """Bulk of the past is removed: signals that are done, earlier attempts and reports."""
    resent(ledger, clock)
    run(ledger.apply_report(a_report(provider_id="SM2")))
    done_signal(ledger, "9")
    clock.pass_(days=500)
    run(ledger.record_signal(a_signal("10")))

    gone = [removed(ledger, REMOVALS[name]) for name in ("signals", "attempts", "delivery reports")]

    assert [1, 1, 1] == gone
    assert ["10"] == column(ledger, "select object_id from signals")


def retried(ledger: Ledger, id_: str) -> Answered:
    """An operator wants it sent again."""
    terms = Terms("cli:dana", NOW, lambda code: True)
    [answer] = run(ledger.write(lambda c: retrying.retry(c, [id_], terms)))
    return answer


@pytest.mark.parametrize("kind", [OutcomeKind.REJECTED, OutcomeKind.UNKNOWN, OutcomeKind.NOT_SENT])
def test_what_may_be_sent_again_keeps_its_signal(
    ledger: Ledger, clock: Clock, kind: OutcomeKind
) -> None:
    """A message that failed, is in doubt or waits is still brought out by its signal."""
    id_ = planned(ledger, "1", a_claim("1", done_signal(ledger, "1")))
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, kind)))
    done_signal(ledger, "2")

    gone = removed(ledger, REMOVALS["signals"])

    kept = "select n.id from notifications n join signals s on s.id = n.signal_id"
    assert (0, [id_]) == (gone, column(ledger, kept))


def test_a_removed_signal_is_not_waited_for(ledger: Ledger, clock: Clock) -> None:
    """What was left at that, and whose signal is gone, is not planned again for ever."""
    id_ = planned(ledger, "1", a_claim("1", done_signal(ledger, "1")))
    run(ledger.write(lambda c: abandoning.abandon(c, [id_], "cli:dana", START)))
    done_signal(ledger, "2")

    gone = removed(ledger, REMOVALS["signals"])

    assert (1, [None]) == (gone, column(ledger, "select signal_id from notifications"))
    assert "DUEBELL_HISTORY_DAYS" in retried(ledger, id_).reason


def test_sending_again_and_forgetting_at_once(ledger: Ledger, other: Ledger, clock: Clock) -> None:
    """Either it is planned and its signal is there, or the signal is gone and it is refused."""
    ids = []
    for number in range(20):
        ids.append(
            planned(ledger, f"{number}", a_claim(f"{number}", done_signal(ledger, f"{number}")))
        )
    run(ledger.write(lambda c: abandoning.abandon(c, ids, "cli:dana", START)))
    done_signal(ledger, "last")
    terms = Terms("cli:dana", NOW, lambda code: True)

    together(
        *(ledger.write(partial(retrying.retry, ids=[id_], terms=terms)) for id_ in ids),
        other.write(lambda c: REMOVALS["signals"](c, BEFORE, NOW)),
    )

    found = rows(
        ledger,
        "select n.status, s.status from notifications n left join signals s on s.id = n.signal_id",
    )
    assert {("planned", "deferred"), ("abandoned", None)} >= set(found)


def test_the_last_attempt_stays(ledger: Ledger, clock: Clock) -> None:
    """A doubt that was left at that can still be asked about when an operator comes back to it."""
    id_ = in_doubt(ledger, "1", a_claim("1", done_signal(ledger, "1")))
    run(ledger.write(lambda c: abandoning.abandon(c, [id_], "cli:dana", START)))

    gone = removed(ledger, REMOVALS["attempts"])

    answer = retried(ledger, id_).answer
    clock.at = NOW
    asked = [one.notification_id for one in run(ledger.take_questions(5))]
    assert (0, Answer.ASKED, [id_]) == (gone, answer, asked)


def test_rows_go_from_the_beginning_alone(ledger: Ledger, ledger_url: str) -> None:
    """One that a slow clock wrote after younger ones waits until those are old, too."""
    begun = AuditRecord("duebell", "begun", "thing", "1")
    days = [0, 450, 10, 499]
    for day in days:
        at = START + timedelta(days=day)
        run(ledger.write(partial(audit.append, records=[begun], now=at)))

    counts = [
        removed(ledger, REMOVALS["audit records"], START + timedelta(days=day))
        for day in (400, 460)
    ]

    assert [1, 2] == counts
    assert verified(ledger_url).is_whole


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
