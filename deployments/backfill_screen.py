"""What a backfill shows at the terminal: a progress bar, the rows of a dry run, what came of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Self

from deployments.progress_line import ProgressLine
from duebell.backfills.progress import Outcome, Progress
from duebell.backfills.rehearsing import Rehearsed
from duebell.cli.output import in_words, say, screen_width, write_json, write_table

#: The columns of a wide screen, wide enough for most values; the reason has no end.
_WIDTHS: Mapping[str, int] = {
    "day": 10,
    "event": 18,
    "object_id": 9,
    "number": 12,
    "name": 24,
    "audience": 14,
    "recipient": 13,
    "verdict": 10,
    "template": 18,
    "reason": 0,
}
_WIDE = sum(_WIDTHS.values()) + 2 * len(_WIDTHS)
#: On a narrow screen a row has two lines; the second is a sentence.
_NARROW = ("day", "event", "number", "name", "verdict")
_SENTENCE = ("audience", "recipient", "template")


@dataclass(slots=True)
class Screen:
    """Shows one run: results on stdout, progress on stderr. Rows are written as they come."""

    as_json: bool
    dry_run: bool
    now: Callable[[], float] = time.monotonic
    outcome: Outcome | None = None
    run_id: str = ""
    _is_stopped: bool = False
    _rows: int = 0
    _line: ProgressLine = field(init=False)

    def __post_init__(self) -> None:
        """Choose how progress is shown."""
        # On one terminal the rows of a dry run are themselves the progress.
        self._line = ProgressLine(self.now, may_draw=not (self.dry_run and sys.stdout.isatty()))

    def __enter__(self) -> Self:
        self._line.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.__exit__(kind, error, trace)
        self._end_rows()

    def stop(self) -> None:
        """Stop at the next page."""
        self._is_stopped = True

    def is_stopped(self) -> bool:
        """Whether it is to stop."""
        return self._is_stopped

    def progressed(self, progress: Progress) -> None:
        """Move the bar, or write a line now and then."""
        self._line.show(progress)

    def rehearsed(self, row: Rehearsed) -> None:
        """Write a row of a dry run."""
        values = asdict(row)
        if self.as_json:
            opening = ",\n  " if self._rows else "[\n  "
            sys.stdout.write(opening + json.dumps(values, ensure_ascii=False, default=str))
        else:
            self._write_row(values)
        self._rows += 1

    def _write_row(self, values: Mapping[str, Any]) -> None:
        is_wide = (screen_width() or _WIDE) >= _WIDE
        columns = tuple(_WIDTHS) if is_wide else _NARROW
        if not self._rows:
            _write_cells({name: name.replace("_", " ") for name in columns})
        _write_cells({name: in_words(values[name]) for name in columns})
        if not is_wide:
            parts = [" ".join(filter(None, (values[name] for name in _SENTENCE))), values["reason"]]
            say(": ".join(filter(None, parts)), lead="    ")

    def _end_rows(self) -> None:
        """A JSON array is one, however the run ended."""
        if self.as_json and self.dry_run:
            sys.stdout.write("\n]\n" if self._rows else "[]\n")

    def ended(self, outcome: Outcome) -> None:
        """Remember what became of it."""
        self.outcome = outcome

    def write_outcome(self, outcome: Outcome) -> None:
        """Write what became of it."""
        if self.as_json and not self.dry_run:
            write_json(_document(outcome))
        elif not self.as_json:
            if outcome.decisions:
                rows = [[verdict, count, why] for verdict, why, count in outcome.decisions]
                write_table(["verdict", "count", "reason"], rows)
            note = " Nothing was sent." if self.dry_run else ""
            say(f"{outcome.in_numbers}.{note}")


def _write_cells(texts: Mapping[str, str]) -> None:
    cells = (_cell(text, _WIDTHS[name]) for name, text in texts.items())
    sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _cell(text: str, width: int) -> str:
    text = " ".join(text.split())
    if not width:
        return text
    return text.ljust(width) if len(text) <= width else f"{text[: width - 1]}…"


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "status": outcome.status,
        "reason": outcome.reason,
        "counts": dict(outcome.counts),
        "decisions": [
            {"verdict": verdict, "reason": reason, "count": count}
            for verdict, reason, count in outcome.decisions
        ],
        "open": outcome.open,
        "faults": list(outcome.faults),
    }
