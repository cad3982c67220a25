"""Twilio's wire format: answers to sends, messages as listed, and the pure half's other names.

No clock, no IO. Status callbacks, signatures and the table of error codes stand beside it in
``webhooks``, ``signatures`` and ``errors``; what the processes need of them is named here too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from duebell.domain.delivery import (
    FailureClass,
    OutcomeKind,
    ProviderMessage,
    SendOutcome,
)
from duebell.domain.failures import (
    CredentialsRefused,
    ProviderError,
    RecordGone,
    RequestRefused,
    Throttled,
    TryAgain,
)
from duebell.providers.twilio.errors import NOT_PROCESSED, fault_of
from duebell.providers.twilio.signatures import (
    SETTINGS_HEADER,
    SIGNATURE_HEADER,
    is_signed,
    signature,
)
from duebell.providers.twilio.webhooks import (
    MESSAGE_SID,
    STATUSES,
    parse_form,
    report_from,
    status_from,
)

__all__ = [
    "SETTINGS_HEADER",
    "SIGNATURE_HEADER",
    "STATUSES",
    "failure_from",
    "is_signed",
    "message_from",
    "outcome_from",
    "parse_form",
    "report_from",
    "signature",
    "status_from",
]

LONGEST_PAUSE_SECONDS = 3600.0

_CODE = re.compile(r"[0-9]{1,10}")


#: How long nothing is sent after Twilio did not let us in.
SHUT_OUT_SECONDS = 60.0


def outcome_from(status: int, headers: Mapping[str, str], body: bytes) -> SendOutcome:
    """Say what an answer to ``POST Messages`` proves; whatever proves nothing is UNKNOWN.

    Twilio only documents 429 as never processed, and warns that a 500 may have been sent
    (https://www.twilio.com/docs/api/errors/20500).
    """
    payload = _object(body)
    pause = _retry_after(headers)
    if 200 <= status < 300:
        return _accepted(payload)
    if status == 429:
        return _not_sent(20429, pause)
    if status == 503 and headers.get("Retry-After"):
        return _not_sent(20503, pause)
    if not 400 <= status < 500 or status == 408:
        reason = f"Twilio answered {status}; the message may have been sent."
        return _unknown(reason, _code(payload))
    return _refused(status, _code(payload), pause)


def failure_from(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Decipher an answer to a read that is not what was asked for, as the exception to raise."""
    code = _code(_object(body))
    text = f"Twilio answered {status}" + (f" ({code})." if code else ".")
    if status == 429:
        return Throttled(text, retry_after=_retry_after(headers))
    if status in (401, 403):
        return CredentialsRefused(f"{text} {fault_of(code or 20003, is_refusal=True).sentence}")
    if status == 404:
        return RecordGone(text)
    if status >= 500 or status == 408 or 200 <= status < 300:
        return TryAgain(text)
    return RequestRefused(text)


def message_from(payload: Mapping[str, Any]) -> ProviderMessage:
    """Read a message as Twilio lists it.

    Raises:
        RequestRefused: where it has no SID.
    """
    sid = _text(payload, "sid")
    if MESSAGE_SID.fullmatch(sid) is None:
        raise RequestRefused("Twilio's message has no readable 'sid'.")
    word = _text(payload, "status")
    return ProviderMessage(
        provider_id=sid,
        to=_text(payload, "to"),
        body=_text(payload, "body"),
        raw_status=word,
        status=status_from(word),
        error_code=_text(payload, "error_code"),
        created_at=_rfc2822(_text(payload, "date_created")),
        is_outbound=_text(payload, "direction").startswith("outbound"),
    )


def _accepted(payload: Mapping[str, Any]) -> SendOutcome:
    sid = _text(payload, "sid")
    if MESSAGE_SID.fullmatch(sid) is None:
        return _unknown("Twilio's answer cannot be read; the message may have been sent.", 0)
    return SendOutcome(OutcomeKind.ACCEPTED, provider_id=sid)


def _not_sent(code: int, pause: float | None) -> SendOutcome:
    fault = fault_of(code, is_refusal=True)
    return SendOutcome(
        OutcomeKind.NOT_SENT,
        error_code=str(code),
        reason=fault.sentence,
        failure=fault.failure,
        retry_after=pause if pause is not None else NOT_PROCESSED.get(code),
    )


def _unknown(reason: str, code: int) -> SendOutcome:
    return SendOutcome(
        OutcomeKind.UNKNOWN,
        error_code=str(code or ""),
        reason=reason,
        failure=FailureClass.UNKNOWN,
    )


def _refused(status: int, code: int, pause: float | None) -> SendOutcome:
    if code in NOT_PROCESSED:
        return _not_sent(code, pause)
    if status in (401, 403) or not code:
        return _shut_out(status, code, pause)
    fault = fault_of(code or 20003, is_refusal=True)
    if fault.failure is FailureClass.UNKNOWN:
        return _unknown(fault.sentence, code)
    return SendOutcome(
        OutcomeKind.REJECTED, error_code=str(code), reason=fault.sentence, failure=fault.failure
    )


def _shut_out(status: int, code: int, pause: float | None) -> SendOutcome:
    """Twilio does not know us, or something before it answered: nothing is wrong with the message.

    It waits for somebody to mend the credentials or the way to Twilio.
    """
    sentence = f"Twilio, or something before it, refuses the request ({status})."
    if code or status == 401:
        sentence = fault_of(code or 20003, is_refusal=True).sentence
    return SendOutcome(
        OutcomeKind.NOT_SENT,
        error_code=str(code or status),
        reason=sentence,
        failure=FailureClass.CONFIGURATION,
        retry_after=SHUT_OUT_SECONDS if pause is None else pause,
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except ValueError:
        return {}
    return payload if isinstance(payload, Mapping) else {}


def _code(payload: Mapping[str, Any]) -> int:
    code = _text(payload, "code")
    return int(code) if _CODE.fullmatch(code) else 0


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    return "" if value is None else str(value)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = (headers.get("Retry-After") or "").strip()
    if not value.isascii() or not value.isdigit():
        return None
    return min(float(value), LONGEST_PAUSE_SECONDS)


def _rfc2822(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
