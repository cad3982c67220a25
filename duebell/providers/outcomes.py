"""What an answer to a send proves that is no acceptance, by HTTP status and code.

Pure: no clock, no IO. Shared by the two ways to send emails, whose statuses mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duebell.domain.delivery import FailureClass, OutcomeKind, SendOutcome
from duebell.providers.codes import FAULTS, Fault, fault_of

LONGEST_PAUSE_SECONDS = 3600.0

#: Refusals of this one message; any other 4xx would meet the next message as well.
_ABOUT_THE_MESSAGE = frozenset({400, 413, 415, 422})

#: Answers for which the provider promises that nothing was processed, if it says when to return.
_BUSY, _UNAVAILABLE = 429, 503


def outcome_of_refusal(
    provider: str, status: int, code: str, *, pause: float | None, may_return: bool
) -> SendOutcome:
    """Say what an answer proves that accepts nothing; whatever proves nothing is UNKNOWN.

    Args:
        provider: its name in a sentence.
        status: of the answer.
        code: the provider's, else the status in the words of the table of codes.
        pause: seconds to wait, where the provider says so.
        may_return: whether the answer said when to come again, readable or not.
    """
    fault = fault_of(code, is_refusal=True)
    if status == _BUSY or (status == _UNAVAILABLE and may_return):
        return not_sent(fault, pause)
    if not 400 <= status < 500 or status == 408:
        return unknown(f"{provider} answered {status}; the message may have been sent.", code)
    # A 403 may be about this message only, so a code that we know has the say.
    if status in _ABOUT_THE_MESSAGE or (status == 403 and code in FAULTS):
        return _refused(fault, pause)
    return _shut_out(fault)


def unknown(reason: str, code: str = "") -> SendOutcome:
    """An outcome that has to be asked about."""
    return SendOutcome(
        OutcomeKind.UNKNOWN, error_code=code, reason=reason, failure=FailureClass.UNKNOWN
    )


def pause_from(headers: Mapping[str, str]) -> float | None:
    """The seconds of a ``Retry-After``; None where there is none, or none that can be read."""
    value = (headers.get("Retry-After") or "").strip()
    if not value.isascii() or not value.isdigit():
        return None
    return min(float(value), LONGEST_PAUSE_SECONDS)


def object_from(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; empty where it is something else, such as a proxy's HTML."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, Mapping) else {}


def not_sent(fault: Fault, pause: float | None) -> SendOutcome:
    """A refusal that proves that nothing was processed; ``pause`` in seconds, None to double."""
    return SendOutcome(
        OutcomeKind.NOT_SENT,
        error_code=fault.code,
        reason=fault.sentence,
        failure=fault.failure,
        retry_after=pause,
        stops_channel=fault.stops_channel,
    )


def rejected(fault: Fault) -> SendOutcome:
    """A refusal of this message, for good."""
    return SendOutcome(
        OutcomeKind.REJECTED,
        error_code=fault.code,
        reason=fault.sentence,
        failure=fault.failure,
    )


def _shut_out(fault: Fault) -> SendOutcome:
    """Nothing is wrong with the message: it waits until the way to the provider is mended."""
    return SendOutcome(
        OutcomeKind.NOT_SENT,
        error_code=fault.code,
        reason=fault.sentence,
        failure=FailureClass.CONFIGURATION,
        stops_channel=True,
    )


def _refused(fault: Fault, pause: float | None) -> SendOutcome:
    if fault.stops_channel:
        return _shut_out(fault)
    if fault.failure in (FailureClass.RATE, FailureClass.TEMPORARY):
        return replace(not_sent(fault, pause), is_alone=True)
    if fault.failure is FailureClass.UNKNOWN:
        return unknown(fault.sentence, fault.code)
    return rejected(fault)
