"""What Twilio says: a message as JSON, the shape of an error, and the numbers with a known end.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Header, json_answer
from duebell.sandbox.state import Text

_E164 = re.compile(r"\+(1[2-9]\d{9}|[2-9]\d{7,14})")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_LONGEST_BODY = 1600
LONGEST_VALID_FOR = 36000

OPTED_OUT = (21610, "Attempt to send to unsubscribed recipient")
_NOT_MOBILE = (21614, "'To' number is not a valid mobile number")
_NO_ROUTE = (21612, "The 'To' phone number is not currently reachable using the 'From' number")
_NO_PERMISSION = (21408, "Permission to send an SMS has not been enabled for the region")
_INVALID = (21211, "The 'To' number is not a valid phone number.")

#: Recipients that are always refused. The first four end in a firm's own range for examples; the
#: others are Twilio's: https://www.twilio.com/docs/iam/test-credentials
MAGIC_RECIPIENTS: dict[str, tuple[int, str]] = {
    "+16465550190": OPTED_OUT,
    "+16465550191": _NOT_MOBILE,
    "+16465550192": _NO_ROUTE,
    "+16465550193": _NO_PERMISSION,
    "+15005550001": _INVALID,
    "+15005550002": _NO_ROUTE,
    "+15005550003": _NO_PERMISSION,
    "+15005550004": OPTED_OUT,
    "+15005550009": _NOT_MOBILE,
}


def error_answer(status: int, code: int, message: str, *headers: Header) -> Answer:
    """An error in Twilio's shape."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    payload = {"code": code, "message": message, "more_info": more_info, "status": status}
    return json_answer(status, payload, *headers)


#: The usual code and words of a status, where nothing of the request itself is wrong.
_USUAL = {
    400: (21606, "The 'From' number is not a valid, SMS-capable number."),
    401: (20003, "Authenticate"),
    429: (20429, "Too Many Requests"),
    500: (20500, "An internal server error has occurred"),
    503: (20503, "Service unavailable"),
}


def error_of_status(status: int, code: str, headers: tuple[Header, ...]) -> Answer:
    """The usual error of a status, or another code."""
    number, words = _USUAL[status]
    return error_answer(status, int(code) if code else number, words, *headers)


def find_fault(form: dict[str, str]) -> tuple[int, str] | None:
    """The code and words with which Twilio refuses this request, whoever the recipient is."""
    to, sender, service = form.get("To"), form.get("From"), form.get("MessagingServiceSid")
    if not to:
        return 21604, "A 'To' phone number is required."
    if not sender and not service:
        return 21603, "A 'From' phone number is required."
    if sender and sender != credentials.FROM:
        return 21606, f"The 'From' phone number {sender} is not a valid, SMS-capable number."
    if service and not _SERVICE.fullmatch(service):
        return 21701, f"The Messaging Service {service} does not exist."
    if to == sender:
        return 21266, "'To' and 'From' number cannot be the same."
    if not _E164.fullmatch(to):
        return 21211, f"The 'To' number {to} is not a valid phone number."
    return _fault_of_content(form)


def fault_of_recipient(to: str) -> tuple[int, str] | None:
    """The code and words with which Twilio refuses this recipient, if it does."""
    return MAGIC_RECIPIENTS.get(to)


def _fault_of_content(form: dict[str, str]) -> tuple[int, str] | None:
    if not form.get("Body"):
        return 21602, "Message body is required."
    if len(form["Body"]) > _LONGEST_BODY:
        return 21617, "The concatenated message body exceeds the 1600 character limit."
    period = form.get("ValidityPeriod")
    if period is not None and not _is_period(period):
        return 21624, f"The ValidityPeriod {period} is not a number of seconds from 1 to 36000."
    callback = form.get("StatusCallback")
    if callback is not None and not _is_callback_url(callback):
        return 21609, f"The 'StatusCallback' URL {callback} is not a valid URL."
    return None


def _is_period(word: str) -> bool:
    return word.isdecimal() and 1 <= int(word) <= LONGEST_VALID_FOR


def _is_callback_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host


def sign(url: str, fields: dict[str, str], key: str, algorithm: str = "sha1") -> str:
    """X-Twilio-Signature of a form post. The URL has no fragment.

    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    message = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(key.encode(), message.encode(), algorithm)).decode()


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else format_datetime(datetime.fromtimestamp(int(seconds), UTC))


def text_wire(text: Text) -> dict[str, Any]:
    """A message. Numbers are strings, but for the error code, which is one only in callbacks."""
    account = credentials.ACCOUNT_SID
    uri = f"/2010-04-01/Accounts/{account}/Messages/{text.sid}"
    return {
        "sid": text.sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "messaging_service_sid": text.service,
        "to": text.to,
        "from": text.sender,
        "body": text.body,
        "direction": "outbound-api",
        "status": text.status,
        "num_segments": "0" if text.sender is None else str(-(-len(text.body) // 160)),
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": text.error_code,
        "error_message": None,
        "date_created": _time(text.created),
        "date_updated": _time(text.updated),
        "date_sent": _time(text.sent),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
