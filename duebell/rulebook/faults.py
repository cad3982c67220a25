"""Gathering the faults of a rulebook: each one sentence with the line and the mend."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from duebell.rulebook.toml_lines import TomlLines


class Faults:
    """The faults found so far in one file, in the order in which they were found."""

    def __init__(self, file: str, lines: TomlLines) -> None:
        self.sentences: list[str] = []
        self.lines = lines
        self._file = file

    def add(self, line: int | None, sentence: str) -> None:
        """Keep a fault; ``sentence`` comes without its full stop."""
        where = f" line {line}" if line else ""
        end = "" if sentence.endswith("?") else "."
        self.sentences.append(f"{self._file}{where}: {sentence}{end}")

    def unsupported(self, line: int | None, key: str, value: str, known: Sequence[str]) -> None:
        """Keep a fault about something that this version does not carry out."""
        mend = f"only {listed(known)} is" if len(known) == 1 else f"there are {listed(known)}"
        self.add(line, f"`{key}`: `{value}` is not supported in this version; {mend}")


def guess(word: str, known: Sequence[str]) -> str:
    """A question after what was meant; empty where nothing is near."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def listed(words: Sequence[str]) -> str:
    """Words as people read them in a sentence."""
    return ", ".join(f"`{word}`" for word in words) or "none"
