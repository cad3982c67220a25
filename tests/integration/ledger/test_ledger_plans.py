"""Plans: each fact is told once, and every decision has a row."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from duebell.domain.circumstances import Contact
from duebell.domain.decisions import Decision, Hold, Plan, PlannedNotification, Verdict
from duebell.domain.delivery import NotificationStatus
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule
from duebell.ledger.ledger import Ledger
from duebell.ledger.plan_records import PlanRecord
from tests.ledger_scenes import (
    ACCOUNT,
    PHONE,
    RULE,
    START,
    a_claim,
    a_plan,
    a_record,
    accepted,
    column,
    new_id,
    planned,
    rows,
    run,
    together,
    trail,
)

STAFF = Rule("invoice.create", "list:approvers", Channel.SMS, "invoice_created")


def test_a_plan_becomes_a_planned_notification(ledger: Ledger) -> None:
    """The row says who is told what, of which record, and has not been tried yet."""
    run(ledger.record_plans([a_record()], lambda: "n-a"))

    found = rows(
        ledger,
        "select id, status, account_id, object_id, event, client_id, invoice_number, contact_name,"
        " recipient, template, channel, attempts, failed from notifications",
    )
    expected = (
        *("n-a", "planned", ACCOUNT, "42", "invoice.create", "7", "INV-1", "Acme"),
        *(PHONE, "invoice_created", "sms", 0, False),
    )
    assert [expected] == found


def test_recording_twice_plans_once(ledger: Ledger) -> None:
    """A plan that is recorded again gives back the notification that is there."""
    first = run(ledger.record_plans([a_record()], new_id))

    second = run(ledger.record_plans([a_record()], new_id))

    assert first == second
    assert [(1, 1)] == rows(
        ledger,
        "select (select count(*) from notifications), (select count(*) from occurrences)",
    )


def test_one_batch_may_name_the_same_fact_twice(ledger: Ledger) -> None:
    """Two signals of a batch about the same fact plan it once; the second is told as a repeat."""
    create, update = a_claim(id_=1), a_claim(id_=2, event="invoice.update")

    known = run(ledger.record_plans([a_record(create), a_record(update)], new_id)).known

    assert 1 == len(known)
    assert [(1, "planned"), (2, "repeated")] == rows(
        ledger, "select signal_id, verdict from decisions order by signal_id"
    )
    assert [1] == column(ledger, "select signal_id from notifications")


def test_two_processes_plan_the_same_facts_at_once(ledger: Ledger, other: Ledger) -> None:
    """Whoever is first, there is one notification per fact, and both processes know it."""
    claims = [a_claim(str(number), number) for number in range(40)]
    up = [a_record(claim) for claim in claims]

    mine, theirs = together(ledger.record_plans(up, new_id), other.record_plans(up[::-1], new_id))

    assert {key: one.id for key, one in mine.known.items()} == {
        key: one.id for key, one in theirs.known.items()
    }
    assert [40] == column(ledger, "select count(*) from notifications")


def test_many_processes_racing_for_one_fact_decide_it_once(ledger: Ledger, other: Ledger) -> None:
    """Of all the decisions about one fact exactly one says planned, the others say repeated."""
    steps = [process.record_plans([a_record()], new_id) for process in (ledger, other) * 10]

    together(*steps)

    verdicts = column(ledger, "select verdict from decisions order by verdict")
    assert ["planned"] + ["repeated"] * 19 == verdicts


def test_a_repeat_says_what_became_of_the_first(ledger: Ledger) -> None:
    """A fact that comes again is explained by the status of the notification that tells it."""
    id_ = accepted(ledger)

    run(ledger.record_plans([a_record(a_claim(id_=9))], new_id))

    assert [("repeated", "told before: the notification is accepted", id_)] == rows(
        ledger, "select verdict, reason, notification_id from decisions where signal_id = 9"
    )


def test_every_decision_has_a_row(ledger: Ledger) -> None:
    """A plan's decisions are kept with rule, reason, record, client and the facts looked at."""
    told = a_plan()
    silent = Decision(Verdict.SKIPPED, "the client has no mobile phone", STAFF)
    plan = Plan((*told.decisions, silent))

    run(ledger.record_plans([a_record(plan=plan)], lambda: "n-b"))

    found = rows(
        ledger,
        "select verdict, rule, reason, notification_id, object_id, client_id, event"
        " from decisions order by id",
    )
    assert [
        ("planned", RULE.name, f"rule {RULE.name}", "n-b", "42", "7", "invoice.create"),
        ("skipped", STAFF.name, silent.reason, None, "42", "7", "invoice.create"),
    ] == found
    facts = column(ledger, "select facts from decisions")[0]
    assert {"outstanding": "10.00"} == (json.loads(facts) if isinstance(facts, str) else facts)


