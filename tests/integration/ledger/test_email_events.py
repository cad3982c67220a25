"""What a carrier tells of emails: in any order, of the right address, erased people's as well."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text

from duebell.domain.consent import EmailEvent, EventResult, Source
from duebell.domain.delivery import (
    DeliveryReport,
    FailureClass,
    NotificationStatus,
    ReportedStatus,
)
from duebell.domain.rules import Channel
from duebell.ledger import email_events, erasing, suppression_reading, suppressions
from duebell.ledger.attempts import Intent
from duebell.ledger.email_events import PORTION, HeardEvent
from duebell.ledger.ledger import Ledger
from duebell.ledger.report_rows import Heard
from duebell.ledger.sealing import Sealer
from duebell.ledger.traces import Person
from tests.integration.ledger.test_ledger_plans import by_email
from tests.ledger_scenes import (
    START,
    Clock,
    a_record,
    an_ending,
    an_intent,
    claimed_signal,
    column,
    new_id,
    rows,
    run,
    status_of,
)

S = NotificationStatus
ANN, ANN_NOW, SAFE = "ann@old.example", "ann@new.example", "safe@firm.example"
SECOND = timedelta(seconds=1)
FAULTS = {
    "sg.bounce": FailureClass.RECIPIENT,
    "sg.blocked": FailureClass.TEMPORARY,
    "sg.spamreport": FailureClass.COMPLIANCE,
    "sg.unsubscribe": FailureClass.COMPLIANCE,
}


def an_email(id_: str, at: datetime = START, address: str = ANN) -> Intent:
    """That a worker is about to send an email."""
    there = replace(an_intent(id_, at), channel="email", provider="sendgrid")
    return replace(there, recipient=address)


def sent(ledger: Ledger, *, safe: bool = False) -> str:
    """An email that SendGrid took as m1; in safe mode to the operator."""
    plan = by_email()
    known = run(ledger.record_plans([a_record(claimed_signal(ledger), plan)], new_id)).known
    [one] = known.values()
    intent = an_email(one.id)
    if safe:
        intent = replace(intent, recipient=SAFE, instead_of=ANN)
    assert 1 == run(ledger.begin_attempt(intent))
    run(ledger.finish_attempt(an_ending(one.id, provider_id="m1")))
    return one.id


def sent_again(ledger: Ledger, clock: Clock, id_: str, address: str) -> None:
    """A second attempt, which SendGrid took as m2."""
    clock.pass_(hours=2)
    assert 2 == run(ledger.begin_attempt(an_email(id_, clock(), address)))
    run(ledger.finish_attempt(an_ending(id_, number=2, provider_id="m2", at=clock())))


def an_event(
    code: str,
    at: datetime | None = START,
    *,
    of: str = "m1",
    by: str | None = None,
    attempt: int = 1,
    address: str = "",
) -> HeardEvent:
    """An event that says nothing of the delivery, heard an hour after the start; without a code it
    subscribes again. ``by`` is our own id, if the event has it.
    """
    event = EmailEvent(f"{code}-{at}-{of}", None, address, code, by, attempt if by else None)
    event = replace(event, wants_more=not code, at=at)
    return HeardEvent(event, START + timedelta(hours=1), "a sentence", FAULTS.get(code))


def a_word(word: str, at: datetime = START, of: str = "m1") -> HeardEvent:
    """An event about the delivery, in SendGrid's word."""
    code = "" if word == "delivered" else f"sg.{word}"
    status = ReportedStatus.UNDELIVERED if code else ReportedStatus.DELIVERED
    report = DeliveryReport(of, status, word, code, overrules=bool(code), gives_way=not code)
    item = an_event(code, at, of=of)
    event = replace(item.event, report=report, wants_more=False)
    later = item.at + timedelta(hours=1)
    is_temporary = word == "blocked"
    heard = Heard(report, item.at, "a sentence", item.failure, later if is_temporary else None)
    return replace(item, event=event, heard=heard)


