"""What a backfill writes at the terminal and into files."""

from __future__ import annotations

import json
from datetime import date

import pytest

from deployments.backfill import conclude
from deployments.backfill_screen import Screen
from duebell.backfills.progress import Outcome, Progress
from duebell.backfills.rehearsing import Rehearsed
from duebell.domain.failures import ConnectionLost, DuebellError, TryAgain

ROW = Rehearsed(
    day=date(2026, 1, 15),
    event="invoice.create",
    account_id="a1",
    object_id="42",
    number="INV-42",
    name="Basalt, Granite & Sons Masonry Works",
    audience="client",
    recipient="+1•••••0101",
    verdict="skipped",
    reason="the invoice is paid",
    template="invoice_created",
)

Capture = pytest.CaptureFixture[str]


def a_screen(
    *, as_json: bool = False, dry_run: bool = True, moments: list[float] | None = None
) -> Screen:
    """A screen whose clock shows these moments."""
    left = iter(moments or [0.0] * 9)
    return Screen(as_json, dry_run, now=lambda: next(left))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_rows_are_one_json_array(capsys: Capture, count: int) -> None:
    """However many rows come, what is written is one array of objects."""
    with a_screen(as_json=True) as screen:
        for _ in range(count):
            screen.rehearsed(ROW)

    rows = json.loads(capsys.readouterr().out)
    assert ["2026-01-15"] * count == [row["day"] for row in rows]


def test_an_array_is_ended_whatever_happens(capsys: Capture) -> None:
    """A dry run that breaks off leaves an array that can be read."""
    screen = a_screen(as_json=True)
    screen.rehearsed(ROW)

    with pytest.raises(DuebellError), screen:
        raise DuebellError

    assert 1 == len(json.loads(capsys.readouterr().out))


def test_rows_are_written_as_they_come(capsys: Capture) -> None:
    """A row is on the screen before the next is known; a long name is cut, the reason is whole."""
    screen = a_screen()

    screen.rehearsed(ROW)

    head, row = capsys.readouterr().out.splitlines()
    assert ["day", "event"] == head.split()[:2]
    assert "Basalt, Granite & Sons …  client" in row
    assert row.endswith("the invoice is paid")


def test_progress_is_a_line_now_and_then(capsys: Capture) -> None:
    """Where there is no terminal, a line is written every few seconds, on stderr alone."""
    screen = a_screen(dry_run=False, moments=[0, 0, 3, 6, 6])

    for number in range(3):
        screen.progressed(Progress(number / 4, number, 100 * number, number))

    written = capsys.readouterr()
    assert "" == written.out
    assert ["  0%", " 50%"] == [line[:4] for line in written.err.splitlines()]


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        (Outcome("b1", "done"), 0, []),
        (
            Outcome("b1", "held", "held by the brake at 5 messages"),
            1,
            ["Held by the brake at 5 messages.", "goes on, or raise the setting first."],
        ),
        (Outcome("b1", "done", faults=("bill.create of a1: no",)), 1, ["bill.create of a1: no."]),
        (
            Outcome("", "refused", "no rule is about it"),
            2,
            ["duebell backfill: no rule is about it.", "`duebell backfill --help` explains it."],
        ),
        (
            Outcome("b1", "stopped", "x", error=TryAgain("FreshBooks is away")),
            1,
            ["FreshBooks is away.", "`duebell backfill --resume b1` goes on."],
        ),
        (
            Outcome("b1", "stopped", "x", error=ConnectionLost("Connect again.")),
            3,
            ["Connect again.", "`duebell backfill --resume b1` goes on."],
        ),
    ],
)
def test_the_end_is_told(capsys: Capture, outcome: Outcome, code: int, said: list[str]) -> None:
    """The exit code tells what is left; the reason and the way to go on stand on stderr."""
    screen = a_screen(dry_run=False)
    screen.ended(outcome)

    ended = conclude(screen)

    lines = capsys.readouterr().err.splitlines()
    assert code == ended
    assert len(said) == len(lines)
    assert all(line.endswith(words) for words, line in zip(said, lines, strict=True))


def test_a_run_that_broke_off_tells_how_to_go_on(capsys: Capture) -> None:
    """Where nobody could say how it ended, it failed, and its id is known all the same."""
    screen = a_screen(as_json=True, dry_run=False)
    screen.run_id = "b1"

    ended = conclude(screen)

    written = capsys.readouterr()
    assert 1 == ended
    assert ("b1", "stopped") == (json.loads(written.out)["id"], json.loads(written.out)["status"])
    assert "`duebell backfill --resume b1` goes on." in written.err
