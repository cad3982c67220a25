"""FreshBooks' pages: counted from one, at most a hundred rows, whatever was asked for.

https://www.freshbooks.com/api/parameters
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from duebell.sandbox.freshbooks_errors import BooksError

DEFAULT_ROWS = 15
MOST_ROWS = 100

Row = TypeVar("Row")


def page_of(rows: Sequence[Row], query: dict[str, str]) -> tuple[Sequence[Row], dict[str, int]]:
    """The rows of the page that was asked for, and the numbers that stand beside them.

    Raises:
        BooksError: if page or per_page is no number.
    """
    page = max(_number(query, "page", 1, 1014), 1)
    per_page = min(_number(query, "per_page", DEFAULT_ROWS, 1013), MOST_ROWS) or DEFAULT_ROWS
    pages = -(-len(rows) // per_page)
    first = (page - 1) * per_page
    numbers = {"page": page, "pages": pages, "per_page": per_page, "total": len(rows)}
    return rows[first : first + per_page], numbers


def _number(query: dict[str, str], name: str, default: int, errno: int) -> int:
    word = query.get(name, "")
    if not word:
        return default
    if not word.isdecimal():
        raise BooksError(422, errno, f"Bad {name}.", field=name, value=word)
    return int(word)
