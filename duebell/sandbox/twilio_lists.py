"""Twilio's list of messages: its filters, its pages and when a text begins to stand in it.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import urlencode

from duebell.sandbox.exchange import Call
from duebell.sandbox.state import Text
from duebell.sandbox.twilio_wire import text_wire

#: Both ends are included. Texts that were not sent yet have no date and so fall out.
_DATE_FILTERS: dict[str, Callable[[str, str], bool]] = {
    "DateSent": operator.eq,
    "DateSent<": operator.le,
    "DateSent>": operator.ge,
}

DEFAULT_ROWS = 50
MOST_ROWS = 1000


def page_of_texts(call: Call, newest_first: Iterable[Text], before: float) -> dict[str, object]:
    """The page that a call asks for; texts made after ``before`` are not listed yet."""
    query = call.query()
    rows = [text for text in newest_first if text.created <= before and _is_wanted(text, query)]
    token = query.get("PageToken", "").removeprefix("PA")
    first = next((place + 1 for place, row in enumerate(rows) if row.sid == token), 0)
    size = _page_size(query.get("PageSize", ""))
    return _envelope(call, query, rows[first : first + size + 1], size)


def _page_size(word: str) -> int:
    return max(1, min(int(word), MOST_ROWS)) if word.isdecimal() else DEFAULT_ROWS


def _is_wanted(text: Text, query: dict[str, str]) -> bool:
    # Filters that Twilio does not know (Status, DateCreated, ...) are ignored, not refused.
    if query.get("From", text.sender) != text.sender:
        return False
    for name, fits in _DATE_FILTERS.items():
        asked = query.get(name)
        if asked and (text.sent is None or not fits(_moment(text.sent, asked), asked)):
            return False
    return True


def _moment(sent: float, asked: str) -> str:
    # A day is compared with the day, a time with the time; both are written in GMT.
    return datetime.fromtimestamp(sent, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")[: len(asked)]


def _envelope(
    call: Call, query: dict[str, str], rows_and_one: list[Text], size: int
) -> dict[str, object]:
    rows = rows_and_one[:size]
    number = int(query.get("Page", "0")) if query.get("Page", "0").isdecimal() else 0
    kept = {name: value for name, value in query.items() if name not in ("Page", "PageToken")}
    kept["PageSize"] = str(size)
    following = None
    if len(rows_and_one) > size:
        where = {**kept, "Page": str(number + 1), "PageToken": f"PA{rows[-1].sid}"}
        following = f"{call.path}?{urlencode(where)}"
    return {
        "messages": [text_wire(text) for text in rows],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(rows) - 1, 0),
        "uri": f"{call.path}?{urlencode({**kept, 'Page': str(number)})}",
        "first_page_uri": f"{call.path}?{urlencode({**kept, 'Page': '0'})}",
        "next_page_uri": following,
        "previous_page_uri": None,
    }
