"""Values as a spreadsheet may open them: none is taken for a formula.

See https://owasp.org/www-community/attacks/CSV_Injection. What people typed elsewhere, an invoice's
number for example, comes into a file that somebody opens with Excel.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: With these a formula begins, in their wide forms as well.
_BEGINNINGS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"\s*[{_BEGINNINGS}]|[\t\r\n]")
#: Where a spreadsheet takes other signs than the comma for the end of a cell.
_INNER = re.compile(rf"([;\t\r\n]\s*)(?=[{_BEGINNINGS}])")
#: What neither of them can be in: nearly every cell is such a one.
_HARMLESS = re.compile(rf"[^\s{_BEGINNINGS};][^;\t\r\n]*").fullmatch


@lru_cache(4_096)  # most columns repeat a few values
def harmless(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would calculate."""
    if _HARMLESS(text):
        return text
    text = _INNER.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text
