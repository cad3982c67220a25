"""What commands write: JSON for programs, tables and short lists for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

#: Where nothing tells the width of a terminal, tables are not cut to fit one.
_WIDTH_OF_A_FILE = 200


def write_json(value: object) -> None:
    """Write one JSON document on stdout, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table on stdout; coloured on a terminal only (and not with NO_COLOR)."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        # The first column is what people copy, so it is never broken.
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        # Text, because names of clients may contain what Rich takes for markup.
        table.add_row(*(Text(in_words(value)) for value in row))
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)
    console.print(table)


def write_pairs(pairs: Mapping[str, object]) -> None:
    """Write one line for each name and value, leaving out what is empty."""
    shown = {name: in_words(value) for name, value in pairs.items() if value not in (None, "")}
    width = max((len(name) for name in shown), default=0)
    for name, value in shown.items():
        sys.stdout.write(f"{name.ljust(width)}  {value}\n")


def in_words(value: object) -> str:
    """A value as a person reads it; what is None is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}={in_words(part)}" for name, part in value.items())
    return str(value)
