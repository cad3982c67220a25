"""What SendGrid refuses, in its shape, and what its events look like.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send,
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Header, json_answer
from duebell.sandbox.state import Email
from duebell.sandbox.twilio_email_wire import is_address

MOST_BYTES = 30_000_000
MOST_RECIPIENTS, MOST_CATEGORIES = 1000, 10
MOST_BYTES_OF_ARGS = 10_000

#: Status, words and the field that is at fault.
Fault = tuple[int, str, str | None]

_USUAL = {
    400: "Bad Request",
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "access forbidden",
    429: "too many requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def errors(status: int, words: str, field: str | None, *headers: Header) -> Answer:
    """An error in SendGrid's shape."""
    fault = {"message": words, "field": field, "help": None}
    return json_answer(status, {"errors": [fault]}, *headers)


def error_of_status(status: int, code: str, headers: tuple[Header, ...]) -> Answer:
    """The usual error of a status, where nothing of the request itself is wrong."""
    return errors(status, _USUAL[status], None, *headers)


def find_fault(order: dict[str, Any]) -> Fault | None:
    """The first thing that is wrong with a request to send."""
    personalizations = order.get("personalizations")
    if not isinstance(personalizations, list) or not personalizations:
        words = "The personalizations field is required and must have at least one personalization."
        return 400, words, "personalizations"
    for personalization in personalizations:
        if fault := _fault_of_personalization(personalization, order):
            return fault
    if sum(len(one["to"]) for one in personalizations) > MOST_RECIPIENTS:
        return 400, "There are too many recipients.", "personalizations"
    return _fault_of_sender(order.get("from")) or _fault_of_content(order)


def _fault_of_personalization(one: Any, order: dict[str, Any]) -> Fault | None:
    to = one.get("to") if isinstance(one, dict) else None
    if not isinstance(to, list) or not to:
        return 400, "The to array is required for all personalization objects.", "personalizations"
    addresses = [entry.get("email") if isinstance(entry, dict) else None for entry in to]
    if not all(is_address(address) for address in addresses):
        return 400, "Does not contain a valid address.", "personalizations.0.to.0.email"
    if len({str(address).lower() for address in addresses}) < len(addresses):
        return 400, "Each email address should be unique.", "personalizations.0.to"
    if not (one.get("subject") or order.get("subject")):
        return 400, "The subject is required.", "subject"
    arguments = {**(order.get("custom_args") or {}), **(one.get("custom_args") or {})}
    if not all(isinstance(value, str) for value in arguments.values()):
        return 400, "The custom_args must be strings.", "personalizations.0.custom_args"
    if len(str(arguments).encode()) > MOST_BYTES_OF_ARGS:
        return 400, "The custom_args are too large.", "personalizations.0.custom_args"
    return None


def _fault_of_sender(sender: Any) -> Fault | None:
    address = sender.get("email") if isinstance(sender, dict) else None
    if not is_address(address):
        return 400, "The from email does not contain a valid address.", "from.email"
    if not str(address).isascii():
        return 400, "The from email has letters that are not ASCII.", "from.email"
    name = str(sender.get("name") or "")
    if not name.isascii() or "," in name or ";" in name:
        return 400, "The from name has letters that are not allowed.", "from.name"
    if str(address).rpartition("@")[2].lower() != credentials.EMAIL_DOMAIN:
        return 403, "The from address does not match a verified Sender Identity.", "from"
    return None


def _fault_of_content(order: dict[str, Any]) -> Fault | None:
    content = order.get("content")
    if not isinstance(content, list) or not content:
        return 400, "The content is required.", "content"
    kinds = [part.get("type") if isinstance(part, dict) else None for part in content]
    if not all(kinds) or not all(part.get("value") for part in content):
        return 400, "The content value must be a string at least one character.", "content.0.value"
    if "text/html" in kinds and "text/plain" in kinds[kinds.index("text/html") :]:
        return 400, "text/plain must come before text/html.", "content"
    if len(order.get("categories", [])) > MOST_CATEGORIES:
        return 400, "There are too many categories.", "categories"
    return None


def event_wire(email: Email, step: str, at: float, event_id: str) -> dict[str, Any]:
    """An event about an email. Its own fields win over custom_args of the same name."""
    known = {
        "email": email.to,
        "timestamp": int(at),
        "event": _NAMES.get(step, step).replace("-", "_"),
        "smtp-id": f"<{email.batch_id}@geopod-ismtpd-1>",
        "sg_event_id": event_id,
        "sg_message_id": f"{email.batch_id}.recvd-5a4db0c5-1-{email.id}.0",
        **_details(email, step),
    }
    labels = dict(email.labels)
    if step == "bounce" and email.fate in ("bounce-async", "bounce-bare"):
        del known["sg_message_id"]
        labels = {} if email.fate == "bounce-bare" else labels
    return {**labels, **known}


_NAMES = {"blocked": "bounce", "group-unsubscribe": "group_unsubscribe"}


def _details(email: Email, step: str) -> dict[str, Any]:
    # What the receiver's server says is its own affair, and often has the address in it.
    if step in ("bounce", "blocked"):
        is_hard = step == "bounce"
        words = f"550 5.1.1 <{email.to}>: no such user" if is_hard else "554 5.7.1 not from you"
        return {
            "type": step,
            "reason": words,
            "status": words[4:9],
            "bounce_classification": "Invalid Address" if is_hard else "Reputation",
        }
    found: dict[str, dict[str, Any]] = {
        "deferred": {"response": f"450 4.2.1 <{email.to}> is busy", "attempt": "5"},
        "delivered": {"response": "250 OK", "tls": 1, "ip": "192.0.2.10"},
        "dropped": {"reason": email.fate_code or "Bounced Address", "status": "5.0.0"},
        "open": {"useragent": "Mailbox/1.0", "ip": "192.0.2.20", "sg_machine_open": True},
        "click": {"useragent": "Mailbox/1.0", "ip": "192.0.2.20", "url": "https://pay.example/1"},
        "group-unsubscribe": {"asm_group_id": 10},
    }
    return found.get(step, {})
