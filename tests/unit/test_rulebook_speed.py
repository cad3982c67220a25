"""Large rulebooks: their cost grows with their size, and is near to that of parsing alone.

Wall clocks depend on the machine, so what is measured here is a ratio; ``python -m
benchmarks.rulebook`` tells seconds.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable

from benchmarks.rulebook import a_rulebook
from duebell.rulebook.loading import read_rulebook
from duebell.rulebook.notes import notes_on

RULES, CLIENTS = 100, 1000
#: Numbers and addresses are looked at, which parsing does not do.
BUDGET = 6
ROUNDS = 5


def ratio(text: str, work: Callable[[], object]) -> float:
    """How much longer something takes than parsing a text, each at its best."""
    return _best(work) / _best(lambda: tomllib.loads(text))


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def test_a_large_rulebook_costs_little_more_than_parsing_it() -> None:
    """Nothing is looked for by going through the whole file again, nor in the notes."""
    text = a_rulebook(RULES, CLIENTS)
    book, faults = read_rulebook(text, "duebell.toml")

    taken = ratio(text, lambda: notes_on(read_rulebook(text, "duebell.toml")[0]))

    assert ([], RULES, CLIENTS) == (faults, len(book.rules), len(book.clients))
    assert taken < BUDGET


def test_a_fault_on_every_line_costs_little_more() -> None:
    """The lines of a thousand faults are found in one walk through the file."""
    text = a_rulebook(RULES, CLIENTS).replace("silence =", "silense =")
    _, faults = read_rulebook(text, "duebell.toml")

    taken = ratio(text, lambda: read_rulebook(text, "duebell.toml"))

    assert CLIENTS == len(faults)
    assert taken < 2 * BUDGET
