"""Numbers as people and logs may read them: the one form in which all are masked."""

from __future__ import annotations

import re

DOTS = "•••••"

#: Fewer digits than this would show most of the number with the last four.
_LEAST_DIGITS = 8

#: A calling code: one digit or two of those that are given out so, else three.
#: https://www.itu.int/pub/T-SP-E.164D
_CODE = re.compile(
    r"\+(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}|\d*)", re.ASCII
)


def mask_number(number: str) -> str:
    """Show a number in E.164 as ``+1•••••0101``; what is masked already stays as it is."""
    if DOTS in number:
        return number
    code = _CODE.match(number)
    if code is None:
        return DOTS
    own = number[code.end() :]
    return f"{code[0]}{DOTS}{own[-4:] if len(own) >= _LEAST_DIGITS else ''}"
