"""Gathering the faults of a rulebook: each one sentence with the line and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

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
    """The faults found so far in one file."""

    def __init__(self, file: str, lines: TomlLines) -> None:
        self.lines = lines
        self._file = file
        self._found: list[Fault] = []

    def __len__(self) -> int:
        """How many there are."""
        return len(self._found)

    def add(self, way: Way, sentence: str) -> None:
        """Keep a fault of what stands there; ``sentence`` comes without its full stop."""
        self.add_at(self.lines.of(way), sentence, shown_way(way))

    def add_at(self, line: int | None, sentence: str, key: str = "") -> None:
        """Keep a fault of a line."""
        where = f" line {line}" if line else ""
        end = "" if sentence.endswith("?") else "."
        self._found.append(Fault(f"{self._file}{where}: {sentence}{end}", line, key))

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
