"""What commands write: JSON for programs, tables and short lists for people."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from shutil import get_terminal_size
from textwrap import wrap

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_GAP = "  "
#: In less room than this a text is left to the terminal.
_LEAST_ROOM = 32


def write_json(value: object) -> None:
    """Write one JSON document on stdout, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def screen_width() -> int | None:
    """How many characters fit in a line; None where nothing tells, as in a file or a pipe."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal():
        return get_terminal_size().columns
    return None


def write_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table on stdout; its heading is bold on a terminal only (and not with NO_COLOR).

    A column that holds nothing is left out.
    """
    from duebell.cli.tables import lay_out

    cells = [[_one_line(value) for value in row] for row in rows]
    kept = [place for place in range(len(columns)) if any(row[place] for row in cells)]
    heads = [columns[place] for place in kept]
    laid = lay_out(heads, [[row[place] for place in kept] for row in cells], screen_width())
    heading = laid.heading
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        heading = [f"{_BOLD}{line}{_PLAIN}" for line in heading]
    sys.stdout.write("\n".join([*heading, laid.rule, *laid.rows]) + "\n")


def say(text: str, *, lead: str = "", err: bool = False) -> None:
    """Write a sentence, broken between words where the screen ends; what goes on is indented."""
    from duebell.cli.hints import as_typed

    stream = sys.stderr if err else sys.stdout
    stream.write("\n".join(lines_of(f"{lead}{as_typed(text)}", " " * len(lead))) + "\n")


def lines_of(text: str, indent: str = "") -> list[str]:
    """A sentence in lines that fit the screen, whole where nothing tells how wide it is."""
    room = screen_width() or 0
    if room <= _LEAST_ROOM:
        return [text]
    return wrap(
        text, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def write_pairs(pairs: Mapping[str, object]) -> None:
    """Write one line for each name and value, leaving out what is empty."""
    shown = {name: _one_line(value) for name, value in pairs.items() if value not in (None, "")}
    lead = max((len(name) for name in shown), default=0) + len(_GAP)
    room = (screen_width() or 0) - lead
    for name, value in shown.items():
        lines = wrap(value, room, break_on_hyphens=False) if room > _LEAST_ROOM else [value]
        text = f"\n{' ' * lead}".join(lines)
        sys.stdout.write(f"{name.ljust(lead)}{text}\n")


def counted(count: int, noun: str) -> str:
    """So many of something: ``1 row``, ``2 rows``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _one_line(value: object) -> str:
    """What a record says may hold line breaks, and what else upsets a terminal."""
    from duebell.wording.plain_text import clean_value

    return str(clean_value(in_words(value)))


def in_words(value: object) -> str:
    """A value as a person reads it; what is None is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}={in_words(part)}" for name, part in value.items())
    return str(value)
