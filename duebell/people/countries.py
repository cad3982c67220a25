"""Countries as people write them in FreshBooks ("Canada", "Deutschland", "GB") as ISO regions."""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches
from functools import lru_cache

from babel import Locale
from babel.core import get_global

#: The languages whose names of countries are understood, the most trusted first.
_LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt", "da", "sv", "nb", "pl")

#: Codes in the same list that stand for groups of countries, or for none.
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "ZZ"})

_LONGEST_CODE = 3
_NEAR = 0.75

#: What people and FreshBooks' own list write besides the names that Unicode's CLDR has.
_ALSO: dict[str, str] = {
    "america": "US",
    "usa": "US",
    "united states of america": "US",
    "united kingdom of great britain and northern ireland": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "republic of ireland": "IE",
    "eire": "IE",
    "czech republic": "CZ",
    "hong kong": "HK",
    "macau": "MO",
    "turkey": "TR",
    "cape verde": "CV",
    "swaziland": "SZ",
    "ivory coast": "CI",
    "korea republic of": "KR",
    "south korea": "KR",
    "russian federation": "RU",
    "viet nam": "VN",
    "taiwan province of china": "TW",
    "moldova republic of": "MD",
    "tanzania united republic of": "TZ",
    "bolivia plurinational state of": "BO",
    "venezuela bolivarian republic of": "VE",
    "brunei darussalam": "BN",
}


def region_of(country: str) -> str | None:
    """The ISO 3166 alpha-2 code of a country's name or code, or ``None`` if it is not known."""
    return _regions().get(_fold(country))


def nearest_region(country: str) -> tuple[str, str] | None:
    """The code and the English name of the country that a misspelt name may mean."""
    names = [name for name in _regions() if len(name) > _LONGEST_CODE]
    close = get_close_matches(_fold(country), names, n=1, cutoff=_NEAR)
    if not close:
        return None
    code = _regions()[close[0]]
    return code, str(Locale.parse("en").territories[code])


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    """Folded name or code → region, for some 3000 names; about 50 ms, once in a process."""
    english = Locale.parse("en").territories
    codes = [code for code in map(str, english) if len(code) == 2 and code not in _NO_COUNTRY]
    found = {_fold(code): code for code in codes}
    for alias, regions in get_global("territory_aliases").items():
        if alias.isalpha() and len(regions) == 1 and regions[0] in codes:
            found.setdefault(_fold(alias), regions[0])
    found.update(_ALSO)
    for language in _LANGUAGES:
        names = Locale.parse(language).territories
        for code in codes:
            found.setdefault(_fold(str(names.get(code, code))), code)
    return found


def _fold(name: str) -> str:
    """Lower case, without accents and punctuation: ``"U.S.A."`` and ``"usa"`` are one name."""
    letters = unicodedata.normalize("NFKD", name.replace(".", "")).casefold()
    bare = (character for character in letters if not unicodedata.combining(character))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())
