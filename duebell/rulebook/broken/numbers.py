"""Numbers as people write them: with commas, currencies, percent and other kinds of minus."""

from __future__ import annotations

import re

from duebell.rulebook.places import AMOUNTS

_MONEY = r"(?:[A-Z]{0,3}[$€£¥]|[A-Z]{3})"
_AMOUNT = re.compile(rf"(-?)\s*(?:{_MONEY})?\s*(-?\d(?:[\d., \u00a0]*\d)?)\s*(?:{_MONEY})?")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_MINUS = re.compile(r"(?:[-\u2010-\u2015\u2212]|minus\b)\s*(?=\S)", re.IGNORECASE)
_DAYS = re.compile(r"\s*days?$", re.IGNORECASE)
_PLAIN = re.compile(r"-?0*(\d+(?:\.\d+)?)")
_ENGLISH = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CONTINENTAL = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)|-?\d{1,3}(?:\.\d{3}){2,}")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")

#: Numbers with commas in them, which in a list of numbers part two of them.
_WITH_COMMAS = rf"(?:{_MONEY}\s?)?-?\d[\d. ]*(?:,\d+)+(?:\.\d+)?(?:\s?{_MONEY})?"
#: By the bracket that is open around them.
WITH_COMMAS = {
    "": re.compile(rf"{_WITH_COMMAS}(?=\s*(?:#|\n|$))"),
    "{": re.compile(rf"{_WITH_COMMAS}(?=\s*(?:[,}}#\n]|$))"),
}


def number_of(word: str, key: str) -> str | None:
    """A number as TOML and its readers have it; None where the word is none."""
    if found := _PERCENT.fullmatch(word):
        return f"{float(found[1]) / 100:g}"
    word = _MINUS.sub("-", word, count=1) if _MINUS.match(word) else word
    if key == "days":
        word = _DAYS.sub("", word)
    if key in AMOUNTS and (found := _AMOUNT.fullmatch(word)):
        return _plain(found[1] + re.sub(r"[ \u00a0](?=\d{3}(?!\d))", "", found[2]))
    return _plain(word)


def _plain(word: str) -> str | None:
    if _ENGLISH.fullmatch(word):
        word = word.replace(",", "")
    elif _CONTINENTAL.fullmatch(word):
        word = word.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(word):
        word = word.replace(",", ".")
    found = _PLAIN.fullmatch(word)
    return f"{'-' * word.startswith('-')}{found[1]}" if found else None
