"""No value that people typed elsewhere becomes a formula in somebody's spreadsheet."""

from __future__ import annotations

import re
from itertools import product

import pytest

from duebell.auditing.spreadsheets import harmless

BEGINNINGS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
SIGNS = (*"a1 ;\t\r\n\u00a0'", *BEGINNINGS)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1•••••0101", "'+1•••••0101"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20a", "'\uff20a"),
        ("a;=1", "a;'=1"),
        ("a\t=1", "a\t'=1"),
        ('=HYPERLINK("http://x.example";"y")', '\'=HYPERLINK("http://x.example";"y")'),
    ],
)
def test_what_a_spreadsheet_would_calculate_is_text(typed: str, written: str) -> None:
    """Whatever begins a formula, in its wide form too, gets an apostrophe before it."""
    assert written == harmless(typed)


@pytest.mark.parametrize("first", SIGNS)
def test_no_text_of_three_signs_is_a_formula(first: str) -> None:
    """In no cell that a spreadsheet may see there, a formula begins; and nothing is lost."""
    for rest in product(SIGNS, repeat=2):
        typed = "".join((first, *rest))
        written = harmless(typed)
        cells = re.split(r"[;\t\r\n]", written)
        assert not [cell for cell in cells if cell.lstrip().startswith(BEGINNINGS)]
        assert typed.replace("'", "") == written.replace("'", "")


@pytest.mark.parametrize("typed", ["", "INV-00001", "rule a → b", "1=1", "a@firm.example", "x - y"])
def test_plain_words_stay_as_they_are(typed: str) -> None:
    """What no spreadsheet would calculate is not touched."""
    assert typed == harmless(typed)
