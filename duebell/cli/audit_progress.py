"""How far a long look at the audit trail is: a bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Fewer rows are done before anybody could read how many there are.
LEAST_ROWS = 5_000


@contextmanager
def progress_line(word: str) -> Iterator[Callable[[int, int], None]]:
    """Give what is to be told how many of how many rows are done."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.progress import Progress

    from duebell.cli.consoles import open_console

    with Progress(console=open_console(stderr=True), transient=True) as bar:
        line = bar.add_task(word, visible=False)

        def show(done: int, of: int) -> None:
            bar.update(line, completed=done, total=of, visible=of >= LEAST_ROWS)

        yield show
