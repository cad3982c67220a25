"""Signs that only look better than those in the alphabet of carriers, and the plain ones."""

from __future__ import annotations

import re
import unicodedata

#: What stands for itself in the alphabet of carriers (GSM-7) in other clothes. Signs alone: a
#: letter of a name is never replaced by another letter.
_LOOK_ALIKES = {
    " ": "\u00a0\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))),
    "": "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff",
    "'": "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u00b4`",
    '"': "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u2039\u203a",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u2043\ufe58\ufe63",
    "/": "\u2044\u2215",
    "x": "\u00d7",
    "...": "\u2026",
    "..": "\u2025",
    "(TM)": "\u2122",
    "(R)": "\u00ae",
    "(C)": "\u00a9",
    "No.": "\u2116",
}
_PLAIN = {ord(sign): plain for plain, signs in _LOOK_ALIKES.items() for sign in signs}
# Full-width forms and Latin ligatures are their letters, only drawn otherwise.
_PLAIN |= {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0xFF01, 0xFF5F), *range(0xFB00, 0xFB07))
}

_FRACTION = re.compile("[\u00bc-\u00be\u2150-\u215e\u2189]")


def in_plain_signs(text: str) -> str:
    """The text with every look-alike in plain signs."""
    return _FRACTION.sub(_spelled, text).translate(_PLAIN)


def _spelled(fraction: re.Match[str]) -> str:
    before = fraction.string[fraction.start() - 1 : fraction.start()]
    # "1½" is not "11/2".
    return (" " if before.isdecimal() else "") + unicodedata.normalize("NFKC", fraction[0])
