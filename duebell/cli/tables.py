"""How a table is laid out: a line for each row, or where that is too wide, some lines for each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from rich.cells import cell_len

_GAP = "  "
_INDENT = "    "
_RULE = "─"
#: A narrower column than this is no place for sentences.
_LEAST_ROOM = 32

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Laid:
    """The lines of a table."""

    heading: list[str]
    rows: list[str]

    @property
    def rule(self) -> str:
        """The line between the two."""
        return _RULE * max(map(cell_len, (*self.heading, *self.rows)))


def lay_out(columns: Cells, rows: Sequence[Cells], width: int | None) -> Laid:
    """A table in lines of at most ``width``; nothing is ever cut.

    What does not fit in ``width`` goes on: the last column, if it holds sentences, in lines of its
    own; else as many columns as fit stand in one line, and the next ones below them, indented.
    """
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True)]
    room = None if width is None else width - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
    if room is None or room >= widths[-1]:
        return _laid(columns, rows, [list(range(len(columns)))], widths, width)
    if room >= _LEAST_ROOM:
        widths[-1] = room
        return _laid(columns, rows, [list(range(len(columns)))], widths, width)
    return _laid(columns, rows, _groups(widths, width or 0), widths, width)


def _groups(widths: Sequence[int], width: int) -> list[list[int]]:
    """Which columns stand in one line, by their places."""
    groups: list[list[int]] = [[]]
    used = 0
    for place, wide in enumerate(widths):
        if groups[-1] and used + len(_GAP) + wide > width:
            groups.append([])
        used = used + len(_GAP) + wide if groups[-1] else wide + len(_INDENT) * (len(groups) > 1)
        groups[-1].append(place)
    return groups


def _laid(
    columns: Cells,
    rows: Sequence[Cells],
    groups: Sequence[Sequence[int]],
    widths: Sequence[int],
    width: int | None,
) -> Laid:
    numbers = [all(_is_number(row[place]) for row in rows) for place in range(len(columns))]
    heading, *laid = (
        list(_row_lines(row, groups, widths, numbers, width)) for row in (columns, *rows)
    )
    return Laid(heading, list(chain.from_iterable(laid)))


def _row_lines(
    row: Cells,
    groups: Sequence[Sequence[int]],
    widths: Sequence[int],
    numbers: Sequence[bool],
    width: int | None,
) -> Iterator[str]:
    for group in groups:
        indent = "" if group[0] == 0 else _INDENT
        *others, last = group
        lead = indent + "".join(
            _padded(row[place], widths[place], to_the_right=numbers[place]) + _GAP
            for place in others
        )
        room = widths[last] if width is None else min(widths[last], width - cell_len(lead))
        text = row[last].rjust(room) if numbers[last] else row[last]
        for nth, line in enumerate(_wrapped(text, max(room, 1))):
            shown = f"{lead if nth == 0 else ' ' * cell_len(lead)}{line}".rstrip()
            if shown:
                yield shown


def _padded(text: str, width: int, *, to_the_right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if to_the_right else text + blanks


def _wrapped(text: str, room: int) -> list[str]:
    if cell_len(text) <= room:
        return [text]
    # Half of it where letters are twice as wide: no terminal breaks the line once more then.
    wide = cell_len(text) > len(text)
    return textwrap.wrap(text, max(room // 2 if wide else room, 1), break_on_hyphens=False)


def _is_number(text: str) -> bool:
    return not text or text.lstrip("+-").replace(".", "", 1).isdecimal()
