"""What people call a record."""

from __future__ import annotations

import pytest

from duebell.domain.calling import called

INVOICES = {"1": ["INV-00012"], "2": ["INV-00123"], "3": ["0000042"], "4": ["ABC-12"]}
CLIENTS = {"7": ["Elm & Sons Landscaping"], "8": ["Élan Büro"], "9": ["Elm Street Café"]}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("INV-00012", ["1"]),
        ("inv-00012", ["1"]),
        ("inv-12", ["1"]),
        ("42", ["3"]),
        ("123", ["2"]),
        ("12", ["1", "4"]),
        ("00012", ["1", "4"]),
        ("INV-9", []),
        ("1", []),
        ("INV-", ["1", "2"]),
        ("9" * 30, []),
        ("  ", []),
    ],
)
def test_numbers_are_found(word: str, expected: list[str]) -> None:
    """Capitals and zeros in front do not matter, and the digits alone do; a piece of them fails."""
    assert expected == called(word, INVOICES)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("elm & sons landscaping", ["7"]),
        ("  ELM   street", ["9"]),
        ("elm", ["7", "9"]),
        ("BÜRO", ["8"]),
        ("oak", []),
    ],
)
def test_names_are_found(word: str, expected: list[str]) -> None:
    """A name is found in any case, and by any part of it."""
    assert expected == called(word, CLIENTS)
