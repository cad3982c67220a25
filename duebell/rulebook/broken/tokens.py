"""The words, texts and brackets of a TOML statement that may be wrong.

``tomllib`` stops at the first thing that it cannot read. These tokens are what people write, with
typographic quotes, quotes that nobody closed and blanks that nobody sees.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum

_OPENING = "“”„‟«»‘’‚‛`´"
_DOUBLE = "“”„‟«»"

#: What cannot be seen, or looks like a blank and is none: web pages and word processors put it in.
_INVISIBLE = r"\u00a0\u2007\u200b\u202f\u3000\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f"


class Kind(StrEnum):
    """What a token is."""

    BLANK = "blank"
    INVISIBLE = "invisible"
    NEWLINE = "newline"
    REMARK = "remark"
    TEXT = "text"
    TYPOGRAPHIC = "typographic"
    UNCLOSED = "unclosed"
    MARK = "mark"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a statement, and at which character of it the piece begins."""

    kind: Kind
    text: str
    start: int

    @property
    def inner(self) -> str:
        """What stands between the quotes of a text."""
        return self.text.strip(f"\"'{_OPENING}")


_PATTERNS = (
    (Kind.NEWLINE, r"\n"),
    (Kind.BLANK, r"[ \t\r]+"),
    (Kind.INVISIBLE, f"[{_INVISIBLE}]+"),
    (Kind.REMARK, r"#[^\n]*"),
    (Kind.TEXT, r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'[\s\S]*?\'{3,5}'),
    (Kind.TEXT, r'"(?:[^"\\\n“”„]|\\.|[“”„](?=[^\n]*[^\s,\]}][^\n]*"))*"'),
    (Kind.TEXT, r"'[^'\n]*'"),
    # One that begins straight and ends typographically, or the other way round, is no other thing.
    (Kind.TYPOGRAPHIC, rf'[{_DOUBLE}][^{_DOUBLE}"\n]*[{_DOUBLE}"]'),
    (Kind.TYPOGRAPHIC, r"[‘’‚‛`´][^‘’‚‛`´'\n]*[‘’‚‛`´']"),
    (Kind.TYPOGRAPHIC, rf'"[^"{_DOUBLE}\n]*[{_DOUBLE}](?=\s*(?:[,\]}}#\n]|$))'),
    (Kind.UNCLOSED, rf"[\"'{_OPENING}][^\n]*?(?=[\]}}\s,]*(?:#[^\n]*)?(?:\n|$))"),
    (Kind.MARK, r":(?=[\s\"'“]|$)|[\[\]{}(),;=]"),
    (Kind.WORD, rf"(?:[^\s\[\]{{}}(),;=#:\"'{_OPENING}{_INVISIBLE}]|:(?=[^\s\"'“]))+"),
    (Kind.WORD, r"[\s\S]"),
)
_TOKEN = re.compile(
    "|".join(f"(?P<t{number}>{pattern})" for number, (_, pattern) in enumerate(_PATTERNS))
)


def tokens_of(text: str) -> list[Token]:
    """Everything that stands in a text, so that the pieces together are the text."""
    return [
        Token(_PATTERNS[int((found.lastgroup or "t0")[1:])][0], found[0], found.start())
        for found in _TOKEN.finditer(text)
    ]


def is_toml(text: str) -> bool:
    """Whether a text can be read as it is."""
    return toml_fault(text) is None


def toml_fault(text: str) -> str | None:
    """What ``tomllib`` says of a text; None where it is right."""
    try:
        tomllib.loads(text)
    except RecursionError:
        return "nested too deep"
    except ValueError as error:
        return str(error)
    return None


def in_quotes(text: str) -> str:
    """A text as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
