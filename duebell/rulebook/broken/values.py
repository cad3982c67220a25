"""The value of a statement: texts, words, lists and tables, as people may write them."""

from __future__ import annotations

import re

from duebell.rulebook.broken.keys import read_key
from duebell.rulebook.broken.numbers import WITH_COMMAS
from duebell.rulebook.broken.pieces import TEXTS, NobodyCanTell, Pieces
from duebell.rulebook.broken.tokens import Kind, Token, in_quotes, is_toml
from duebell.rulebook.broken.words import reading_of, shown
from duebell.rulebook.places import EXAMPLES, LISTED

_CLOSING = {"[": "]", "{": "}"}
_NAMES = {"[": "list", "{": "table"}

#: ``from = "20:00" to =``: another statement begins on the same line.
ANOTHER = re.compile(r"[,;\s]*([A-Za-z0-9_.-]+)\s*=")

_OR_NOTHING = "write a value, or take the line out"
_AND = frozenset({"and", "&"})
_DAY = re.compile(r"(?:[-\u2010-\u2015\u2212]|minus\b)?\s*\d", re.IGNORECASE)


def read_value(pieces: Pieces, key: str) -> None:
    """Go past the value of a key.

    Raises:
        NobodyCanTell: where there is none, or it cannot be made out.
    """
    token = pieces.next()
    if token is None or token.kind is Kind.NEWLINE or token.text in set(",;]})=:"):
        nothing = f"nothing stands after `{shown(key)} =`"
        example = EXAMPLES.get(key)
        mend = f"write one like `{key} = {in_quotes(example)}`" if example else _OR_NOTHING
        raise NobodyCanTell(nothing, mend)
    if token.text in ("[", "("):
        _read_list(pieces, key)
    elif not pieces.open and key in LISTED and _are_several(pieces, key):
        _read_bare_list(pieces, key)
    elif token.text == "{":
        _read_table(pieces)
    elif token.kind in TEXTS:
        _read_text(pieces, token)
    else:
        _read_words(pieces, key, token)


def another_on_the_line(key: str) -> NobodyCanTell:
    """That a second statement stands where one has room."""
    text = f"`{key} =` stands on the same line"
    return NobodyCanTell(text, f"begin a new line before `{key}`", is_more=True)


def _read_text(pieces: Pieces, token: Token) -> None:
    if token.kind is not Kind.TEXT or is_toml(f"a = {token.text}"):
        if pieces.text.startswith(token.text[:1], token.start + 2) and token.text in ('""', "''"):
            raise NobodyCanTell("a quote is missing", 'put one `"` before and after each text')
        pieces.take_text(token)
        return
    pieces.slip("a `\\` in a text must be double", "write `\\\\`")
    pieces.take(in_quotes(token.inner))


def _read_words(pieces: Pieces, key: str, token: Token) -> None:
    inner = pieces.open[-1] if pieces.open else ""
    pattern = WITH_COMMAS.get(inner)
    found = pattern.match(pieces.text, token.start) if pattern else None
    until = found.end() if found else _end_of_words(pieces, token)
    raw = pieces.text[token.start : until].strip()
    until = token.start + len(raw)
    if not inner and (another := re.search(r"\s([A-Za-z0-9_.-]+)\s*=", raw)):
        raise another_on_the_line(another[1])
    words = [word for word in raw.split() if word not in _AND]
    if inner == "[" and len(words) > 1 and all(is_toml(f"a = {one}") for one in words):
        pieces.slip(f"a comma is missing after `{words[0]}`", "write one between two values")
        written = ", ".join(words)
    else:
        written = _meant(pieces, raw, key)
    pieces.skip_to(until)
    pieces.write(written)


def _meant(pieces: Pieces, word: str, key: str) -> str:
    reading = reading_of(word, key)
    if reading.written is None:
        raise NobodyCanTell(reading.wrong, reading.mend)
    if reading.wrong:
        pieces.slip(reading.wrong, reading.mend)
    return reading.written


def _end_of_words(pieces: Pieces, first: Token) -> int:
    """Where what stands without quotes ends; in a table the next key is no part of it."""
    last_word = first
    for token in pieces.tokens[pieces.position + 1 :]:
        is_apart = pieces.text[token.start - 1].isspace()
        if pieces.open and token.text in ("=", ":") and last_word is not first:
            return last_word.start
        if token.kind in (Kind.NEWLINE, Kind.REMARK) or token.text in (",", ";"):
            return token.start
        if pieces.open and (token.kind is Kind.MARK or (token.kind in TEXTS and is_apart)):
            return token.start
        if token.kind is Kind.WORD:
            last_word = token
    return len(pieces.text)


