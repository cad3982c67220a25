"""Words of a TOML text that stand without quotes: the right ones, and how others are meant."""

from __future__ import annotations

from dataclasses import dataclass

from duebell.rulebook.broken.numbers import number_of
from duebell.rulebook.broken.tokens import in_quotes, is_toml
from duebell.rulebook.places import AMOUNTS

_FLAGS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_FLAG_KEYS = frozenset({"urgent", "first_time", "silence", "holidays"})
_NOTHING = frozenset({"none", "null", "nil"})
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
    return _number(word, key) or _text(word)


def shown(text: str) -> str:
    """So much of a text as a sentence can hold."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _number(word: str, key: str) -> Reading | None:
    number = number_of(word, key)
    if number is None:
        return None
    # Money is in quotes in all examples: so nobody wonders what a point does to it.
    written = in_quotes(number) if key in AMOUNTS else number
    return Reading(written, f"`{word}` cannot be read as a number", f"write `{written}`")


def _text(word: str) -> Reading:
    text = word.strip("\"'`").strip()
    quoted = in_quotes(text)
    if text != word:
        return Reading(quoted, "a quote is missing", f"write `{shown(quoted)}`")
    return Reading(quoted, f"the text `{shown(word)}` needs quotes", f"write `{shown(quoted)}`")
