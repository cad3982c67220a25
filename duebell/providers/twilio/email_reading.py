"""Twilio's emails as it lists them, and the operations that made them. Pure: no clock, no IO.

https://www.twilio.com/docs/email/api/operations-and-email-tracking. An operation has one email
here, because every request names one recipient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from duebell.domain.delivery import ProviderMessage, ReportedStatus
from duebell.domain.failures import TryAgain
from duebell.providers.codes import FAULTS
from duebell.providers.twilio.email_wire import error_code_from, text_of

EMAIL_ID = re.compile(r"comms_email_[0-7][a-hjkmnpqrstv-z0-9]{25,34}")

#: Twilio's words in ours. ``PROCESSING`` and ``COMPLETED`` are an operation's; the latter says that
#: Twilio has begun with every email of it, not that any arrived.
STATUSES: dict[str, ReportedStatus] = {
    "SCHEDULED": ReportedStatus.QUEUED,
    "QUEUED": ReportedStatus.QUEUED,
    "PROCESSING": ReportedStatus.QUEUED,
    "COMPLETED": ReportedStatus.QUEUED,
    "SENT": ReportedStatus.SENT,
    "DELIVERED": ReportedStatus.DELIVERED,
    "OPENED": ReportedStatus.DELIVERED,
    "UNDELIVERED": ReportedStatus.UNDELIVERED,
    "FAILED": ReportedStatus.UNDELIVERED,
    "CANCELED": ReportedStatus.UNDELIVERED,
}

_INBOUND = "INBOUND"

#: The codes of ends that come without a number.
_ENDS = {
    "UNDELIVERED": "email.undelivered",
    "FAILED": "email.failed",
    "CANCELED": "email.canceled",
}

#: What an operation counts its emails by, the last word first.
_COUNTED = (
    *("OPENED", "DELIVERED", "UNDELIVERED", "FAILED", "CANCELED"),
    *("SENT", "QUEUED", "SCHEDULED"),
)

_WORD = re.compile(r"[A-Z_]{1,40}")


def has_errors(payload: Mapping[str, Any]) -> bool:
    """Whether a list of an operation's errors has any."""
    errors = payload.get("errors")
    return isinstance(errors, list) and bool(errors)


def emails_from(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The emails of one page of a list."""
    emails = payload.get("emails")
    if not isinstance(emails, list):
        raise TryAgain("Twilio's list of emails cannot be read.")
    return (email for email in emails if isinstance(email, Mapping))


def next_page_from(payload: Mapping[str, Any]) -> str:
    """The token of the page that follows; empty on the last one.

    Whether Twilio gives the token alone or a link that has it is not said anywhere.
    """
    pagination = payload.get("pagination")
    found = pagination.get("next") if isinstance(pagination, Mapping) else None
    if not isinstance(found, str):
        return ""
    in_link = parse_qs(urlsplit(found).query).get("pageToken", [""])[0]
    return in_link or found


def message_from(
    email: Mapping[str, Any], provider_id: str = "", errors: Mapping[str, Any] | None = None
) -> ProviderMessage:
    """Read an email as Twilio lists it.

    Args:
        email: the email's object.
        provider_id: that of the operation, where it is known; the object does not name it.
        errors: the list of the operation's errors, where the email failed.

    Raises:
        TryAgain: where it has no readable id.
    """
    email_id = text_of(email, "id")
    if EMAIL_ID.fullmatch(email_id) is None:
        raise TryAgain("Twilio's email has no readable 'id'.")
    word = word_of(email)
    return ProviderMessage(
        provider_id=provider_id or email_id,
        to=_recipient(email),
        body="",
        raw_status=word,
        status=STATUSES.get(word, ReportedStatus.OTHER),
        error_code=_end(word, errors or {}),
        created_at=_moment(email),
        is_outbound=word != _INBOUND,
    )


def message_from_operation(
    operation: Mapping[str, Any], provider_id: str, errors: Mapping[str, Any]
) -> ProviderMessage:
    """Read an email from what its operation counts, while no list has the email itself.

    ``errors`` is the list of the operation's errors. With some, and nothing that is counted, there
    never was an email.
    """
    word = counted_word(operation)
    if word == "COMPLETED" and has_errors(errors):
        word = "FAILED"
    return ProviderMessage(
        provider_id=provider_id,
        to="",
        body="",
        raw_status=word,
        status=STATUSES.get(word, ReportedStatus.OTHER),
        error_code=_end(word, errors),
        created_at=_moment(operation),
        is_outbound=True,
    )


def counted_word(operation: Mapping[str, Any]) -> str:
    """How far the one email of an operation is, else the operation itself."""
    stats = operation.get("stats")
    counts = stats if isinstance(stats, Mapping) else {}
    counted = (word for word in _COUNTED if counts.get(word.lower()))
    return next(counted, "") or word_of(operation)


def word_of(payload: Mapping[str, Any]) -> str:
    """The status in Twilio's word; empty where it is none."""
    word = text_of(payload, "status").upper()
    return word if _WORD.fullmatch(word) else ""


def _end(word: str, errors: Mapping[str, Any]) -> str:
    """The code of an end: Twilio's number for a failure if we know it, else the word as a code.

    A number that nobody described would leave open whether the email arrived; ``FAILED`` does not.
    """
    number = error_code_from(errors) if word == "FAILED" else ""
    return number if number in FAULTS else _ENDS.get(word, "")


def _recipient(email: Mapping[str, Any]) -> str:
    to = email.get("to")
    first = to[0] if isinstance(to, list) and to else None
    return text_of(first, "address") if isinstance(first, Mapping) else ""


def _moment(payload: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text_of(payload, "createdAt"))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
