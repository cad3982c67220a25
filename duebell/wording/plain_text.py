"""Text from records made fit for one line, and rendered texts made fit for carriers and readers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any

from duebell.wording.links import web_link
from duebell.wording.plain_signs import in_plain_signs
from duebell.wording.segments import Encoding, encoding_of

#: Characters of a name or number that a message shows.
MAX_NAME = 60

#: What is a name or a number where it is text, in any record.
_SHORTENED = frozenset(
    {
        *("name", "organization", "first_name", "last_name", "recipient", "client", "vendor"),
        *("number", "invoice_number", "po_number", "subject", "category"),
    }
)
_LINKS = frozenset({"share_link"})

#: Controls, line and paragraph separators: what could break a line or a terminal.
_BREAKING = frozenset({"Cc", "Zl", "Zp"})

#: Embeddings, overrides and isolates could turn round the words that follow a name. The marks
#: (U+200E, U+200F) and joiners stay: Arabic, Persian and emoji need them.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))

_JOINERS = "\u200d\ufe0f "

#: Two full stops where a name ends with one ("Alder Inc..") or was cut off ("Alder....").
_DOUBLED_STOP = re.compile(r"(?<![./])(\.|\.{3})\.(?=[\s<]|$)")

#: A blank before a comma or full stop, where a name before it is empty. In no language that
#: Duebell ships one stands there. Behind a link it stays: phones would take the stop for a part.
_LOOSE_STOP = re.compile(r"(?<=[^\s.,])[ \t]+(?=[.,](?:\s|$))")

#: No link is longer (https://www.rfc-editor.org/rfc/rfc9110#section-4.1 asks for 8000 of them).
_MAX_LINK = 8000


def clean_value(text: str) -> str:
    """A value of a record as one line of composed letters.

    There are no control characters in it, no lone surrogates, and single spaces.
    """
    if text.isascii() and text.isprintable():  # most of what stands in books
        return " ".join(text.split())
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    kept = unicodedata.normalize("NFC", whole).translate(_TURNING)
    spaced = (" " if unicodedata.category(c) in _BREAKING else c for c in kept)
    return " ".join("".join(spaced).split())


def clean_record(value: object, name: str = "") -> object:
    """A record whose texts are one line each, and names no longer than a message should show.

    A link in it that leads to anything but a page is left out.
    """
    if isinstance(value, tuple):
        return tuple(clean_record(part, name) for part in value)
    if isinstance(value, str):
        cleaned = web_link(clean_value(value)) if name in _LINKS else clean_value(value)
        return shorten(cleaned, MAX_NAME) if name in _SHORTENED else cleaned
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for field in fields(value):
        before = getattr(value, field.name)
        after = clean_record(before, field.name)
        if after is not before and after != before:
            changed[field.name] = after
    return replace(value, **changed) if changed else value


def shorten(text: str, limit: int) -> str:
    """The text in at most ``limit`` characters, with ``...`` where something was left out."""
    if len(text) <= limit:
        return text
    return text[: limit - 3].rstrip(_JOINERS) + "..."


def close_seams(text: str) -> str:
    """The text without the doubled stops and loose blanks of values put between words."""
    return _LOOSE_STOP.sub(_joined, _DOUBLED_STOP.sub(r"\1", text))


def _joined(match: re.Match[str]) -> str:
    before = match.string[max(match.start() - _MAX_LINK, 0) : match.start()]
    return match[0] if "://" in before.split()[-1] else ""


def close_seams_of_page(html: str) -> str:
    """The same for a page, on which blanks between elements are nobody's fault."""
    return _DOUBLED_STOP.sub(r"\1", html)


def tidy_message(text: str) -> str:
    """A rendered text message as it is sent: single spaces, no blank edges, composed letters.

    Look-alikes become plain signs where that makes the whole text cheaper, and only there: a text
    with a letter that doubles its price keeps its own signs.
    """
    composed = close_seams(unicodedata.normalize("NFC", text))
    plain = _tidy_lines(in_plain_signs(composed))
    return plain if encoding_of(plain) is Encoding.GSM7 else _tidy_lines(composed)


def tidy_body(text: str) -> str:
    """The plain text of an email: paragraphs kept, no blank edges, no more than one blank line."""
    return _tidy_lines(close_seams(unicodedata.normalize("NFC", text)))


def _tidy_lines(text: str) -> str:
    # Hard spaces stay: they hold an amount and its currency together.
    lines = (re.sub(r"[ \t]+", " ", line).strip(" \t") for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
