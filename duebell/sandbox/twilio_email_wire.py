"""What Twilio Email says: an email, an operation and an error as JSON, and what it refuses.

https://www.twilio.com/docs/email/api/overview. The shape of its errors is nowhere to be seen; this
is RFC 9457, which Twilio's newer APIs have.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Header
from duebell.sandbox.state import Email

MOST_BYTES = 5_000_000
MOST_RECIPIENTS, MOST_TAGS, LONGEST_KEY, LONGEST_VALUE = 10_000, 10, 128, 256

PROBLEM_TYPE: Header = (b"content-type", b"application/problem+json")

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def problem(status: int, faults: list[str], headers: tuple[Header, ...] = ()) -> Answer:
    """An error, with as many faults as were found."""
    payload = {
        "type": f"https://www.twilio.com/docs/email/api/errors#{status}",
        "title": _TITLES[status],
        "status": status,
        "detail": "; ".join(faults) or _TITLES[status],
        "errors": [{"detail": fault} for fault in faults],
    }
    return Answer(status, json.dumps(payload).encode(), (PROBLEM_TYPE, *headers))


def problem_of_status(status: int, code: str, headers: tuple[Header, ...]) -> Answer:
    """The usual error of a status, where nothing of the request itself is wrong."""
    faults = ["Invalid value provided for field 'content'"] if status == 400 else []
    return problem(status, faults, headers)


def is_address(word: object) -> bool:
    """Whether this can be an email address."""
    return isinstance(word, str) and _ADDRESS.fullmatch(word) is not None


def faults_in(order: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a request to send, in words."""
    content, tags = order.get("content"), order.get("tags", {})
    faults = [
        *_faults_of_sender(order.get("from")),
        *_faults_of_recipients(order.get("to")),
    ]
    if not isinstance(content, dict) or not _is_word(content.get("html")):
        # A text alone is refused in these words.
        faults.append("Invalid value provided for field 'content'")
    elif not _is_word(content.get("subject")):
        faults.append("Invalid value provided for field 'content.subject'")
    return faults if _are_tags(tags) else [*faults, "Invalid value provided for field 'tags'"]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _faults_of_sender(sender: object) -> list[str]:
    address = sender.get("address") if isinstance(sender, dict) else None
    if not is_address(address):
        return ["Invalid value provided for field 'from'"]
    domain = str(address).rpartition("@")[2].lower()
    if domain != credentials.EMAIL_DOMAIN:
        return [f"The domain {domain} of field 'from' is not a verified sender"]
    return []


def _faults_of_recipients(recipients: object) -> list[str]:
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MOST_RECIPIENTS:
        return ["Invalid value provided for field 'to'"]
    return [
        f"Invalid value provided for field 'to[{place}].address'"
        for place, one in enumerate(recipients)
        if not isinstance(one, dict) or not is_address(one.get("address"))
    ]


def _are_tags(tags: object) -> bool:
    return (
        isinstance(tags, dict)
        and len(tags) <= MOST_TAGS
        and all(len(key) <= LONGEST_KEY for key in tags)
        and all(isinstance(value, str) and len(value) <= LONGEST_VALUE for value in tags.values())
    )


def time_wire(seconds: float) -> str:
    """A moment, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def email_wire(email: Email) -> dict[str, Any]:
    """An email as it is listed and fetched."""
    return {
        "id": email.id,
        "from": {"address": email.sender, "name": email.sender_name},
        "to": [{"address": email.to, "name": email.to_name}],
        "status": email.status,
        "related": [{"type": "operation", "id": email.batch_id}],
        "tags": email.labels,
        "scheduledFor": None,
        "createdAt": time_wire(email.created),
        "updatedAt": time_wire(email.updated),
        "deletedAt": None,
        "content": {"subject": email.subject, "html": email.html, "text": email.text},
    }


def operation_wire(emails: list[Email]) -> dict[str, Any]:
    """The operation that these emails came from; completed does not mean delivered."""
    counted = Counter(email.status for email in emails)
    words = ("queued", "sent", "scheduled", "delivered", "opened", "undelivered", "failed")
    stats = {word: counted[word.upper()] for word in (*words, "canceled")}
    total = len(emails)
    under_way = counted["QUEUED"] + counted["SCHEDULED"]
    return {
        "id": emails[0].batch_id,
        "status": "PROCESSING" if under_way else "COMPLETED",
        "stats": {"total": total, "recipients": total, "attempts": total, **stats},
        "createdAt": time_wire(emails[0].created),
        "updatedAt": time_wire(max(email.updated for email in emails)),
    }


def error_wire(email: Email) -> dict[str, Any]:
    """Why one email of an operation failed."""
    words = {
        "FAILED": "The email could not be sent.",
        "UNDELIVERED": "The receiver's server did not take the email.",
        "CANCELED": "The email was canceled.",
    }
    return {"emailId": email.id, "to": email.to, "message": words[email.status]}


def has_error(email: Email) -> bool:
    """Whether an email stands among its operation's errors."""
    return email.status in ("FAILED", "UNDELIVERED", "CANCELED")
