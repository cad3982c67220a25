"""The key of a statement, and the ``=`` after it, as people may write them."""

from __future__ import annotations

import re

from duebell.rulebook.broken.pieces import TEXTS, NobodyCanTell, Pieces
from duebell.rulebook.broken.tokens import Kind, Token, in_quotes, tokens_of
from duebell.rulebook.broken.words import shown

_BARE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_BULLETS = frozenset({"-", "*", "•"})


def read_key(pieces: Pieces) -> str:
    """Go past a key and its ``=``.

    Raises:
        NobodyCanTell: where there is no key, or nothing like a ``=``.
    """
    token = pieces.next()
    if token is not None and token.text in _BULLETS:
        pieces.slip(f"the `{token.text}` before the key is one too many", "take it out")
        pieces.position += 1
        token = pieces.next()
    if token is not None and token.kind in TEXTS:
        name = token.inner
        pieces.take_text(token)
    else:
        name = _read_words(pieces)
    _read_equals(pieces, name)
    return name


def key_of(statement: str) -> str:
    """The key of a right statement; empty where there is none."""
    key, told = "", (Kind.WORD, Kind.TEXT)
    for token in tokens_of(statement):
        if token.text == "=":
            return key
        key += token.inner if token.kind in told else ""
    return ""


def _read_words(pieces: Pieces) -> str:
    words: list[str] = []
    end = pieces.position
    for place, token in enumerate(pieces.tokens[pieces.position :], start=pieces.position + 1):
        if token.kind is Kind.WORD:
            words.append(token.text)
            end = place
        elif token.kind not in (Kind.BLANK, Kind.INVISIBLE):
            break
    else:
        token = None
    name, joined = " ".join(words), "_".join(words)
    if len(words) > 1 or not words:
        _refuse_prose(name, token)
    written = name
    if len(words) > 1 and _BARE.fullmatch(joined):
        pieces.slip("a key has no blanks in it", f"write `{joined}`")
        name = written = joined
    elif not _BARE.fullmatch(name):
        _refuse_prose(name, token)
        written = in_quotes(name)
        pieces.slip(f"the key `{shown(name)}` needs quotes", f"write `{written}`")
    pieces.position = end - 1
    pieces.take(written)
    return name


def _refuse_prose(name: str, after: Token | None) -> None:
    """Words are a key only where something like a ``=`` comes after them."""
    if not name or after is None or after.text not in ("=", ":"):
        raise _no_statement(name)


def _read_equals(pieces: Pieces, name: str) -> None:
    token = pieces.next()
    if token is not None and token.text == "=":
        pieces.take("=")
        if (after := pieces.next()) is not None and after.text == "=":
            pieces.slip("one `=` is enough", "take the other one out")
            pieces.position += 1
    elif token is not None and token.text == ":":
        pieces.slip(f"after `{shown(name)}` comes a `=` and no `:`", "write `=`")
        pieces.take(" =")
    elif token is not None and (token.kind in TEXTS or token.text in ("[", "{")):
        pieces.slip(f"a `=` is missing after `{shown(name)}`", "write it")
        pieces.insert(" =")
    else:
        raise _no_statement(name)


def _no_statement(name: str) -> NobodyCanTell:
    key, colon, value = name.partition(":")
    if colon and _BARE.fullmatch(key):
        mend = f"write `{key} = {in_quotes(value.strip())}`"
        return NobodyCanTell(f"after `{key}` comes a `=` and no `:`", mend)
    says = f"`{shown(name)}` alone says nothing" if name else "this line cannot be read"
    return NobodyCanTell(says, "write `key = value`, or begin a remark with `#`")
