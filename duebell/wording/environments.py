"""The Jinja2 environments in which templates are rendered, and the filters that they have.

Everything runs in a sandbox, and a value that is not there is an error and never a gap.
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from babel import Locale
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from duebell.domain.books import Money
from duebell.wording.links import web_link
from duebell.wording.locales import (
    DAY_LENGTHS,
    format_day,
    format_days,
    format_distance,
    format_money,
)

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END = "\u2068", "\u2069"


class Environments:
    """One environment for each way to write, so that filters know it even in imported macros.

    ``locale`` is how the reader writes money and days, ``words`` the language of the template's own
    words. In HTML everything is escaped, whatever file it comes from.
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = tuple(directories)
        self._known: dict[tuple[str, str, bool], ImmutableSandboxedEnvironment] = {}

    def get(self, locale: Locale, words: Locale, *, html: bool) -> ImmutableSandboxedEnvironment:
        """The environment for this reader and kind of file."""
        key = (str(locale), str(words), html)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._build(locale, words, html=html)
        return known

    def _build(self, locale: Locale, words: Locale, *, html: bool) -> ImmutableSandboxedEnvironment:
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self._directories),
            undefined=StrictUndefined,
            # Not by the name of the file: a text that an HTML file includes is HTML, too.
            autoescape=html,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalizer(locale, html=html),
        )
        environment.filters["money"] = lambda value: _money(value, locale)
        environment.filters["date"] = lambda value, length="medium": _day(value, locale, length)
        environment.filters["days"] = lambda value: format_days(_count(value, "days"), words)
        environment.filters["relative"] = lambda value: format_distance(
            _count(value, "relative"), words
        )
        environment.filters["link"] = _link
        return environment


def _finalizer(locale: Locale, *, html: bool) -> Callable[[object], object]:
    def finalize(value: object) -> object:
        """What ``{{ value }}`` shows: money and days in the client's way, and never "None"."""
        if isinstance(value, Money):
            return _money(value, locale)
        if isinstance(value, date):
            return _day(value, locale, "medium")
        if value is None:
            raise ValueError("a value is missing in the record; test it first with {% if ... %}")
        # Of exactly this type: what is markup already is left as it is.
        return _isolated(value) if html and type(value) is str else value

    return finalize


def _isolated(text: str) -> str:
    """A right-to-left name keeps to itself, so that it does not turn the words beside it round.

    https://www.w3.org/International/questions/qa-bidi-unicode-controls
    """
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return f"{_ISOLATE}{text}{_END}"
    return text


def _money(value: object, locale: Locale) -> str:
    if not isinstance(value, Money):
        raise TypeError("the filter `money` needs an amount such as invoice.amount")
    try:
        return format_money(value, locale)
    except ArithmeticError as error:
        raise ValueError("the amount has too many digits") from error


def _day(value: object, locale: Locale, length: str) -> str:
    if not isinstance(value, date):
        raise TypeError("the filter `date` needs a day such as invoice.due_on")
    for known in DAY_LENGTHS:
        if known == length:
            return format_day(value, locale, known)
    raise ValueError(f"the filter `date` takes one of {', '.join(DAY_LENGTHS)}, not `{length}`")


def _count(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"the filter `{name}` needs a number of days such as days_past_due")
    return value


def _link(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("the filter `link` needs the address of a page such as invoice.share_link")
    return web_link(value)
