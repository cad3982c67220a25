"""Recorded facts come back page by page, in order, with what kept them silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from duebell.domain.books import Kind
from duebell.domain.decisions import Decision, Plan, Verdict
from duebell.domain.occurrences import Occurrence
from duebell.ledger import occurrences, recorded, watermarks
from duebell.ledger.ledger import Ledger
from duebell.ledger.recorded import RecordedFact, Span
from tests.ledger_scenes import ACCOUNT, RULE, START, a_claim, a_record, new_id, run

HOUR = timedelta(hours=1)
ALWAYS = Span(START - HOUR, START + 100 * HOUR)


def a_fact(number: int, account_id: str = ACCOUNT) -> Occurrence:
    """A fact of a record of its own."""
    return Occurrence(account_id, str(number), "invoice.create")


def record(ledger: Ledger, *facts: Occurrence, hours: int = 0) -> None:
    """Record facts, some hours after the start."""
    at = START + hours * HOUR
    for fact in facts:
        pairs = [(fact, int(fact.object_id))]
        run(ledger.write(lambda c: occurrences.record(c, pairs, at)))  # noqa: B023


def page(ledger: Ledger, span: Span = ALWAYS, after: int = 0, most: int = 9) -> list[RecordedFact]:
    """A page of facts."""
    return run(ledger.read(lambda c: recorded.page(c, span, after, most)))


def test_pages_have_every_fact_once_and_in_order(ledger: Ledger) -> None:
    """Page after page, each begins where the last one ended, until one is empty."""
    facts = [a_fact(number) for number in (5, 3, 4, 1, 2)]
    record(ledger, *facts)

    found, last = list[Occurrence](), 0
    while rows := page(ledger, after=last, most=2):
        last = rows[-1].id
        found += [row.occurrence for row in rows]

    assert facts == found
    assert 5 == run(ledger.read(lambda c: recorded.count(c, ALWAYS)))


def test_only_the_span_and_the_account_that_are_asked_for(ledger: Ledger) -> None:
    """The first moment belongs to a span and the last does not; another account is left out."""
    for hours in range(4):
        record(ledger, a_fact(hours), hours=hours)
    record(ledger, a_fact(9, "a2"), hours=1)
    span = Span(START + HOUR, START + 3 * HOUR)

    chosen = page(ledger, replace(span, account_id=ACCOUNT))

    assert [("1", START + HOUR), ("2", START + 2 * HOUR)] == [
        (row.occurrence.object_id, row.at) for row in chosen
    ]
    assert 3 == run(ledger.read(lambda c: recorded.count(c, span)))


def test_what_kept_a_whole_fact_silent_comes_along(ledger: Ledger) -> None:
    """A reason that is about no rule is the fact's; one of a rule or a later signal is not."""
    paid, unmet = a_fact(1), a_fact(2)
    decisions = {
        1: Decision(Verdict.SKIPPED, "the invoice is paid", occurrence=paid),
        2: Decision(Verdict.SKIPPED, "too small", RULE, unmet),
        3: Decision(Verdict.SKIPPED, "the invoice is paid", occurrence=unmet),
    }
    for id_, decision in decisions.items():
        claimed = a_claim("2" if id_ == 3 else str(id_), id_)
        run(ledger.record_plans([a_record(claimed, Plan((decision,)))], new_id))

    assert [(paid, "the invoice is paid"), (unmet, "")] == [
        (row.occurrence, row.silence) for row in page(ledger)
    ]


def test_since_when_the_books_are_watched(ledger: Ledger) -> None:
    """The earliest watermark says it, of all accounts or of one; without any, nobody watches."""
    nobody = run(ledger.read(recorded.watching_since))
    for hours, account in ((2, ACCOUNT), (1, "a2")):
        at = START + hours * HOUR
        run(ledger.write(lambda c: watermarks.begin(c, account, Kind.INVOICE, at)))  # noqa: B023

    assert nobody is None
    assert START + HOUR == run(ledger.read(recorded.watching_since))
    assert START + 2 * HOUR == run(ledger.read(lambda c: recorded.watching_since(c, ACCOUNT)))
