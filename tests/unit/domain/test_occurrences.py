"""Occurrences and signals: what makes two of them the same."""

from __future__ import annotations

import pytest

from duebell.domain.occurrences import Occurrence
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
