"""The filters of templates: ours, and Jinja2's own with faults that say which filter it was.

https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any

from babel import Locale
from jinja2 import TemplateError, TemplateRuntimeError, Undefined
from jinja2.filters import FILTERS

from duebell.domain.books import Money
from duebell.wording.links import web_link
from duebell.wording.locales import (
    DAY_LENGTHS,
    format_day,
    format_days,
    format_distance,
    format_money,
)

Filter = Callable[..., Any]

#: Python begins its words about arguments with the name of a function, which nobody has written.
_FUNCTION = re.compile(r"^[\w.<>]+\(\) ")


class Misused(TemplateRuntimeError):
    """A filter was given what it cannot work with; the message is a sentence for the author."""


class NoValue(TemplateRuntimeError):
    """A template shows a value that the record does not have."""


def filters_for(locale: Locale, words: Locale) -> dict[str, Filter]:
    """All filters: money and days as the reader writes them, counts in the template's words."""
    return {
        **_JINJAS,
        "abs": _ours("abs", _without_sign),
        "money": _ours("money", lambda value: money(value, locale)),
        "date": _ours("date", lambda value, length="medium": day(value, locale, length), 1),
        "days": _ours("days", lambda value: format_days(_count(value, "days"), words)),
        "relative": _ours(
            "relative", lambda value: format_distance(_count(value, "relative"), words)
        ),
        "link": _ours("link", _link),
    }


def money(value: object, locale: Locale) -> str:
    """An amount as the reader writes it."""
    if not isinstance(value, Money):
        raise Misused("the filter `money` needs an amount such as `invoice.amount`")
    try:
        return format_money(value, locale)
    except ArithmeticError as error:
        raise Misused("the amount has too many digits; mend it in FreshBooks") from error
    except ValueError as error:
        raise Misused(f"{error}; mend it in FreshBooks") from error


def day(value: object, locale: Locale, length: object = "medium") -> str:
    """A day as the reader writes it."""
    if not isinstance(value, date):
        raise Misused("the filter `date` needs a day such as `invoice.due_on`")
    for known in DAY_LENGTHS:
        if known == length:
            return format_day(value, locale, known)
    lengths = ", ".join(DAY_LENGTHS)
    raise Misused(f'the filter `date` takes one of {lengths}, as in `date("long")`, not `{length}`')


def _count(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misused(f"the filter `{name}` needs a number of days such as `days_past_due`")
    return value


def _link(value: object) -> str:
    if not isinstance(value, str):
        raise Misused("the filter `link` needs the address of a page such as `invoice.share_link`")
    return web_link(value)


def _without_sign(value: Any) -> object:
    if isinstance(value, Money):
        return replace(value, amount=abs(value.amount))
    try:
        return abs(value)
    except TypeError as error:
        raise Misused(
            "the filter `abs` needs an amount or a number such as `payment.amount`"
        ) from error


def _ours(name: str, function: Filter, most: int = 0) -> Filter:
    def run(value: object, *args: object, **kwargs: object) -> object:
        if isinstance(value, Undefined):
            str(value)  # raises: the name that is not there is the fault, not the filter
        if value is None:
            raise NoValue
        if kwargs or len(args) > most:
            takes = f"one argument, as in `{name}(...)`" if most else "no argument"
            raise Misused(f"the filter `{name}` takes {takes}")
        return function(value, *args)

    return run


def _with_its_name(name: str, function: Filter) -> Filter:
    # The copy keeps the marks by which Jinja2 hands its environment to some filters.
    @wraps(function)
    def run(*args: object, **kwargs: object) -> object:
        try:
            return function(*args, **kwargs)
        except TemplateError:
            raise
        except Exception as error:
            if any(isinstance(one, Money) for one in args):
                mend = f"use its number, as in `invoice.amount.amount | {name}`"
                raise Misused(f"the filter `{name}` does not work on an amount; {mend}") from error
            said = _FUNCTION.sub("it ", str(error) or type(error).__name__)
            raise Misused(
                f"the filter `{name}` cannot work like this ({said}); mend what stands before it,"
                " or its arguments"
            ) from error

    return run


_JINJAS: Mapping[str, Filter] = {
    name: _with_its_name(name, function) for name, function in FILTERS.items()
}
