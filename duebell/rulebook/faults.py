"""Gathering the faults of a rulebook: each one sentence with the line and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from duebell.rulebook.broken.mending import UNREAD
from duebell.rulebook.toml_lines import TomlLines, Way


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the line and the key (``rule[0].when.tag``) where they are known, and a sentence.

    ``text`` is the whole of it, with the name of the file.
    """

    text: str
    line: int | None = None
    key: str = ""


class Faults:
    """The faults found so far in one file.

    ``country`` is that of the business, whose numbers are guessed at in mends. ``unread`` is what
    could not be read, which is told already: what follows from it alone is no fault.
    """

    def __init__(self, file: str, lines: TomlLines) -> None:
        self.lines = lines
        self.country = ""
        self.unread: frozenset[Way] = frozenset()
        self._file = file
        self._found: list[Fault] = []
        self._untold = 0

    def __len__(self) -> int:
        """How many there are, with those that only follow from what could not be read."""
        return len(self._found) + self._untold

    @property
    def lacks_lists(self) -> bool:
        """Whether there may be lists whose names could not be read."""
        return any(len(way) == 1 or way[:-1] == ("lists",) for way in self._nameless)

    def add(self, way: Way, sentence: str) -> None:
        """Keep a fault of what stands there; ``sentence`` comes without its full stop."""
        if self.unread and self._follows(way):
            self._untold += 1
            return
        self.add_at(self.lines.of(way), sentence, shown_way(way))

    def add_at(self, line: int | None, sentence: str, key: str = "") -> None:
        """Keep a fault of a line."""
        where = f" line {line}" if line else ""
        end = "" if sentence.endswith("?") else "."
        self._found.append(Fault(f"{self._file}{where}: {sentence}{end}", line, key))

    def _follows(self, way: Way) -> bool:
        """Whether a fault stands in what could not be read, or is of a table that lacks it."""
        is_within = any(way[:count] in self.unread for count in range(1, len(way) + 1))
        return is_within or any(one[:-1] == way for one in self._nameless)

    @property
    def _nameless(self) -> list[Way]:
        """What could not be read to its very key."""
        return [way for way in self.unread if str(way[-1]).startswith(UNREAD)]

    @property
    def in_order(self) -> tuple[Fault, ...]:
        """All of them, by line."""
        return tuple(sorted(self._found, key=lambda fault: fault.line or 0))

    @property
    def sentences(self) -> list[str]:
        """All of them as sentences, by line."""
        return [fault.text for fault in self.in_order]


def guess(word: str, known: Iterable[str], nearness: float = 0.6) -> str:
    """A question after what was meant; empty where nothing is as near as that."""
    by_small_letters = {one.casefold(): one for one in known}
    close = get_close_matches(word.casefold(), by_small_letters, n=1, cutoff=nearness)
    return f"did you mean `{by_small_letters[close[0]]}`?" if close else ""


def listed(words: Sequence[str]) -> str:
    """Words as people read them in a sentence."""
    return ", ".join(f"`{word}`" for word in words) or "none"


def shown_way(way: Way) -> str:
    """The way to a value as people write it: ``rule[0].when.tag``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in way)
    return "".join(parts).removeprefix(".")
