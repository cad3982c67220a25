"""Asking at a terminal, and reading what a program gives instead."""

from __future__ import annotations

import asyncio
import io
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.terminal import NoAnswer, Terminal


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def at_end(terminal: Terminal) -> bool:
    """Whether there is no more input."""
    try:
        asyncio.run(terminal.line())
    except NoAnswer:
        return True
    return False


def test_lines_come_one_by_one(pipe: tuple[int, int]) -> None:
    """However they arrive, lines are read one by one, the last one without its end too."""
    reading, writing = pipe
    os.write(writing, b"one\r\n two \nthr")
    os.write(writing, "éé".encode())
    os.close(writing)
    terminal = Terminal(io.StringIO(), reading)

    found = [terminal.ask("First?"), asyncio.run(terminal.line()), asyncio.run(terminal.line())]

    assert ["one", "two", "thréé"] == found
    assert at_end(terminal)


def test_a_file_is_read_like_a_pipe(tmp_path: Path) -> None:
    """A file on standard input, which no loop can watch, gives its lines as well."""
    path = tmp_path / "answers"
    path.write_text("one\ntwo")

    with path.open() as file:
        terminal = Terminal(io.StringIO(), file.fileno())
        found = [asyncio.run(terminal.line()), asyncio.run(terminal.line())]

        assert (["one", "two"], True) == (found, at_end(terminal))


def test_waiting_holds_nothing_up(pipe: tuple[int, int]) -> None:
    """While a line is waited for other work goes on, and the wait can be given up."""
    reading, writing = pipe
    terminal = Terminal(io.StringIO(), reading)

    async def story() -> str:
        waiting = asyncio.ensure_future(terminal.line())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        os.write(writing, b"later\n")
        return await terminal.line()

    assert "later" == asyncio.run(story())


def test_questions_are_shown(pipe: tuple[int, int]) -> None:
    """What is asked and told goes to the output that was chosen."""
    reading, writing = pipe
    os.write(writing, b"yes\n")
    output = io.StringIO()
    terminal = Terminal(output, reading)

    terminal.tell("Now:")
    terminal.ask("Sure?")

    assert "Now:\nSure? " == output.getvalue()


def test_only_a_terminal_has_a_person(pipe: tuple[int, int]) -> None:
    """A pipe, and a descriptor that is closed, are not asked; a terminal is."""
    ours, theirs = pty.openpty()
    closed = os.dup(ours)
    os.close(closed)

    found = [Terminal(io.StringIO(), one).is_interactive for one in (theirs, pipe[0], closed)]

    os.close(ours)
    os.close(theirs)
    assert [True, False, False] == found
