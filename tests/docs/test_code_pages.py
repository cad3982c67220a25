"""The page of the providers' codes says what the table says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from duebell.domain.delivery import FailureClass
from duebell.providers.codes import FAULTS, SECTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "codes.md").read_text()

#: Ten in the morning in Los Angeles, where the day's limits are counted.
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
AGAIN: dict[str, timedelta | None] = {
    "–": None,
    "5 minutes later": timedelta(minutes=5),
    "half an hour later": timedelta(minutes=30),
    "an hour later": timedelta(hours=1),
    "8 hours later": timedelta(hours=8),
    "after midnight, Pacific time": timedelta(hours=14),
    "at 11:00, Pacific time": timedelta(hours=1),
}


def rows(text: str) -> list[list[str]]:
    """The cells of the tables' rows in a part of the page, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [row for row in cells if row[0] not in ("code", "class")]


#: Every code of the page with the other cells of its row.
TOLD = {
    code.strip("`"): cells[1:]
    for cells in rows(PAGE.partition("\n## ")[2])
    for code in cells[0].split(", ")
}


def test_every_code_is_told_and_no_other() -> None:
    """The page lists the codes of the table, in its order and under its headings."""
    headings = [part.partition("\n")[0] for part in PAGE.split("\n## ")[1:]]

    assert list(FAULTS) == list(TOLD)
    assert list(SECTIONS) == headings


@pytest.mark.parametrize("code", FAULTS)
def test_a_code_is_told_as_it_is(code: str) -> None:
    """A code's class, whether it stops the channel, its sentence and its next try are told."""
    fault = FAULTS[code]

    failure, sentence, again = TOLD[code]

    stops = " **(stops)**" if fault.stops_channel else ""
    assert (f"{fault.failure.value}{stops}", fault.sentence) == (failure, sentence)
    span = AGAIN[again]
    assert (NOW + span if span is not None else None) == fault.again_at(NOW)


def test_every_class_is_explained() -> None:
    """The page says of each class what Duebell does."""
    explained = [cells[0] for cells in rows(PAGE.partition("\n## ")[0])]

    assert sorted(FailureClass) == sorted(explained)
