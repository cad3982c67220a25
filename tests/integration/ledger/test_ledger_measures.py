"""Numbers over the audit trail: counted once, never back, and at no cost to sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, insert

from duebell.domain.delivery import (
    DeliveryReport,
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
)
from duebell.domain.latencies import Key
from duebell.ledger import latencies, measures, notifications, reports
from duebell.ledger.audit import AUDIT
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import Change
from duebell.ledger.report_rows import Heard
from tests.ledger_scenes import (
    START,
    Clock,
    a_record,
    a_report,
    an_ending,
    an_intent,
    claimed_signal,
    in_doubt,
    new_id,
    notification,
    run,
)


def count(ledger: Ledger, clock: Clock) -> bool:
    """Count the next portion; whether this process was the one that did."""
    portion = run(ledger.read(lambda c: measures.portion(c, clock())))
    if portion is None:
        run(ledger.write(measures.begin_counting))
        return True
    grown = run(ledger.read(lambda c: latencies.increments(c, *portion)))
    return run(ledger.write(lambda c: measures.add(c, *portion, grown)))


def numbers(ledger: Ledger) -> dict[Key, float]:
    """All numbers."""
    return run(ledger.read(measures.read))


def told(ledger: Ledger, clock: Clock, object_id: str = "42") -> str:
    """A webhook that led to a message, which the provider took two seconds later."""
    claimed = claimed_signal(ledger, object_id)
    known = run(ledger.record_plans([a_record(claimed)], new_id)).known
    (id_,) = (one.id for one in known.values() if one.signal_id == claimed.id)
    clock.pass_(seconds=2)
    run(ledger.begin_attempt(an_intent(id_, clock())))
    run(ledger.finish_attempt(an_ending(id_, provider_id=f"SM{object_id}", at=clock())))
    return id_


def sent_report() -> DeliveryReport:
    """That the message left, which is no final word."""
    return a_report(ReportedStatus.SENT, provider_id="SM42")


def settle(clock: Clock) -> None:
    """Let the records become old enough for a database that gives out numbers early."""
    clock.pass_(seconds=measures.SETTLED.total_seconds() + 1)


def test_the_way_of_a_message_is_counted(ledger: Ledger, clock: Clock) -> None:
    """From webhook to provider, from there to the final word, and how that was heard."""
    count(ledger, clock)
    told(ledger, clock)
    clock.pass_(seconds=7)
    run(ledger.apply_report(a_report(provider_id="SM42")))
    settle(clock)

    count(ledger, clock)

    assert {
        ("send_seconds", "sms,2.5"): 1.0,
        ("send_seconds", "sms,sum"): 2.0,
        ("delivery_seconds", "sms,10.0"): 1.0,
        ("delivery_seconds", "sms,sum"): 7.0,
        ("final_words", "twilio,delivered,callback"): 1.0,
    } == {key: round(value, 2) for key, value in numbers(ledger).items()}


def test_an_answer_to_a_question_is_told_apart(ledger: Ledger, clock: Clock) -> None:
    """A final word that came because we asked does not count as a callback."""
    count(ledger, clock)
    told(ledger, clock)
    report = a_report(ReportedStatus.UNDELIVERED, provider_id="SM42", asked=True)
    run(ledger.apply_report(report))
    settle(clock)

    count(ledger, clock)

    assert 1 == numbers(ledger)["final_words", "twilio,undelivered,asked"]


def test_what_is_sent_again_was_undelivered(ledger: Ledger, clock: Clock) -> None:
    """A word after which a message is planned again is a final word on what was sent."""
    count(ledger, clock)
    id_ = told(ledger, clock)
    before = notification(ledger, id_)
    after = replace(before, status=NotificationStatus.PLANNED)
    run(ledger.write(lambda c: reports.apply(c, [Heard(sent_report(), clock())])))
    run(ledger.write(lambda c: notifications.write(c, [Change(before, after, "p")], clock())))
    settle(clock)

    count(ledger, clock)

    assert 1 == numbers(ledger)["final_words", "twilio,undelivered,callback"]


def test_a_report_that_overtakes_counts_as_sent(ledger: Ledger, clock: Clock) -> None:
    """Where the final word is the first that proves that the provider has it, both are counted."""
    count(ledger, clock)
    claimed = claimed_signal(ledger)
    known = run(ledger.record_plans([a_record(claimed)], new_id)).known
    id_ = next(iter(known.values())).id
    run(ledger.begin_attempt(an_intent(id_, clock())))
    clock.pass_(seconds=4)
    run(ledger.apply_report(a_report(provider_id="SM9", notification_id=id_, attempt=1)))
    run(ledger.finish_attempt(an_ending(id_, provider_id="SM9", at=clock())))
    settle(clock)

    count(ledger, clock)

    found = numbers(ledger)
    assert (1, 1) == (found["send_seconds", "sms,5.0"], found["delivery_seconds", "sms,1.0"])


def test_counting_begins_with_the_first_look(ledger: Ledger, clock: Clock) -> None:
    """What was before anybody asked for metrics is history, and no burst of a counter."""
    told(ledger, clock)
    settle(clock)

    count(ledger, clock)
    count(ledger, clock)

    assert {} == numbers(ledger)


def test_nothing_is_counted_twice(ledger: Ledger, other: Ledger, clock: Clock) -> None:
    """Of two processes that look at the same portion one counts it, and a second look adds none."""
    count(ledger, clock)
    told(ledger, clock)
    settle(clock)
    portion = run(other.read(lambda c: measures.portion(c, clock())))
    assert portion is not None
    grown = run(other.read(lambda c: latencies.increments(c, *portion)))
    first = count(ledger, clock)

    second = run(other.write(lambda c: measures.add(c, *portion, grown)))
    count(ledger, clock)

    assert (True, False) == (first, second)
    assert 1 == numbers(ledger)["send_seconds", "sms,2.5"]


def test_numbers_only_grow(ledger: Ledger, clock: Clock) -> None:
    """Another message is added to what was counted before."""
    count(ledger, clock)
    for object_id in ("1", "2"):
        told(ledger, clock, object_id)
        settle(clock)
        count(ledger, clock)

    found = numbers(ledger)

    assert (2, 4.0) == (
        found["send_seconds", "sms,2.5"],
        round(found["send_seconds", "sms,sum"], 2),
    )


def test_what_is_no_webhook_has_no_way_from_one(ledger: Ledger, clock: Clock) -> None:
    """A message behind which no webhook stands is not measured from its signal."""
    count(ledger, clock)
    id_ = in_doubt(ledger)
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.ACCEPTED, at=clock())))
    settle(clock)

    count(ledger, clock)

    assert {} == numbers(ledger)


def test_a_long_trail_is_counted_by_portions(ledger: Ledger, clock: Clock) -> None:
    """One look covers so many records only, also where retention left a gap, up to the end."""
    count(ledger, clock)
    ids = [1, 5, measures.MOST_RECORDS * 3]

    def write(connection: Connection) -> None:
        rows = [
            {
                "id": id_,
                "at": START - timedelta(hours=1),
                "actor": "a test",
                "action": "status",
                "entity": "notification",
                "entity_id": "gone",
            }
            for id_ in ids
        ]
        connection.execute(insert(AUDIT), rows)

    run(ledger.write(write))
    cursors = []
    for _ in range(4):
        count(ledger, clock)
        cursors.append(run(ledger.read(measures.cursor)))

    assert [5, ids[-1] - 1, ids[-1], ids[-1]] == cursors
