"""How a client reads money and days: the locale of a record, and formatting by it (CLDR)."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, get_currency_precision
from babel.units import format_unit

from duebell.domain.books import Money
from duebell.people.countries import region_of

#: How long a day is written: ``10/31/26``, ``Oct 31, 2026``, ``October 31, 2026``.
DayLength = Literal["short", "medium", "long", "full"]

DAY_LENGTHS: tuple[DayLength, ...] = ("short", "medium", "long", "full")

_FALLBACK = "en"

#: Tags become parts of file names, so nothing else is taken for a language.
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")

#: CLDR wants a space between a currency's letters and the number, which Babel does not set.
#: https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def language_tags(*languages: str) -> tuple[str, ...]:
    """The first readable language, most specific first: ``"pt_BR"`` gives ``("pt-br", "pt")``."""
    stated = (language.strip().lower().replace("_", "-") for language in languages)
    tag = next((language for language in stated if _TAG.fullmatch(language)), _FALLBACK)
    parts = tag.split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def locale_for(tags: tuple[str, ...], *countries: str) -> Locale:
    """The locale of a language (as :func:`language_tags` gives it) in the first known country.

    A region in the language itself (``en-gb``) wins over the countries. What CLDR does not know is
    left out, and a language it does not know is English.
    """
    base = tags[-1]
    regions = [region for region in map(region_of, countries) if region is not None]
    candidates = [*tags[:-1], *(f"{base}-{region}" for region in regions), base]
    if _parse(base) is None:
        candidates = [f"{_FALLBACK}-{region}" for region in regions]
    for candidate in candidates:
        locale = _parse(candidate)
        if locale is not None:
            return locale
    return Locale.parse(_FALLBACK)


def format_money(money: Money, locale: Locale) -> str:
    """An amount with its currency, with as many decimals as the currency has.

    Raises:
        ValueError: if the amount is not finite or there is no ISO 4217 code.
        decimal.InvalidOperation: if the amount has more digits than decimals can hold (28).
    """
    code = money.currency.strip().upper()
    if not money.amount.is_finite():
        raise ValueError("the amount is not a number")
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise ValueError("the amount has no currency code of three letters")
    # Adding 0 drops the sign of an amount that rounds to nothing, which would read "-$0.00".
    amount = round(money.amount, get_currency_precision(code)) + 0
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", format_currency(amount, code, locale=locale))


def format_day(day: date, locale: Locale, length: DayLength = "medium") -> str:
    """A calendar day in words of the locale."""
    return format_date(day, length, locale=locale)


def format_days(count: int, locale: Locale) -> str:
    """A number of days in words: ``1 day``, ``5 Tage``."""
    return format_unit(count, "duration-day", length="long", locale=locale)


def format_distance(days: int, locale: Locale) -> str:
    """How far away a day is: ``today``, ``tomorrow``, ``in 5 days``, ``5 days ago``."""
    words = _NEAR.get(locale.language, {})
    if days in words:
        return words[days]
    # Without the threshold seven days would be a week.
    return format_timedelta(
        timedelta(days=days),
        granularity="day",
        threshold=float("inf"),
        add_direction=True,
        locale=locale,
    )


#: CLDR's words for near days, which Babel does not carry; other languages say "in 1 day".
_NEAR: Mapping[str, Mapping[int, str]] = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "fr": {-1: "hier", 0: "aujourd’hui", 1: "demain"},
    "de": {-1: "gestern", 0: "heute", 1: "morgen"},
    "es": {-1: "ayer", 0: "hoy", 1: "mañana"},
    "it": {-1: "ieri", 0: "oggi", 1: "domani"},
    "nl": {-1: "gisteren", 0: "vandaag", 1: "morgen"},
    "pt": {-1: "ontem", 0: "hoje", 1: "amanhã"},
}


def direction_of(tag: str) -> str:
    """Which way a language is written, as HTML's ``dir`` has it: ``ltr`` or ``rtl``."""
    locale = _parse(tag)
    return "rtl" if locale is not None and locale.text_direction == "rtl" else "ltr"


@functools.lru_cache(maxsize=1024)  # reading one takes longer than rendering a message
def _parse(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return None
