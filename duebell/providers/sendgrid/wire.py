"""SendGrid's wire format: the request for an email, and what its answers prove.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. Pure: no clock, no IO.
Events and their signature stand beside it in ``events`` and ``signatures``.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from duebell.domain.delivery import OutcomeKind, OutgoingEmail, SendOutcome
from duebell.domain.failures import (
    CredentialsRefused,
    ProviderError,
    RequestRefused,
    Throttled,
    TryAgain,
)
from duebell.providers.codes import fault_of
from duebell.providers.outcomes import (
    LONGEST_PAUSE_SECONDS,
    object_from,
    outcome_of_refusal,
    pause_from,
    unknown,
)
from duebell.providers.sendgrid.events import message_id_from

MESSAGE_ID_HEADER = "X-Message-Id"
_RESET_HEADER = "X-RateLimit-Reset"

#: The permission without which a key cannot send.
SEND_SCOPE = "mail.send"

_INVALID_ADDRESS = "sg.dropped.invalid"

#: All off, whatever the account's own settings say. Rewritten links look like a trap in a message
#: about money, and SendGrid's own unsubscribe footer would suppress without our knowing.
_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}

#: SendGrid parts names at these.
_PARTING = str.maketrans(",;", "  ")

#: What the decomposition into a letter and its accent does not reach.
_PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"}
    | {"Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"}
    | {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"}
)


def request_for(email: OutgoingEmail, sender: str) -> bytes:
    """The body of the request to send one email. ``sender`` is the verified address."""
    payload: dict[str, object] = {
        "personalizations": [
            {
                "to": [_named(email.to, _tidy(email.to_name))],
                # They come back with every event, beside SendGrid's own fields, of which one is
                # "attempt". SendGrid keeps them for long: ids only.
                "custom_args": {"nid": email.notification_id, "natt": str(email.attempt)},
            }
        ],
        "from": _named(sender, plain_name(email.sender_name)),
        "subject": email.subject,
        # The plainest first, which is the order of a multipart message.
        "content": [
            {"type": kind, "value": value}
            for kind, value in (("text/plain", email.text), ("text/html", email.html))
            if value
        ],
        "tracking_settings": _TRACKING,
    }
    if email.unsubscribe_url:
        payload["headers"] = _unsubscribing(email.unsubscribe_url)
    return json.dumps(payload, separators=(",", ":")).encode()


def plain_name(name: str) -> str:
    """A sender's name without what SendGrid does not take there: anything beyond ASCII."""
    parted = unicodedata.normalize("NFKD", name.translate(_PLAIN_LETTERS))
    return _tidy(parted.encode("ascii", "ignore").decode("ascii"))


def outcome_from(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> SendOutcome:
    """Say what an answer to ``POST mail/send`` proves; whatever proves nothing is UNKNOWN.

    An acceptance without an id is one, too: which message it was is learnt by its first event.
    """
    if 200 <= status < 300:
        message_id = message_id_from(headers.get(MESSAGE_ID_HEADER))
        if status == 202 and message_id:
            return SendOutcome(OutcomeKind.ACCEPTED, provider_id=message_id)
        return unknown("SendGrid's answer cannot be read; the message may have been sent.")
    return outcome_of_refusal(
        "SendGrid",
        status,
        _INVALID_ADDRESS if _is_about_the_address(status, body) else f"sg.http.{status}",
        pause=_pause(headers, now),
        may_return="Retry-After" in headers,
    )


def failure_from(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> ProviderError:
    """Decipher an answer to a read that is not what was asked for, as the exception to raise."""
    text = f"SendGrid answered {status}."
    if status == 429:
        return Throttled(text, retry_after=_pause(headers, now))
    if status in (401, 403):
        sentence = fault_of(f"sg.http.{status}", is_refusal=True).sentence
        return CredentialsRefused(f"{text} {sentence}")
    if status == 404:
        sentence = fault_of("sg.http.404", is_refusal=True).sentence
        return RequestRefused(f"{text} {sentence}")
    if status >= 500 or status == 408 or 200 <= status < 300:
        return TryAgain(text)
    return RequestRefused(text)


def may_send(body: bytes) -> bool | None:
    """Whether the key of ``GET /v3/scopes`` may send; None where the answer cannot be read."""
    scopes = object_from(body).get("scopes")
    return SEND_SCOPE in scopes if isinstance(scopes, list) else None


def _named(address: str, name: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _tidy(name: str) -> str:
    """A name on one line, without what SendGrid would part it at."""
    shown = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in name)
    return " ".join(shown.translate(_PARTING).split())


def _unsubscribing(url: str) -> dict[str, str]:
    """The headers by which mail clients offer to unsubscribe with one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _is_about_the_address(status: int, body: bytes) -> bool:
    """Whether a refusal names nothing but the recipient's address as wrong."""
    errors = object_from(body).get("errors")
    if status != 400 or not isinstance(errors, list) or not errors:
        return False
    return all(_names_recipient(error) for error in errors)


def _names_recipient(error: Any) -> bool:
    field = error.get("field") if isinstance(error, Mapping) else None
    return isinstance(field, str) and field.startswith("personalizations.") and ".to" in field


def _pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long SendGrid wants to be left alone: by seconds, else until the limit starts anew."""
    told = pause_from(headers)
    reset = (headers.get(_RESET_HEADER) or "").strip()
    if told is not None or not reset.isascii() or not reset.isdigit():
        return told
    return min(max(float(reset) - now.timestamp(), 0.0), LONGEST_PAUSE_SECONDS)
