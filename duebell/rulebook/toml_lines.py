"""Where in a TOML text things stand; ``tomllib`` reads values and forgets their lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

_OPENING = re.compile(r"[^#\"']*=\s*(\"{3}|'{3})")
_HEADER = re.compile(r"\s*\[\[\s*[\"']?rule[\"']?\s*\]\]")


class TomlLines:
    """The line numbers, from 1, of the rules and keys of a rulebook.

    It reads the layout people write: a ``[[rule]]`` header, then one key on each line. Of rules
    written in another way (an array of inline tables) it knows the line of the array.
    """

    def __init__(self, text: str) -> None:
        self._lines = list(_outside_strings(text.split("\n")))
        self._rules = [number for number, line in self._lines if _HEADER.match(line)]

    def of_rule(self, index: int) -> int | None:
        """The line on which a rule starts."""
        if index < len(self._rules):
            return self._rules[index]
        return self.of_table("rule")

    def of_key(self, index: int, key: str) -> int | None:
        """The line of a rule's key, or of the rule itself where the key is not found."""
        start = self.of_rule(index)
        if index >= len(self._rules):
            return start
        first, *others = self._rules[index:]
        end = others[0] if others else self._lines[-1][0] + 1
        block = [(number, line) for number, line in self._lines if first < number < end]
        return _first(_key(key), block) or _first(_table(f"rule.{key}"), block) or start

    def of_table(self, name: str) -> int | None:
        """The line of a table, or of a key at the top of the file."""
        return _first(_table(name), self._lines) or _first(_key(name), self._lines)


def _first(pattern: re.Pattern[str], lines: Iterable[tuple[int, str]]) -> int | None:
    return next((number for number, line in lines if pattern.match(line)), None)


def _key(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]")


def _table(name: str) -> re.Pattern[str]:
    parts = r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in name.split("."))
    return re.compile(rf"\s*\[\[?\s*{parts}\s*[\].]")


def _outside_strings(lines: Iterable[str]) -> Iterable[tuple[int, str]]:
    """Number the lines, without those inside a string that goes over several lines."""
    closing = ""
    for number, line in enumerate(lines, start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        yield number, line
        opened = _OPENING.match(line)
        if opened and line.count(opened[1]) == 1:
            closing = opened[1]