def told(ledger: Ledger, *items: HeardEvent) -> list[EventResult]:
    """The carrier tells of events, in one batch."""
    results: list[EventResult] = []
    for portion in email_events.portions(items):
        results += run(ledger.write(partial(email_events.apply, items=portion)))
    return results


def is_refused(ledger: Ledger, address: str = ANN) -> bool:
    """Whether nothing may be sent to the address."""
    pair = (Channel.EMAIL.value, address)
    return bool(run(ledger.read(lambda c: suppression_reading.in_force(c, [pair]))))


def suppressed(ledger: Ledger, address: str) -> None:
    """The address complained."""

    def suppress(connection: Connection) -> bool:
        return suppressions.suppress(
            connection,
            Channel.EMAIL,
            address,
            source=Source.COMPLAINT,
            reason="spam",
            by="provider",
            now=START,
        )

    run(ledger.write(suppress))


def erased(ledger: Ledger, sealer: Sealer) -> None:
    """The client is erased."""
    client = Person(client_id="7")
    run(ledger.write(lambda c: erasing.erase(c, client, sealer.digest, by="cli:dana", now=START)))


@pytest.mark.parametrize("is_one_batch", [True, False])
@pytest.mark.parametrize("later", ["sg.unsubscribe", ""])
def test_the_later_wish_counts(ledger: Ledger, later: str, is_one_batch: bool) -> None:
    """Out and in again end as they happened in one batch; an older "in" lifts nothing ever."""
    id_ = sent(ledger)
    first = "" if later else "sg.unsubscribe"
    newer = an_event(later, START + SECOND, by=id_)
    older = an_event(first, START, by=id_)
    batches = (
        [[newer, older]] if is_one_batch else ([[newer], [older]] if later else [[older], [newer]])
    )

    for batch in batches:
        told(ledger, *batch)

    assert bool(later) == is_refused(ledger)


def test_out_in_and_out_again(ledger: Ledger) -> None:
    """Who has unsubscribed twice stays so, also where the "in" between is told last."""
    id_ = sent(ledger)
    for code, second in (("sg.unsubscribe", 1), ("sg.unsubscribe", 3), ("", 2)):
        told(ledger, an_event(code, START + second * SECOND, by=id_))

    assert is_refused(ledger)


def test_at_the_same_second_the_opt_out_counts(ledger: Ledger) -> None:
    """Where the order cannot be known, nobody is written to."""
    id_ = sent(ledger)

    told(ledger, an_event("sg.unsubscribe", by=id_), an_event("", by=id_))

    assert is_refused(ledger)


def test_a_clock_that_is_ahead_does_not_hold_an_opt_out_for_ever(ledger: Ledger) -> None:
    """An event of the future counts as of when it was heard."""
    id_ = sent(ledger)

    told(ledger, an_event("sg.unsubscribe", START + timedelta(days=900), by=id_))

    assert [START + timedelta(hours=1)] == [
        one.since for one in run(ledger.read(suppression_reading.listed))
    ]


@pytest.mark.parametrize("named", ["number", "id", "address"])
def test_it_is_the_address_of_the_attempt_that_was_meant(
    ledger: Ledger, clock: Clock, named: str
) -> None:
    """A message that was sent again elsewhere suppresses where the complaint comes from."""
    id_ = sent(ledger)
    told(ledger, a_word("blocked"))
    sent_again(ledger, clock, id_, ANN_NOW)
    event = an_event("sg.spamreport", by=id_, attempt=1 + (named == "number"))
    if named == "id":
        report = DeliveryReport("m2", ReportedStatus.DELIVERED, "spamreport")
        event = an_event("sg.spamreport")
        event = replace(event, event=replace(event.event, report=report))
    if named == "address":
        event = replace(event, event=replace(event.event, address=ANN_NOW.upper()))

    told(ledger, event)

    assert [ANN_NOW] == column(ledger, "select address from suppressions")


