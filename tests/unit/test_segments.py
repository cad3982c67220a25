"""Segments are counted as carriers count them."""

from __future__ import annotations

import pytest

from duebell.wording.segments import (
    Encoding,
    count_segments,
    count_units,
    encoding_of,
    price_drivers,
)

_GSM, _UCS = Encoding.GSM7, Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("a" * 160, _GSM, 1),
        ("a" * 161, _GSM, 2),
        ("a" * 306, _GSM, 2),
        ("a" * 307, _GSM, 3),
        ("€" * 80, _GSM, 1),
        ("€" * 81, _GSM, 2),
        ("€" * 153, _GSM, 3),
        ("a" * 1600, _GSM, 11),
        ("👍" * 35, _UCS, 1),
        ("👍" * 36, _UCS, 2),
        ("👍" * 67, _UCS, 3),
        ("It\u2019s ok", _UCS, 1),
        ("я" * 1600, _UCS, 24),
        ("", _GSM, 0),
    ],
)
def test_published_cases(text: str, encoding: Encoding, segments: int) -> None:
    """Twilio's own calculator gives the same encoding and the same number of parts."""
    result = (encoding_of(text), count_segments(text))

    assert (encoding, segments) == result


def test_the_whole_alphabet_is_gsm() -> None:
    """Every character of the basic and the extended GSM alphabet stays in GSM-7."""
    basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà"
    extended = "^{}\\[]~|€\f"

    encoding = encoding_of(basic + extended)

    assert encoding == Encoding.GSM7


@pytest.mark.parametrize("character", ["ç", "`", "\t", "\u00a0", "ê", "á", "“", "😀"])
def test_one_foreign_character_changes_the_whole_text(character: str) -> None:
    """A single character outside the alphabet halves what fits into a part."""
    text = "a" * 100 + character

    segments = count_segments(text)

    assert (encoding_of(text), segments) == (Encoding.UCS2, 2)


def test_an_escaped_character_is_never_split() -> None:
    """A two-septet character that does not fit at the end of a part opens the next."""
    text = "a" * 152 + "€" + "a" * 152

    segments = count_segments(text)

    assert (sum(2 if c == "€" else 1 for c in text), segments) == (306, 3)


def test_units_are_utf16() -> None:
    """Twilio's limit counts an emoji twice."""
    units = count_units("a👍€")

    assert units == 4


@pytest.mark.parametrize(
    ("text", "drivers"),
    [
        ("Zoë pays ça and ça, 👍", ("ë", "ç", "👍")),
        ("Café à 5 € {ok}", ()),
        ("", ()),
        ("“Hello” – ½ 😀", ("😀",)),
        ("👩\u200d🔧 ❤\ufe0f", ("👩", "🔧", "❤")),
        ("“Hello”", ("“", "”")),
    ],
)
def test_what_doubles_the_price_is_named(text: str, drivers: tuple[str, ...]) -> None:
    """Each character that carriers have no cheap letter for is named once, in its order."""
    found = price_drivers(text)

    assert drivers == found
    assert bool(drivers) == (encoding_of(text) is Encoding.UCS2)
