"""Reasons of providers inside of our sentences."""

from __future__ import annotations

import pytest

from duebell.domain.sentences import as_part, with_code


def test_a_sentence_goes_on() -> None:
    """The full stop goes, once, and nothing else does."""
    parts = [as_part(one) for one in ("No answer.", "No answer", "One. Two. ", "Wait...", "")]

    assert ["No answer", "No answer", "One. Two", "Wait", ""] == parts


@pytest.mark.parametrize(
    ("reason", "code", "told"),
    [
        ("No answer.", "30003", "No answer (30003)"),
        ("No answer (30003).", "30003", "No answer (30003)."),
        ("No answer.", "", "No answer."),
        ("", "30003", "30003"),
        ("", "", ""),
    ],
)
def test_a_code_stands_in_brackets_once(reason: str, code: str, told: str) -> None:
    """The code comes before the full stop, and only where it is not said already."""
    assert told == with_code(reason, code)
