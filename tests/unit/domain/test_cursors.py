"""Cursors: rows that shift are read again, and what was interrupted goes on."""

from __future__ import annotations

import random

import pytest

from duebell.domain.books import Page
from duebell.domain.cursors import PER_PAGE, Cursor, Position, Step

STEPS = (Step("a1", "invoice.create"), Step("a1", "bill.create"))


def a_page(number: int, total: int) -> Page:
    """A page of a list of so many rows."""
    return Page((), number, -(-total // PER_PAGE), total)


def read(total: int, removals: dict[int, int]) -> tuple[set[int], int]:
    """Read a list from which rows leave; gives the rows that were seen and the pages read.

    ``removals`` says how many of the first rows leave before each read.
    """
    rows, seen, reads = list(range(total)), set[int](), 0
    position: Position | None = Position()
    while position is not None:
        del rows[: removals.get(reads, 0)]
        begin = (position.page - 1) * PER_PAGE
        seen.update(rows[begin : begin + PER_PAGE])
        position = position.after(a_page(position.page, len(rows)))
        reads += 1
    return seen, reads


def test_a_still_list_is_read_page_by_page() -> None:
    """Without any change every page is read once, and there is an end."""
    seen, reads = read(250, {})

    assert (set(range(250)), 3) == (seen, reads)


def test_an_empty_list_has_an_end() -> None:
    """FreshBooks says that an empty list has no pages."""
    assert None is Position().after(Page((), 1, 0, 0))


@pytest.mark.parametrize("seed", range(200))
def test_no_row_that_stays_is_missed(seed: int) -> None:
    """However many rows leave in front while a list is read, all that stay are seen."""
    rng = random.Random(seed)
    total = rng.randrange(900)
    removals = {rng.randrange(12): rng.randrange(1, 260) for _ in range(rng.randrange(6))}

    seen, reads = read(total, removals)

    gone = min(total, sum(count for at, count in removals.items() if at < reads))
    assert set() == set(range(gone, total)) - seen


def test_an_interruption_reads_one_page_again() -> None:
    """What was interrupted goes on a page before, and never before the first."""
    assert (4, 1) == (Position(5, 9, 812).once_more().page, Position(1, 9, 812).once_more().page)


def test_rows_that_left_during_an_interruption_are_noticed() -> None:
    """The number of rows is remembered, so that a list that has shrunk meanwhile is read again."""
    position = Position(5, 9, 812).once_more()

    assert Position(2, 7, 612) == position.after(a_page(4, 612))


def test_the_share_counts_every_list_alike() -> None:
    """Half of the first of two lists is a quarter of all, and the end is one."""
    half = Cursor(STEPS, 0, Position(3, 4, 400))

    assert (0.0, 0.25, 0.5, 1.0) == (
        Cursor(STEPS).share(),
        half.share(),
        half.moved(None).share(),
        Cursor(STEPS, 2).share(),
    )


def test_the_page_at_hand_counts_as_far_as_it_is_dealt_with() -> None:
    """Half of the only page of the only list is half of all."""
    cursor = Cursor(STEPS[:1], 0, Position(1, 1, 80))

    assert 0.5 == cursor.share(within=0.5)


def test_a_cursor_survives_its_keeping() -> None:
    """What is kept in the ledger is given back as it was."""
    cursor = Cursor(STEPS, 1, Position(3, 4, 400))

    assert cursor == Cursor.from_json(cursor.as_json())
