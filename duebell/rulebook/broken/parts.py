"""Taking a TOML text apart, also a wrong one: headings, and the statements below each.

Where a list or a quote is not closed, the next line that begins a statement or a table ends it, so
that one slip costs one statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from duebell.rulebook.broken.headings import is_heading
from duebell.rulebook.broken.tokens import Kind, tokens_of

_BEGINS_PAIR = re.compile(r"\s*(?:[A-Za-z0-9_.-]+|\"[^\"]*\"|'[^']*')\s*=(?!=)")
_OPENS = re.compile(r"[\[{(]|\"\"\"|'''")
_QUOTES = ('"""', "'''")


@dataclass(slots=True)
class Part:
    """A heading, a statement, or lines that say nothing; ``line`` is the first one, from 1."""

    line: int
    lines: list[str]

    @property
    def text(self) -> str:
        """Its lines."""
        return "\n".join(self.lines)


@dataclass(slots=True)
class Block:
    """A table of the text: its heading, which the first has not, and what stands below."""

    heading: Part | None
    statements: list[Part] = field(default_factory=list)

    @property
    def line(self) -> int:
        """The first line."""
        return (self.heading or self.statements[0]).line

    @property
    def text(self) -> str:
        """Its lines."""
        parts = [*([self.heading] if self.heading else []), *self.statements]
        return "\n".join(part.text for part in parts)


def blocks_of(text: str, tables: Sequence[str]) -> list[Block]:
    """The blocks of a text; together their lines are all lines of it.

    ``tables`` are the words by which a line in an open list is told to be a heading.
    """
    heading = re.compile(rf"\s*\[+\s*(?:{'|'.join(tables)})\s*[\].]")
    blocks = [Block(None)]
    for part in _parts(text, heading):
        if is_heading(part.lines[0]):
            blocks.append(Block(part))
        else:
            blocks[-1].statements.append(part)
    return blocks if blocks[0].statements else blocks[1:]


def _parts(text: str, heading: re.Pattern[str]) -> Iterator[Part]:
    # Of a quote of several lines that is never closed, only the line is wrong and not the rest.
    quotes = tuple(quote for quote in _QUOTES if text.count(quote) % 2 == 0)
    part, openness = Part(1, []), _Openness(quotes)
    for number, line in enumerate(text.split("\n"), start=1):
        if part.lines and openness.ends_before(line, heading):
            yield part
            part, openness = Part(number, []), _Openness(quotes)
        part.lines.append(line)
        if len(part.lines) > 1 or not is_heading(line):
            openness.take(line)
    yield part


class _Openness:
    """What the lines of a statement have opened so far and not closed."""

    def __init__(self, quotes: tuple[str, ...]) -> None:
        self._quotes = quotes
        self._brackets: list[str] = []
        self._quote = ""
        self._last = ""

    def ends_before(self, line: str, heading: re.Pattern[str]) -> bool:
        """Whether another part begins with this line."""
        if self._quote:
            return False
        if not self._brackets or heading.match(line):
            return True
        if not _BEGINS_PAIR.match(line):
            return False
        # In a list no line begins like this; in a table of several lines those after a comma do.
        return "{" not in self._brackets or self._last not in ("{", ",")

    def take(self, line: str) -> None:
        """Follow a line to its end."""
        if self._quote:
            _, quote, line = line.partition(self._quote)
            if not quote:
                return
            self._quote = ""
        if not self._brackets and not _OPENS.search(line):
            return
        said = [one for one in tokens_of(line) if one.kind not in (Kind.REMARK, Kind.BLANK)]
        for token in said:
            self._last = token.text
            if token.kind is Kind.MARK:
                self._follow(token.text)
        written = "".join(token.text for token in said)
        self._quote = next((one for one in self._quotes if written.count(one) % 2), "")

    def _follow(self, mark: str) -> None:
        if mark in "[{(":
            self._brackets.append(mark)
        elif mark in "]})" and self._brackets:
            self._brackets.pop()