@pytest.mark.parametrize("way", ["own link", "sendgrid", "by its address"])
def test_an_opt_out_after_erasing_is_heeded(ledger: Ledger, sealer: Sealer, way: str) -> None:
    """Who was erased and then unsubscribes gets nothing more, and stands nowhere in clear."""
    id_ = sent(ledger)
    told(ledger, a_word("delivered"))
    erased(ledger, sealer)

    if way == "own link":
        assert run(ledger.unsubscribe(id_))
    else:
        by = id_ if way == "sendgrid" else None
        told(ledger, an_event("sg.unsubscribe", by=by, address=ANN))

    [kept] = column(ledger, "select address from suppressions")
    assert (True, True) == (is_refused(ledger), kept.startswith("erased:"))


def test_what_stands_in_clear_is_not_suppressed_twice(ledger: Ledger, sealer: Sealer) -> None:
    """An opt-out of an erased person finds the one that came by another message, and lifts it."""
    id_ = sent(ledger)
    told(ledger, a_word("delivered"))
    erased(ledger, sealer)
    suppressed(ledger, ANN)

    told(ledger, an_event("sg.unsubscribe", by=id_))
    kept = column(ledger, "select address from suppressions")
    told(ledger, an_event("", START + SECOND, by=id_))

    assert ([ANN], False) == (kept, is_refused(ledger))


def test_an_address_that_is_not_known_is_not_suppressed(ledger: Ledger) -> None:
    """Where not even a digest is left, the link says so, and nothing is stored."""
    id_ = sent(ledger)
    forgotten = text("update attempts set recipient = ''")
    run(ledger.write(lambda c: c.execute(forgotten).rowcount))

    is_known = run(ledger.unsubscribe(id_))

    assert (False, []) == (is_known, column(ledger, "select address from suppressions"))


@pytest.mark.parametrize("is_erased", [True, False])
def test_the_way_out_in_safe_mode_is_the_persons_own(
    ledger: Ledger, sealer: Sealer, is_erased: bool
) -> None:
    """A link in an email that safe mode sent to the operator leaves the operator's address free."""
    id_ = sent(ledger, safe=True)
    told(ledger, a_word("delivered"))
    if is_erased:
        erased(ledger, sealer)

    run(ledger.unsubscribe(id_))

    assert (True, False) == (is_refused(ledger), is_refused(ledger, SAFE))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_an_email_that_came_back_is_not_delivered(
    ledger: Ledger, order: tuple[int, int], is_one_batch: bool
) -> None:
    """Delivered and then blocked is blocked, and sent again, in whatever order it is told."""
    id_ = sent(ledger)
    words = [a_word("delivered"), a_word("blocked", START + SECOND)]
    items = [words[place] for place in order]

    for batch in [items] if is_one_batch else [[one] for one in items]:
        told(ledger, *batch)

    assert S.PLANNED is status_of(ledger, id_)


def test_a_late_delivery_of_what_came_back_is_no_news(ledger: Ledger, clock: Clock) -> None:
    """Neither does it count when the email was sent again meanwhile."""
    id_ = sent(ledger)
    told(ledger, a_word("blocked", START + SECOND))
    sent_again(ledger, clock, id_, ANN)

    told(ledger, a_word("delivered"))

    assert S.ACCEPTED is status_of(ledger, id_)


def test_a_large_batch_is_many_transactions(ledger: Ledger) -> None:
    """No transaction has more events than a portion, and each event is heeded once."""
    items = [an_event("sg.bounce", START + n * SECOND, of=str(n)) for n in range(2 * PORTION + 1)]

    sizes = [len(portion) for portion in email_events.portions(items)]
    results = told(ledger, *items, items[0])

    assert [PORTION, PORTION, 1] == sizes
    assert 1 == results.count(EventResult.REPEATED)
    assert [(2 * PORTION + 1,)] == rows(ledger, "select count(*) from heard_events")
