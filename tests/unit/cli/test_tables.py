"""Tables for people: whole on any screen."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from duebell.cli.output import say, write_pairs, write_table
from duebell.cli.tables import lay_out

COLUMNS = ("id", "name", "count", "why")
SENTENCE = "the carrier does not take messages for this number at the moment"
ROWS = [
    ("ntf_0123456789", "Alder Street Bakery", "7", SENTENCE),
    ("ntf_9876543210", "Basalt & Sons", "1200", ""),
]

Capture = pytest.CaptureFixture[str]


def words(lines: list[str]) -> list[str]:
    """All that stands in some lines."""
    return [word for line in lines for word in line.split()]


def test_a_row_is_a_line_where_nothing_tells_the_width() -> None:
    """In a file or a pipe each row is one line, whatever its length; numbers end together."""
    laid = lay_out(COLUMNS, ROWS, None)

    assert [
        f"ntf_0123456789  Alder Street Bakery      7  {SENTENCE}",
        "ntf_9876543210  Basalt & Sons         1200",
    ] == laid.rows
    assert ["id              name                 count  why"] == laid.heading


@pytest.mark.parametrize("width", range(24, 130))
def test_nothing_is_cut_and_nothing_too_wide(width: int) -> None:
    """Whatever the width is, no line is wider, and every word is there, in order."""
    laid = lay_out(COLUMNS, ROWS, width)

    assert width >= max(map(cell_len, [*laid.heading, laid.rule, *laid.rows]))
    assert words([" ".join(row) for row in ROWS]) == words(laid.rows)


def test_sentences_go_on_in_their_column() -> None:
    """Where there is room for it, the last column alone is broken, between words."""
    laid = lay_out(COLUMNS, ROWS[:1], 80)

    assert [
        "ntf_0123456789  Alder Street Bakery      7  the carrier does not take messages",
        "                                            for this number at the moment",
    ] == laid.rows


def test_what_does_not_fit_stands_below() -> None:
    """On a narrow screen columns go on below, indented, under a heading of the same form."""
    laid = lay_out(COLUMNS, ROWS[:1], 50)

    assert ["id              name                 count", "    why"] == laid.heading
    assert [
        "ntf_0123456789  Alder Street Bakery      7",
        "    the carrier does not take messages for this",
        "    number at the moment",
    ] == laid.rows


def test_wide_letters_count_twice() -> None:
    """Letters that take two columns of a terminal are counted so."""
    laid = lay_out(("name", "id"), [("株式会社アルダー", "x"), ("Acme", "y")], None)

    assert ["株式会社アルダー  x", "Acme              y"] == laid.rows


def test_a_column_that_holds_nothing_is_left_out(capsys: Capture) -> None:
    """Nobody has to read past an empty column; line breaks in a name break no row."""
    write_table(("id", "why", "name"), [("1", None, "Acme\nLtd"), ("2", "", "\x1b[31mRed")])

    heading, _, *rows = capsys.readouterr().out.splitlines()
    assert ["id", "name"] == heading.split()
    assert [["1", "Acme", "Ltd"], ["2", "[31mRed"]] == [row.split() for row in rows]


def test_long_values_stay_beside_their_names(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a screen a long value and a long sentence are broken between words, and indented."""
    monkeypatch.setenv("COLUMNS", "50")

    write_pairs({"id": "7", "reason": SENTENCE})
    say(SENTENCE, lead="- ")

    assert [
        "id      7",
        "reason  the carrier does not take messages for",
        "        this number at the moment",
        "- the carrier does not take messages for this",
        "  number at the moment",
    ] == capsys.readouterr().out.splitlines()
