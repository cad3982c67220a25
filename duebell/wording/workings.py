"""Python's complaints about what cannot be worked out, in words for whoever wrote the template."""

from __future__ import annotations

import re
from collections.abc import Callable

_NUMBER, _TEXT, _AMOUNT, _DAY, _NOTHING = "a number", "a text", "an amount", "a day", "nothing"

#: What people call the kinds of values, by Python's names of them.
_KINDS = {
    **dict.fromkeys(("int", "float", "complex", "Decimal"), _NUMBER),
    **dict.fromkeys(("str", "Markup"), _TEXT),
    **dict.fromkeys(("list", "tuple", "range", "set", "generator"), "a list"),
    "Money": _AMOUNT,
    "NoneType": _NOTHING,
    "bool": "a yes or no",
    "date": _DAY,
    "datetime": "a time",
    "timedelta": "a length of time",
    "dict": "a table of names",
}

_MISSING = "a value is missing in this record; ask first: `{% if ... %} ... {% endif %}`"
_COMPARED = "compare the number of an amount, as in `invoice.amount.amount > 100`"
_RECKONED = "reckon with the number of an amount, as in `invoice.outstanding.amount - 5`"
_COUNTED = "of days there are `days_past_due` and `days_until_due`"
_JOINED = 'join texts with `~`, as in `"No. " ~ invoice.number`'
_EXACT = "write no number with a dot beside it, as in `invoice.amount.amount * 19 / 100`"
_NO_TEXT = "take the quotation marks off a number, and join texts with `~`"


def in_plain_words(said: str) -> str:
    """The sentence about an error of Python, and its mend."""
    for pattern, words in _WORDS:
        if (match := pattern.search(said)) is not None:
            return words(match)
    return f"this cannot be worked out with the values of this record ({said}); mend this line"


def _kind(name: str) -> str:
    """What people call a kind of value; whatever has no word of its own is one of the records."""
    return _KINDS.get(name.rpartition(".")[2], "a record")


def _compared(match: re.Match[str]) -> str:
    left, right = _kind(match[2]), _kind(match[3])
    mend = _COMPARED if _AMOUNT in (left, right) else "compare two of the same kind"
    return _between(match[1], left, right, mend)


def _reckoned(match: re.Match[str]) -> str:
    sign = match[1].partition(" ")[0]
    left, right = _kind(match[2]), _kind(match[3])
    mend = "write two numbers"
    if _AMOUNT in (left, right):
        mend = _RECKONED
    elif _DAY in (left, right):
        mend = _COUNTED
    elif _TEXT in (left, right):
        mend = _JOINED if sign == "+" else _NO_TEXT
    elif left == right == _NUMBER:
        left, mend = "an exact number", _EXACT
    return _between(sign, left, right, mend)


def _between(sign: str, left: str, right: str, mend: str) -> str:
    if _NOTHING in (left, right):
        return _MISSING
    both = f"two {left.partition(' ')[2]}s" if left == right else f"{left} and {right}"
    return f"`{sign}` does not work between {both}; {mend}"


def _joined(match: re.Match[str]) -> str:
    return _between("+", _kind(match[1]), _kind(match[2]), _JOINED)


def _multiplied(match: re.Match[str]) -> str:
    return _between("*", "a text or list", _kind(match[1]), _NO_TEXT)


def _signed(match: re.Match[str]) -> str:
    kind = _kind(match[2])
    if kind == _NOTHING:
        return _MISSING
    mend = _RECKONED if kind == _AMOUNT else "take it out"
    return f"`{match[1]}` does not work before {kind}; {mend}"


def _called(match: re.Match[str]) -> str:
    return f"this is {_kind(match[1])} and no function; take the brackets `( )` behind it out"


def _gone_through(match: re.Match[str]) -> str:
    kind = _kind(match[1])
    if kind == _NOTHING:
        return _MISSING
    return f"a list is needed here, such as `invoice.lines`, and this is {kind}; name a list"


def _looked_into(match: re.Match[str]) -> str:
    kind = _kind(match[1])
    if kind == _NOTHING:
        return _MISSING
    return f"`in` looks into a text or a list, and this is {kind}; name a text or a list"


_Words = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_WORDS: tuple[_Words, ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"^'(\S+)' not supported between instances of '(.+)' and '(.+)'", _compared),
        (r"^unsupported operand type\(s\) for (.+): '(.+)' and '(.+)'", _reckoned),
        (r"^can only concatenate (\S+) \(not \"(.+)\"\)", _joined),
        (r"^can't multiply sequence by non-int of type '(.+)'", _multiplied),
        (r"^bad operand type for unary (.): '(.+)'", _signed),
        (r"^'(.+)' object is not callable", _called),
        (r"^'(.+)' object is not iterable", _gone_through),
        (r"^cannot unpack non-iterable (\S+) object", _gone_through),
        (r"^argument of type '(.+)' is not ", _looked_into),
        (r"^Range too big", lambda _: "`range` counts too far for a message; write a smaller one"),
        (
            r"^not all arguments converted|^not enough arguments for format",
            lambda _: (
                "a text before `%` has another number of places `%s` than are given; " + _JOINED
            ),
        ),
    )
)
