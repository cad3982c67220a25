"""Occurrences and signals: what makes two of them the same."""

from __future__ import annotations

from datetime import date

import pytest

from duebell.domain.ladder import Rung
from duebell.domain.occurrences import Occurrence, nth_change
from duebell.domain.signals import Signal, SignalSource

FACT = Occurrence("a1", "42", "invoice.create")


def test_a_fact_that_happens_once_says_so() -> None:
    """The key has all four parts, the last one being the word for facts without repetition."""
    assert "a1:42:invoice.create:once" == FACT.key


@pytest.mark.parametrize(
    "other",
    [
        Occurrence("a2", "42", "invoice.create"),
        Occurrence("a1", "43", "invoice.create"),
        Occurrence("a1", "42", "invoice.update"),
        Occurrence("a1", "42", "invoice.create", "2026-03-02"),
    ],
)
def test_each_part_tells_facts_apart(other: Occurrence) -> None:
    """Another business, record, event or rung is another fact."""
    assert FACT.key != other.key


def test_a_signal_comes_from_a_webhook_unless_it_says_otherwise() -> None:
    """The source is part of a signal, and deliveries are the ordinary one."""
    assert SignalSource.WEBHOOK is Signal("a1", "invoice.create", "42").source


def test_equal_signals_are_one() -> None:
    """Signals are values, so that many deliveries of one can be counted."""
    assert 1 == len({Signal("a1", "invoice.create", "42") for _ in range(3)})


def test_a_rung_is_read_from_its_occurrence() -> None:
    """Days and due date come back as they went in; other facts have no rung."""
    rungs = [Rung(-3, date(2026, 3, 31)), Rung(0, date(2026, 2, 28)), Rung(10, date(2024, 2, 29))]

    found = [Occurrence("a1", "42", rung.event, rung.occurrence).rung for rung in rungs]

    assert rungs == found
    assert FACT.rung is None


def test_the_fields_of_a_change_are_read_from_its_occurrence() -> None:
    """Names with blanks come back as they went in; other facts have none."""
    change = nth_change(3, "0f3a", ("due on", "po number"))

    assert "3:0f3a:due on+po number" == change
    assert ("due on", "po number") == Occurrence("a1", "42", "invoice.update", change).changed
    assert () == FACT.changed
    assert () == Occurrence("a1", "42", "invoice.overdue", "+5@2026-03-31").changed
