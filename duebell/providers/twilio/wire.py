"""Twilio's wire format: answers to sends, messages as listed, and the pure half's other names.

No clock, no IO. Status callbacks and signatures stand beside it in ``webhooks`` and
``signatures``; what the processes need of them is named here too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
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
from duebell.providers.again import After
from duebell.providers.codes import FAULTS, NOT_PROCESSED, Fault, fault_of
from duebell.providers.outcomes import (
    LONGEST_PAUSE_SECONDS,
    not_sent,
    object_from,
    pause_from,
    rejected,
    unknown,
)
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

#: Refusals that the sender's other messages would meet as well.
_ABOUT_THE_SENDER = frozenset({"20429", "20503", "21611"})

_CODE = re.compile(r"[0-9]{1,10}")

#: How long nothing is sent after Twilio did not let us in.
SHUT_OUT_SECONDS = 60.0


def outcome_from(status: int, headers: Mapping[str, str], body: bytes) -> SendOutcome:
    """Say what an answer to ``POST Messages`` proves; whatever proves nothing is UNKNOWN.

    Twilio only documents 429 as never processed, and warns that a 500 may have been sent
    (https://www.twilio.com/docs/api/errors/20500).
    """
    payload = object_from(body)
    pause = pause_from(headers)
    if 200 <= status < 300:
        return _accepted(payload)
    if status == 429:
        return _not_sent(fault_of("20429", is_refusal=True), pause)
    if status == 503 and headers.get("Retry-After"):
        return _not_sent(fault_of("20503", is_refusal=True), pause)
    if not 400 <= status < 500 or status == 408:
        reason = f"Twilio answered {status}; the message may have been sent."
        return unknown(reason, _code(payload))
    return _refused(status, _code(payload), pause)


def failure_from(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Decipher an answer to a read that is not what was asked for, as the exception to raise."""
    code = _code(object_from(body))
    text = f"Twilio answered {status}" + (f" ({code})." if code else ".")
    if status == 429:
        return Throttled(text, retry_after=pause_from(headers))
    if status in (401, 403):
        return CredentialsRefused(f"{text} {fault_of(code or '20003', is_refusal=True).sentence}")
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
        return unknown("Twilio's answer cannot be read; the message may have been sent.")
    return SendOutcome(OutcomeKind.ACCEPTED, provider_id=sid)


def _not_sent(fault: Fault, pause: float | None) -> SendOutcome:
    return not_sent(fault, pause if pause is not None else _usual_pause(fault))


def _usual_pause(fault: Fault) -> float | None:
    """How long to wait where Twilio does not say; None to double from try to try."""
    if fault.code in NOT_PROCESSED or fault.again is None:
        return NOT_PROCESSED.get(fault.code)
    span = fault.again.span.total_seconds() if isinstance(fault.again, After) else math.inf
    return min(span, LONGEST_PAUSE_SECONDS)


def _refused(status: int, code: str, pause: float | None) -> SendOutcome:
    """What a refusal means; where nothing is wrong with the message itself, it waits.

    A 403 may be about one message only, so a code that we know has the say.
    """
    if status == 401 or not code or (status == 403 and code not in FAULTS):
        return _shut_out(status, code, pause)
    fault = fault_of(code, is_refusal=True)
    if fault.stops_channel:
        return _not_sent(fault, None)
    if fault.failure in (FailureClass.RATE, FailureClass.TEMPORARY):
        return replace(_not_sent(fault, pause), is_alone=code not in _ABOUT_THE_SENDER)
    if fault.failure is FailureClass.UNKNOWN:
        return unknown(fault.sentence, code)
    return rejected(fault)


def _shut_out(status: int, code: str, pause: float | None) -> SendOutcome:
    """Twilio does not know us, or something before it answered: nothing is wrong with the message.

    It waits for somebody to mend the credentials or the way to Twilio.
    """
    sentence = f"Twilio, or something before it, refuses the request ({status})."
    if code or status == 401:
        sentence = fault_of(code or "20003", is_refusal=True).sentence
    return SendOutcome(
        OutcomeKind.NOT_SENT,
        error_code=code or str(status),
        reason=sentence,
        failure=FailureClass.CONFIGURATION,
        retry_after=SHUT_OUT_SECONDS if pause is None else pause,
        stops_channel=True,
    )


def _code(payload: Mapping[str, Any]) -> str:
    code = _text(payload, "code")
    return code if _CODE.fullmatch(code) else ""


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    return "" if value is None else str(value)


def _rfc2822(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
