"""How many parts carriers make of a text message, which is what is paid and paced.

A message in the GSM 03.38 alphabet has 160 septets in one part, or 153 in each of several; any
other has 70 UTF-16 units, or 67. Neither a surrogate pair nor an escaped character is ever split
over two parts, so parts are filled greedily and not divided out.
https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from duebell.domain.failures import RenderingFailed
from duebell.wording.plain_signs import in_plain_signs

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

#: These take two septets: an escape and a character.
_EXTENDED = frozenset("^{}\\[]~|€\f")

_ALPHABET = _BASIC | _EXTENDED


class Encoding(StrEnum):
    """The alphabet a carrier sends a text in; one foreign character decides for the whole text."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


#: Units in a message of one part, and in each part of a longer one.
_ROOM = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


def encoding_of(text: str) -> Encoding:
    """The encoding that carriers choose for this text."""
    fits = _ALPHABET.issuperset(text)
    return Encoding.GSM7 if fits else Encoding.UCS2


def price_drivers(text: str) -> tuple[str, ...]:
    """The characters that double the price of this text, each once; none where it is GSM-7.

    Signs that would become plain ones were it not for the others are to blame for nothing.
    """
    return _foreign(in_plain_signs(text)) or _foreign(text)


def _foreign(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in text if one not in _ALPHABET))


def count_units(text: str) -> int:
    """The length in UTF-16 units, by which Twilio limits a message (1600)."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


def count_segments(text: str) -> int:
    """The number of parts a carrier sends, and Twilio charges, for this text; 0 for none."""
    encoding = encoding_of(text)
    single, part = _ROOM[encoding]
    if encoding is Encoding.GSM7:
        sizes = [2 if character in _EXTENDED else 1 for character in text]
    else:
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    if sum(sizes) <= single:
        return 1 if sizes else 0
    return _fill(sizes, part)


def _fill(sizes: Iterable[int], room: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts


def check_length(body: str, segments: int, most: int | None) -> None:
    """Keep to the cap of the rule.

    Raises:
        RenderingFailed: with the number of segments, and the characters that make it dear.
    """
    if most is None or segments <= most:
        return
    dear = price_drivers(body)
    why = f" because of {' '.join(dear)}" if dear else ""
    raise RenderingFailed(f"the text has {segments} segments{why}; the rule allows {most}")
