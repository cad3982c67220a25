"""One wrong statement, ``key = value``: what is wrong with it, and how it was meant.

It is read as a person reads it: past typographic and missing quotes, commas and brackets, each of
which is kept as a slip. What comes out is TOML, on as many lines as before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from duebell.rulebook.broken.keys import read_key
from duebell.rulebook.broken.pieces import NobodyCanTell, Pieces, Slip
from duebell.rulebook.broken.tokens import Kind, Token, toml_fault
from duebell.rulebook.broken.values import ANOTHER, another_on_the_line, read_value
from duebell.rulebook.broken.words import shown

#: Where a quote is missing, texts and what is between them change places.
_CHANGED = re.compile(r'"[^"]*[,=]\s*"')


@dataclass(frozen=True, slots=True)
class MendedPair:
    """A statement as it was meant; ``text`` is None where nobody can tell, ``key`` where it may.

    ``is_more`` says that something else stands on the same line, which is lost.
    """

    key: str
    text: str | None
    slips: tuple[Slip, ...]
    is_more: bool = False


def mend_pair(text: str) -> MendedPair:
    """Read a statement that is no TOML."""
    pieces = Pieces(text)
    key, is_more, mended = "", False, None
    try:
        key = read_key(pieces)
        _refuse_changed_places(pieces)
        read_value(pieces, key)
        _read_rest(pieces)
        mended = pieces.written
    except NobodyCanTell as end:
        is_more = end.is_more
        pieces.slip(end.text, end.mend)
    except RecursionError:
        pieces.slip("lists are nested too deep", "take some of the brackets out")
    if mended is not None and (fault := toml_fault(mended)):
        mended = None
        if not pieces.slips:
            pieces.slip(*_in_words(fault))
    return MendedPair(key, mended, tuple(dict.fromkeys(pieces.slips)), is_more)


def _in_words(fault: str) -> tuple[str, str]:
    if "character" in fault:
        return "an invisible character stands here", "type the line anew"
    return "this cannot be read", "write `key = value`, with text in quotes"


def _refuse_changed_places(pieces: Pieces) -> None:
    lines = pieces.text.split("\n")
    for place, token in enumerate(pieces.tokens):
        if token.kind is Kind.UNCLOSED and _CHANGED.search(lines[pieces.line_at(token.start)]):
            pieces.position = place
            mend = 'put a `"` before and after each text'
            raise NobodyCanTell("a quote is missing on this line", mend)


def _read_rest(pieces: Pieces) -> None:
    """Whatever stands after the value is too much."""
    while (token := pieces.next()) is not None:
        rest = pieces.text[token.start :].partition("\n")[0].strip()
        if rest and (found := ANOTHER.match(rest)):
            raise another_on_the_line(found[1])
        if token.kind is Kind.NEWLINE:
            pieces.take(token.text)
        elif token.kind is Kind.MARK:
            pieces.slip(f"the `{token.text}` after the value is one too many", "take it out")
            pieces.position += 1
        else:
            pieces.slip(f"`{shown(rest)}` stands after the value", "take it out")
            pieces.skip_to(_end_of_line(pieces, token))


def _end_of_line(pieces: Pieces, token: Token) -> int:
    end = pieces.text.find("\n", token.start)
    return len(pieces.text) if end < 0 else end
