"""Words of a TOML text that stand without quotes: the right ones, and how others are meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from duebell.rulebook.broken.tokens import in_quotes, is_toml

_FLAGS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_FLAG_KEYS = frozenset({"urgent", "first_time", "silence", "holidays"})
_NOTHING = frozenset({"none", "null", "nil"})
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"(-?\d+),(\d+)")
_ZEROS = re.compile(r"([+-]?)0+(\d+)")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """A word as TOML writes it, and what was wrong with it, if anything was; None: no value."""

    written: str | None
    wrong: str = ""
    mend: str = ""


def reading_of(word: str, key: str) -> Reading:
    """How a word without quotes is meant that stands as the value of a key."""
    if is_toml(f"a = {word}"):
        return Reading(word)
    small = word.lower()
    truth = small if small in ("true", "false") else ""
    if key in _FLAG_KEYS:
        truth = truth or _FLAGS.get(small, "")
    if truth:
        return Reading(truth, f"`{word}` is not written like this", f"write `{truth}`")
    if small in _NOTHING:
        return Reading(
            None, f"`{word}` is no value", "take the line out: what is left out is empty"
        )
    return _number(word) or _text(word)


def shown(text: str) -> str:
    """So much of a text as a sentence can hold."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _number(word: str) -> Reading | None:
    number = ""
    if found := _PERCENT.fullmatch(word):
        number = f"{float(found[1]) / 100:g}"
    elif _THOUSANDS.fullmatch(word):
        number = word.replace(",", "")
    elif found := _DECIMAL_COMMA.fullmatch(word):
        number = f"{found[1]}.{found[2]}"
    elif found := _ZEROS.fullmatch(word):
        number = found[1] + found[2]
    if not number:
        return None
    return Reading(number, f"`{word}` cannot be read as a number", f"write `{number}`")


def _text(word: str) -> Reading:
    text = word.strip("\"'`").strip()
    quoted = in_quotes(text)
    if text != word:
        return Reading(quoted, "a quote is missing", f"write `{shown(quoted)}`")
    return Reading(quoted, f"the text `{shown(word)}` needs quotes", f"write `{shown(quoted)}`")
