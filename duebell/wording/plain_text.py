"""Text from records made fit for one line of a text message, and texts made fit for carriers."""

from __future__ import annotations

import re
import unicodedata

#: Controls, line and paragraph separators: what could break a line or a terminal.
_BREAKING = frozenset({"Cc", "Zl", "Zp"})

#: Embeddings, overrides and isolates could turn round the words that follow a name. The marks
#: (U+200E, U+200F) and joiners stay: Arabic, Persian and emoji need them.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))

#: Look-alikes in the alphabet of carriers (GSM-7). One of the left column doubles a text's price.
_PLAIN = str.maketrans(
    {
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
    }
)

_JOINERS = "\u200d\ufe0f "


def clean_value(text: str) -> str:
    """A value of a record as one line: no control characters, no lone surrogates, single spaces."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    kept = whole.translate(_TURNING)
    spaced = (" " if unicodedata.category(c) in _BREAKING else c for c in kept)
    return " ".join("".join(spaced).split())


def shorten(text: str, limit: int) -> str:
    """The text in at most ``limit`` characters, with ``...`` where something was left out."""
    if len(text) <= limit:
        return text
    return text[: limit - 3].rstrip(_JOINERS) + "..."


def tidy_message(text: str) -> str:
    """A rendered message as it is sent: plain punctuation, single spaces, no blank edges."""
    lines = (" ".join(line.split()) for line in text.translate(_PLAIN).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
