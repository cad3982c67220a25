"""How far a long command is: a bar at a terminal, elsewhere a line now and then, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from duebell.cli.consoles import open_console

#: Where there is no terminal, a line about the progress is written this often.
LINE_EVERY_SECONDS = 5.0


class Measured(Protocol):
    """How far something is, from 0 to 1; in words as a string."""

    @property
    def share(self) -> float:
        """The part that is done."""


@dataclass(slots=True)
class ProgressLine:
    """Shows the progress of one command; a bar only where it is in nobody's way."""

    now: Callable[[], float] = time.monotonic
    may_draw: bool = True
    _bar: Bar | None = None
    _line: TaskID | None = None
    _told_at: float = float("-inf")
    _last: str = ""

    def __enter__(self) -> Self:
        if self.may_draw and sys.stderr.isatty():
            columns = BarColumn(16), TaskProgressColumn(), TextColumn("{task.description}")
            self._bar = Bar(*columns, console=open_console(stderr=True), transient=True)
            self._line = self._bar.add_task("Reading", total=1.0)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: Measured) -> None:
        """Move the bar, or write a line now and then."""
        if self._bar is not None and self._line is not None:
            self._bar.update(self._line, completed=progress.share, description=str(progress))
        elif str(progress) != self._last and self.now() - self._told_at >= LINE_EVERY_SECONDS:
            self._told_at, self._last = self.now(), str(progress)
            sys.stderr.write(f"{progress.share:4.0%}  {progress}\n")