def _read_list(pieces: Pieces, key: str) -> None:
    if pieces.tokens[pieces.position].text == "(":
        pieces.slip("a list stands in square brackets", "write `[` and `]`")
    pieces.take("[")
    _finish(pieces, "[", _read_values(pieces, key))


def _are_several(pieces: Pieces, key: str) -> bool:
    """Whether the brackets of a list were forgotten."""
    start, line = pieces.tokens[pieces.position].start, pieces.line
    rest = [one for one in pieces.tokens[pieces.position :] if pieces.line_at(one.start) == line]
    said = [one for one in rest if one.kind not in (Kind.BLANK, Kind.REMARK, Kind.NEWLINE)]
    if any(one.text == "=" for one in said):
        return False
    if key == "days" and _DAY.match(pieces.text, start):
        return True
    return any(one.text in (",", ";") or one.text in _AND for one in said[1:-1])


def _read_bare_list(pieces: Pieces, key: str) -> None:
    pieces.slip("a list stands in square brackets", "write `[` and `]`")
    slips = len(pieces.slips)
    pieces.write("[")
    _read_values(pieces, key)
    pieces.open.pop()
    pieces.insert("]")
    # What parts the values is as wrong, and is seen in the mend.
    del pieces.slips[slips:]


def _read_values(pieces: Pieces, key: str) -> Token | None:
    """Go past the values of a list, to the bracket that ends it."""
    pieces.open.append("[")
    is_after = False
    while (token := pieces.next()) is not None and token.text not in ("]", "}", ")"):
        if token.text in ("=", ":"):
            pieces.slips = pieces.slips[:-1]  # that the key, taken for a text, has no quotes
            mend = "put `{` and `}` around each person or table"
            raise NobodyCanTell("in a list stand values and no keys", mend)
        if token.text in (",", ";"):
            is_after = _read_comma(pieces, token, is_after)
            continue
        _separate(pieces, token, is_after)
        read_value(pieces, key)
        is_after = True
    return token


def _read_table(pieces: Pieces) -> None:
    begin = pieces.line
    pieces.take("{")
    pieces.open.append("{")
    keys: set[str] = set()
    is_after = True
    while (token := pieces.next()) is not None and token.text not in ("]", "}", ")"):
        if token.text in (",", ";"):
            is_after = _read_comma(pieces, token, is_after and bool(keys))
            continue
        _separate(pieces, token, is_after and bool(keys))
        key = read_key(pieces)
        if key in keys:
            raise NobodyCanTell(f"`{key}` stands twice in `{{ }}`", "take one of them out")
        keys.add(key)
        read_value(pieces, key)
        is_after = True
    if not is_after and keys:
        if token is not None and token.text == "}":
            pieces.slip("the last comma in `{ }` is one too many", "take it out", is_before=True)
        pieces.strike()
    if token is not None and token.text == "}" and begin != pieces.line:
        pieces.slip_at(begin, "what stands in `{ }` must be on one line", "join the lines")
    _finish(pieces, "{", token)


def _read_comma(pieces: Pieces, token: Token, is_after: bool) -> bool:
    """Go past a comma; it is written where it follows a value."""
    if token.text == ";":
        pieces.slip("between values stands a comma and no `;`", "write `,`")
    if is_after:
        following = pieces.text[token.start + 1 : token.start + 2]
        pieces.take("," if following.strip() in ("", *"]}),;") else ", ")
    else:
        pieces.slip("a comma is one too many", "take it out")
        pieces.position += 1
    return False


def _separate(pieces: Pieces, token: Token, is_after: bool) -> None:
    if is_after:
        reason = f"a comma is missing before `{shown(token.text)}`"
        pieces.slip(reason, "write one there", is_before=True)
        pieces.insert(",")


def _finish(pieces: Pieces, bracket: str, token: Token | None) -> None:
    pieces.open.pop()
    right, name = _CLOSING[bracket], _NAMES[bracket]
    around = {_CLOSING[one] for one in pieces.open}
    if token is not None and token.text == right:
        pieces.take(right)
    elif token is None or token.text in around:
        # The bracket of what is around it closes that, and this one was forgotten.
        mend = f"write `{right}` after its last value"
        pieces.slip(f"the {name} is not closed", mend, is_before=True)
        pieces.insert(right)
    else:
        if token.text != ")":
            pieces.slip(f"the {name} ends with `{token.text}`", f"write `{right}`")
        pieces.take(right)
