"""Twilio Email's wire format: the request for an email, and what its answers prove.

https://www.twilio.com/docs/email/api/reference/mail-send-resource. Pure: no clock, no IO. How an
email is read stands beside it in ``email_reading``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from duebell.domain.delivery import OutcomeKind, OutgoingEmail, SendOutcome
from duebell.providers.outcomes import object_from, outcome_of_refusal, pause_from, unknown
from duebell.providers.twilio.liquid import (
    VARIABLES,
    has_opening,
    keep_in_html,
    keep_in_name,
    keep_in_text,
)

OPERATION_ID = re.compile(r"comms_operation_[0-7][a-hjkmnpqrstv-z0-9]{25,34}")

_CODE = re.compile(r"[0-9]{1,10}", re.ASCII)

#: What is said with the status alone, although a number may come along: the number is the same for
#: whatever is not found, and would send an operator to look at the account.
_BY_STATUS = frozenset({404, 405, 406, 429, 503})


def request_for(email: OutgoingEmail, sender: str) -> bytes:
    """The body of the request to send one email. ``sender`` is a verified address.

    There is no field for headers, so ``unsubscribe_url`` stands in the email's own words alone.
    """
    recipient: dict[str, object] = {**_named(email.to, email.to_name)}
    if has_opening(email.subject) or has_opening(email.text):
        recipient["variables"] = VARIABLES
    payload = {
        "from": _named(sender, email.sender_name),
        "to": [recipient],
        "content": {
            "subject": keep_in_text(email.subject),
            "html": keep_in_html(email.html),
            "text": keep_in_text(email.text),
        },
        "tags": tags_of(email.notification_id, email.attempt),
    }
    return json.dumps(payload, separators=(",", ":")).encode()


def tags_of(notification_id: str, attempt: int) -> dict[str, str]:
    """What an email is found again by. Twilio shows tags to whoever reads the account: ids only."""
    return {"nid": notification_id, "attempt": str(attempt)}


def filter_of(notification_id: str, attempt: int) -> str:
    """The tags of an attempt as the list of emails takes them."""
    return "".join(f"{key}:{value};" for key, value in tags_of(notification_id, attempt).items())


def outcome_from(status: int, headers: Mapping[str, str], body: bytes) -> SendOutcome:
    """Say what an answer to ``POST Emails`` proves; whatever proves nothing is UNKNOWN.

    Twilio asks not to repeat a request after a 500
    (https://www.twilio.com/docs/email/api/errors): the email may have been accepted.
    """
    payload = object_from(body)
    if 200 <= status < 300:
        operation_id = text_of(payload, "operationId")
        if OPERATION_ID.fullmatch(operation_id) is None:
            return unknown("Twilio's answer cannot be read; the message may have been sent.")
        return SendOutcome(OutcomeKind.ACCEPTED, provider_id=operation_id)
    code = "" if status in _BY_STATUS else error_code_from(payload)
    return outcome_of_refusal(
        "Twilio",
        status,
        code or f"email.http.{status}",
        pause=pause_from(headers),
        may_return="Retry-After" in headers,
    )


def error_code_from(payload: Mapping[str, Any]) -> str:
    """Twilio's number for a fault, alone or the first of a list; empty without one."""
    errors = payload.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    for place in (payload, first):
        if isinstance(place, Mapping) and _CODE.fullmatch(found := text_of(place, "code")):
            return found
    return ""


def is_tagged(email: Mapping[str, Any], notification_id: str, attempt: int) -> bool:
    """Whether an email is of this attempt, whatever the list was filtered by."""
    tags = email.get("tags")
    ours = tags_of(notification_id, attempt)
    return isinstance(tags, Mapping) and ours == {key: str(tags.get(key)) for key in ours}


def text_of(payload: Mapping[str, Any], key: str) -> str:
    """A field as text; empty where it is missing."""
    value = payload.get(key)
    return "" if value is None else str(value)


def _named(address: str, name: str) -> dict[str, str]:
    shown = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in name)
    tidy = keep_in_name(" ".join(shown.split()))
    return {"address": address, "name": tidy} if tidy else {"address": address}
