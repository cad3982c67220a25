"""Twilio Email's list of emails: its filters and its pages, newest first.

https://docs.comms.twilio.com/api-reference
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from duebell.sandbox.exchange import Call
from duebell.sandbox.state import Email
from duebell.sandbox.twilio_email_wire import email_wire

DEFAULT_ROWS = 50
MOST_ROWS = 1000

_DAY_SECONDS = 86400


class BadFilter(ValueError):
    """A filter that cannot be read; the message says which."""


def tags_in(query: dict[str, str]) -> dict[str, str]:
    """The filter ``tags``, which is written ``key:value;key:value;``.

    Raises:
        BadFilter: if it is not.
    """
    pairs = [part.partition(":") for part in query.get("tags", "").split(";") if part]
    if not all(key and colon for key, colon, _ in pairs):
        raise BadFilter("tags")
    return {key: value for key, _, value in pairs}


def page_of_emails(
    call: Call, newest_first: Iterable[Email], indexed_before: float, *, next_is_link: bool
) -> dict[str, Any]:
    """The page that a call asks for; by tag, only what was made before then is found.

    ``next_is_link`` writes the way to the next page as a path instead of a token; which of them it
    is, nobody documents.

    Raises:
        BadFilter: if a filter cannot be read.
    """
    query = call.query()
    tags, begin, end = tags_in(query), _moment(query, "startDate"), _moment(query, "endDate")
    status = query.get("status", "").upper()
    rows = [
        email
        for email in newest_first
        if begin <= email.created <= end
        and status in ("", email.status)
        and query.get("operationId", email.batch_id) == email.batch_id
        and (not tags or (tags.items() <= email.labels.items() and email.created <= indexed_before))
    ]
    return _envelope(call, query, rows, next_is_link)


def _moment(query: dict[str, str], name: str) -> float:
    word = query.get(name, "")
    if not word:
        return 0.0 if name == "startDate" else float("inf")
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise BadFilter(name) from None
    seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    # A day as the end includes all of that day.
    return seconds + _DAY_SECONDS if name == "endDate" and len(word) == 10 else seconds


def _envelope(
    call: Call, query: dict[str, str], rows: list[Email], next_is_link: bool
) -> dict[str, Any]:
    token = query.get("pageToken", "")
    first = next((place + 1 for place, row in enumerate(rows) if row.id == token), 0)
    size = _page_size(query.get("pageSize", ""))
    page = rows[first : first + size]
    following = page[-1].id if len(rows) > first + size else None
    if following and next_is_link:
        following = f"{call.path}?{urlencode({**query, 'pageToken': following})}"
    return {
        "emails": [email_wire(email) for email in page],
        "pagination": {"next": following, "self": token or None},
    }


def _page_size(word: str) -> int:
    if not word:
        return DEFAULT_ROWS
    if not word.isdecimal() or not 1 <= int(word) <= MOST_ROWS:
        raise BadFilter("pageSize")
    return int(word)
