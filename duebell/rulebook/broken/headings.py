"""The headings of tables, ``[business]`` and ``[[rule]]``, as people may write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from duebell.rulebook.broken.tokens import Kind, in_quotes, is_toml, tokens_of
from duebell.rulebook.broken.words import shown
from duebell.rulebook.places import TABLES

_PARTS = re.compile(r"\s*(\[+)\s*(.*?)\s*(\]*)\s*(?:#.*)?")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_APART = re.compile(r"(client|vendor|lists)(?:\s+|\s*[:=]\s*)(.+)")
#: ``rule:``, as other formats begin what is here a table; ``rule`` alone is no key of anything.
_WORD = re.compile(
    r"\s*(?:(business|brakes|escalation|safe_mode|lists)\s*[:=]|(rules?)\s*[:=]?)\s*(?:#.*)?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")

RULE, LISTS = "rule", "lists"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it was meant; ``names`` lead to its table, and are none where nobody can tell.

    ``wrong`` is empty where it is right.
    """

    names: tuple[str, ...]
    written: str = ""
    is_list: bool = False
    wrong: str = ""
    mend: str = ""


def is_heading(line: str) -> bool:
    """Whether a line begins a table, in brackets or without."""
    return line.lstrip().startswith("[") or _WORD.fullmatch(line) is not None


def read_heading(line: str) -> Heading:
    """Read a line that begins a table."""
    if word := _WORD.fullmatch(line):
        return _without_brackets(line, (word[1] or RULE).lower())
    straight = _with_straight_quotes(line)
    found = _PARTS.fullmatch(straight)
    if found is None or not found[2] or "]" in _QUOTED.sub("", found[2]):
        return _beside(straight)
    names = _names(found[2])
    # What there is not is as right in one bracket as in two.
    may_be_list = names[0] not in TABLES or (names[0] == LISTS and len(names) == 2)
    is_list = names == (RULE,) or (may_be_list and len(found[1]) == 2)
    left, right = ("[[", "]]") if is_list else ("[", "]")
    written = f"{left}{'.'.join(map(_quoted, names))}{right}"
    wrong = _wrong(line, found, is_list)
    return Heading(names, written, is_list, wrong, f"write `{written}`")


def _wrong(line: str, found: re.Match[str], is_list: bool) -> str:
    """What is wrong with a heading, the plainest thing first."""
    left, right = len(found[1]), len(found[3])
    if left != right:
        return "the brackets around the heading do not match"
    if left != 1 + is_list:
        return f"this heading belongs in {'double' if is_list else 'single'} brackets"
    if line != _with_straight_quotes(line):
        return "quotes must be straight ones, not typographic"
    if not is_toml(line):
        return f"`{shown(found[2])}` is not written like this in a heading"
    return ""


def _without_brackets(line: str, name: str) -> Heading:
    written = "[[rule]]" if name == RULE else f"[{name}]"
    wrong = f"`{shown(line)}` begins no table here"
    return Heading((name,), written, name == RULE, wrong, f"write `{written}`")


def _beside(line: str) -> Heading:
    """A heading with something else on its line, or with nothing in it."""
    begin, bracket, rest = line.strip().partition("]")
    bracket += "]" * (rest.startswith("]"))
    rest = rest.lstrip("] \t")
    if bracket and rest and begin.strip("[ \t"):
        mend = f"begin a new line after `{shown(begin + bracket)}`"
        return Heading((), wrong=f"`{shown(rest)}` stands on the line of a heading", mend=mend)
    return Heading((), wrong="this heading cannot be read", mend="write one like `[[rule]]`")


def _with_straight_quotes(line: str) -> str:
    return "".join(
        in_quotes(token.inner) if token.kind is Kind.TYPOGRAPHIC else token.text
        for token in tokens_of(line)
    )


def _names(text: str) -> tuple[str, ...]:
    apart = _APART.fullmatch(text)
    if apart is not None:
        text = f"{apart[1]}.{apart[2]}"
    names: list[str] = []
    for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", text):
        name = part.strip()
        names.append(name.strip("\"'") if name else part)
    return tuple(names)


def _quoted(name: str) -> str:
    return name if _BARE.fullmatch(name) and not name.isdigit() else in_quotes(name)