def test_a_plan_that_tells_nobody_has_a_row_too(ledger: Ledger) -> None:
    """Silence is recorded with its reason, and plans nothing."""
    plan = Plan.nothing(Verdict.SKIPPED, "the invoice is paid")

    known = run(ledger.record_plans([PlanRecord(a_claim(), plan)], new_id)).known

    assert {} == known
    assert [("skipped", "the invoice is paid", None)] == rows(
        ledger, "select verdict, reason, rule from decisions"
    )


def test_nothing_to_record_is_no_fault(ledger: Ledger) -> None:
    """A run that found nothing to decide may record that."""
    known = run(ledger.record_plans([], new_id)).known

    assert ({}, []) == (known, rows(ledger, "select * from decisions"))


def test_each_audience_is_told_by_its_own_notification(ledger: Ledger) -> None:
    """One fact for two audiences is two notifications of one occurrence."""
    client, staff = a_plan(), a_plan(rule=STAFF, contact="approver:1")
    plan = Plan(client.decisions + staff.decisions)

    known = run(ledger.record_plans([a_record(plan=plan)], new_id)).known

    assert (2, [1]) == (len(known), column(ledger, "select count(*) from occurrences"))
    assert 2 == len(set(column(ledger, "select notification_id from decisions")))


def test_planning_is_audited(ledger: Ledger) -> None:
    """The audit trail begins with the plan, once."""
    id_ = planned(ledger)
    planned(ledger)

    assert [(None, NotificationStatus.PLANNED)] == trail(ledger, id_)


def test_what_nobody_wants_any_more_is_withdrawn(ledger: Ledger) -> None:
    """A planned message whose signal is worked on again and tells nobody now is suppressed."""
    claimed = a_claim()
    id_ = planned(ledger, claimed=claimed)
    again = replace(claimed, tries=2)

    run(
        ledger.record_plans(
            [PlanRecord(again, Plan.nothing(Verdict.SKIPPED, "the invoice is paid"))], new_id
        )
    )

    assert [("suppressed", "the invoice is paid")] == rows(
        ledger, "select status, reason from notifications"
    )
    assert (NotificationStatus.PLANNED, NotificationStatus.SUPPRESSED) == trail(ledger, id_)[-1]


def test_what_is_held_or_still_wanted_is_not_withdrawn(ledger: Ledger) -> None:
    """A planned message waits with its draft, and stays where its plan wants it as before."""
    claimed = a_claim()
    planned(ledger, claimed=claimed)
    again = replace(claimed, tries=2)
    held = Plan.nothing(Verdict.HELD, "the invoice is a draft")

    for plan in (held, a_plan()):
        run(ledger.record_plans([PlanRecord(again, plan)], new_id))

    assert ["planned"] == column(ledger, "select status from notifications")


EMAIL = "info@acme.example"


def by_email(hold: Hold | None = None) -> Plan:
    """The plan as it is when the client has no usable number any more: by the fallback."""
    (told,) = a_plan().decisions
    rule = replace(RULE, fallback=Channel.EMAIL)
    occurrence, contact = Occurrence(ACCOUNT, "42", RULE.on), Contact("client:7", "Acme", EMAIL)
    later = START if hold else None
    planned = PlannedNotification(
        occurrence, rule, contact, Channel.EMAIL, rule.to, hold=hold, not_before=later
    )
    return Plan((replace(told, planned=planned),))


@pytest.mark.parametrize("before", [None, Hold.QUIET_HOURS])
@pytest.mark.parametrize("after", [None, Hold.QUIET_HOURS])
def test_the_channel_follows_the_plan(
    ledger: Ledger, before: Hold | None, after: Hold | None
) -> None:
    """A text that goes by email when it is looked at again has the email's channel and address."""
    (told,) = a_plan().decisions
    assert told.planned is not None
    waiting = replace(told.planned, hold=before, not_before=START if before else None)
    claimed = a_claim()
    run(ledger.record_plans([a_record(claimed, Plan((replace(told, planned=waiting),)))], new_id))

    again = PlanRecord(replace(claimed, tries=2), by_email(after))
    (known,) = run(ledger.record_plans([again], new_id)).known.values()

    found = rows(ledger, "select channel, recipient, hold, status from notifications")
    assert [("email", EMAIL, after.value if after else None, "planned")] == found
    assert ("email", EMAIL) == (known.channel, known.recipient)
    assert ["it goes by email now"] == column(
        ledger, "select reason from audit_records where action = 'status'"
    )


def test_what_is_on_its_way_keeps_its_channel(ledger: Ledger) -> None:
    """A text that has left stays a text, whatever a later look would choose."""
    accepted(ledger)

    run(ledger.record_plans([PlanRecord(replace(a_claim(), tries=2), by_email())], new_id))

    assert [("sms", PHONE)] == rows(ledger, "select channel, recipient from notifications")
