"""Where in a TOML text things stand; ``tomllib`` reads values and forgets their lines.

The text is one that ``tomllib`` has read, so nothing is checked here. It is gone through once, and
only when somebody asks: a right file costs nothing.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from contextlib import suppress
from functools import cached_property

#: The way to a value: the keys and, in lists, the numbers from 0 that lead to it.
Way = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(
    r"""[ \t]*(?:([A-Za-z0-9_-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')[ \t]*(\.?)""",
)
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL
)
#: A number, a day or a word; a day and its time may have one blank between them.
_BARE = re.compile(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")
_RULE = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)


def line_of_key(text: str, line: int, key: str) -> int:
    """The line of a key of the table that begins on a line; that one where it is not found."""
    pattern = re.compile(rf"[ \t]*{re.escape(key)}[ \t]*=")
    for number, one in enumerate(text.split("\n")[line:], start=line + 1):
        if one.lstrip().startswith("["):
            return line
        if pattern.match(one):
            return number
    return line


class TomlLines:
    """The line numbers, from 1, of everything in a TOML text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, way: Way) -> int | None:
        """The line of a value, or of the next thing around it that is written somewhere."""
        for count in range(len(way), 0, -1):
            position = self._places.get(way[:count])
            if position is not None:
                return bisect_left(self._ends, position) + 1
        return None

    def way_at(self, line: int) -> Way:
        """The way to the widest thing that begins on a line; empty where nothing does."""
        return self._ways.get(line, ())

    def of_rules(self, count: int) -> list[int]:
        """The lines of so many rules; 0 for one that is not found."""
        starts = [found.end() for found in _RULE.finditer(self._text)]
        if len(starts) != count or '"""' in self._text or "'''" in self._text:
            return [self.of(("rule", index)) or 0 for index in range(count)]
        lines, line, last = [], 1, 0
        for start in starts:
            line += self._text.count("\n", last, start)
            lines.append(line)
            last = start
        return lines

    @cached_property
    def _ends(self) -> list[int]:
        return [found.start() for found in re.finditer("\n", self._text)]

    @cached_property
    def _ways(self) -> dict[int, Way]:
        found: dict[int, Way] = {}
        # A heading opens a list and the table in it at once: the last of them is the table.
        for way, position in sorted(self._places.items(), key=lambda one: (-one[1], len(one[0]))):
            found[bisect_left(self._ends, position) + 1] = way
        return found

    @cached_property
    def _places(self) -> dict[Way, int]:
        walk = _Walk(self._text)
        # Of lists within lists without an end, what was found until there is right.
        with suppress(RecursionError):
            walk.through()
        return walk.places


class _Walk:
    """One walk through a text, which notes where each value begins."""

    def __init__(self, text: str) -> None:
        self.places: dict[Way, int] = {}
        self._text = text
        self._lengths: dict[Way, int] = {}  # of the lists of tables, so far

    def through(self) -> None:
        """Go from the first character to the last."""
        table: Way = ()
        position = self._skip(0)
        while position < len(self._text):
            if self._text[position] == "[":
                table, position = self._header(position)
            else:
                position = self._pair(table, position)
            position = self._skip(position)

    def _header(self, start: int) -> tuple[Way, int]:
        brackets = 2 if self._text.startswith("[[", start) else 1
        keys, position = self._keys(start + brackets)
        way: Way = ()
        for number, key in enumerate(keys, start=1):
            way = (*way, key)
            if number == len(keys) and brackets == 2:
                self._lengths[way] = self._lengths.get(way, 0) + 1
            if way in self._lengths:
                way = (*way, self._lengths[way] - 1)
        self._note(way, start)
        return way, position + brackets

    def _pair(self, table: Way, start: int) -> int:
        keys, position = self._keys(start)
        way = (*table, *keys)
        self._note(way, start)
        return self._value(way, self._skip(position + 1))

    def _keys(self, position: int) -> tuple[Way, int]:
        keys: list[str] = []
        while found := _KEY.match(self._text, position):
            bare, quoted, literal, dot = found.groups()
            keys.append(bare or literal or _unescaped(quoted or ""))
            position = found.end()
            if not dot:
                break
        return tuple(keys), position

    def _value(self, way: Way, position: int) -> int:
        character = self._text[position]
        if character == "[":
            return self._list(way, position + 1)
        if character == "{":
            return self._inline(way, position + 1)
        word = _STRING if character in "\"'" else _BARE
        found = word.match(self._text, position)
        return found.end() if found else len(self._text)

    def _list(self, way: Way, position: int) -> int:
        index = 0
        while self._text[position := self._skip(position)] != "]":
            self._note((*way, index), position)
            position = self._comma(self._value((*way, index), position))
            index += 1
        return position + 1

    def _inline(self, way: Way, position: int) -> int:
        while self._text[position := self._skip(position)] != "}":
            position = self._comma(self._pair(way, position))
        return position + 1

    def _comma(self, position: int) -> int:
        position = self._skip(position)
        return position + 1 if self._text[position] == "," else position

    def _skip(self, position: int) -> int:
        found = _BLANK.match(self._text, position)
        return found.end() if found else position

    def _note(self, way: Way, position: int) -> None:
        # What is opened by a part of it is there from this line on, too.
        for count in range(1, len(way) + 1):
            self.places.setdefault(way[:count], position)


def _unescaped(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted
    return str(tomllib.loads(f'key = "{quoted}"')["key"])
