"""What FreshBooks' answers say when they say no, in every shape they come in.

Accounting, events, OAuth and the edge in front of them each have a shape of their own
(https://www.freshbooks.com/api/errors), so the status decides first and the body refines it.
Pure: no clock, no IO.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from duebell.domain.failures import (
    AccountInactive,
    CredentialsRefused,
    FeatureAbsent,
    ProviderError,
    RecordGone,
    RequestRefused,
    Throttled,
    TryAgain,
)
from duebell.domain.sentences import as_part

#: FreshBooks sends Retry-After on successes too and with a whole minute; nobody waits that long
#: inside a request.
LONGEST_PAUSE_SECONDS = 30.0

DELETED, UNKNOWN, DENIED, INACTIVE = 1011, 1012, 1003, 1042

_SECRETIVE = re.compile(r"https?://\S+|\S+@\S+|\+?\d[\d\s().\-]{5,}\d")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an error answer, whatever shape it came in."""

    errno: int | None = None
    message: str = ""
    field: str = ""

    def __str__(self) -> str:
        """Say it without what may be somebody's address, number or URL."""
        words = _SECRETIVE.sub("…", self.message)[:200].strip(" .")
        number = f"errno {self.errno}" if self.errno is not None else ""
        return ", ".join(part for part in (number, self.field, words) if part)


def read_json(body: bytes) -> Any:
    """Read JSON with exact decimals, or None where the body is not JSON that can be read."""
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):  # exponents and nesting without an end
        return None


def is_failure(status: int, payload: object) -> bool:
    """Tell whether an answer says no; FreshBooks can do so with HTTP 200."""
    if not 200 <= status < 300:
        return True
    if not isinstance(payload, Mapping):
        return False
    response = payload.get("response")
    if isinstance(response, Mapping):
        return bool(response.get("errors"))
    return "errno" in payload or isinstance(payload.get("error"), str)


def failure_from(
    status: int, headers: Mapping[str, str], body: bytes, *, is_gated: bool = False
) -> ProviderError:
    """Decipher an answer that is not what was asked for, as the exception to raise.

    ``headers`` must find ``Retry-After`` as written (httpx's headers find it in any case).
    ``is_gated`` says that a plan may lack what was asked for: FreshBooks then refuses as if the
    token were wrong, which it must be known not to be.
    """
    faults = tuple(_faults(read_json(body)))
    fault = faults[0] if faults else Fault()
    text = f"FreshBooks answered {status}"
    said = "; ".join(filter(None, map(str, faults)))
    text = f"{text}: {as_part(said)}." if said else f"{text}."
    effective = _effective(status, fault)
    if effective == 429 and INACTIVE not in _numbers(faults):
        return Throttled(text, retry_after=retry_after(headers))
    if is_gated and _is_refusal(effective, faults, body):
        return FeatureAbsent(text)
    return _kind(effective, faults)(text)


def oauth_error(body: bytes) -> str:
    """The word of an OAuth error answer (``invalid_grant``), or an empty one (RFC 6749, 5.2)."""
    payload = read_json(body)
    word = payload.get("error") if isinstance(payload, Mapping) else None
    return word if isinstance(word, str) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that FreshBooks asks to wait, capped; None where it does not say in seconds."""
    value = headers.get("Retry-After") or ""
    if not value.strip().isascii() or not value.strip().isdigit():
        return None
    return min(float(value), LONGEST_PAUSE_SECONDS)


def _effective(status: int, fault: Fault) -> int:
    """The status that counts: an error inside HTTP 200 brings its own where it can."""
    if 200 <= status < 300 and fault.errno is not None and 400 <= fault.errno < 600:
        return fault.errno
    return status


def _numbers(faults: tuple[Fault, ...]) -> set[int | None]:
    return {fault.errno for fault in faults}


def _is_refusal(status: int, faults: tuple[Fault, ...], body: bytes) -> bool:
    """Whether FreshBooks itself, and not something in between, refuses because of who asks."""
    if INACTIVE in _numbers(faults):
        return False
    return status == 401 or (status == 403 and (bool(faults) or not body.strip()))


def _kind(status: int, faults: tuple[Fault, ...]) -> type[ProviderError]:
    numbers = _numbers(faults)
    if not faults and status != 401:
        # Not FreshBooks' own words: a page of something in between, which passes.
        return TryAgain
    if INACTIVE in numbers:
        return AccountInactive
    if status == 401:
        return CredentialsRefused
    if status >= 500 or status in (408, 409):
        return TryAgain
    if status == 403 or DENIED in numbers:
        return FeatureAbsent
    # A wrong account id is our configuration's fault; no record of it is "gone".
    if any("account not found" in fault.message.lower() for fault in faults):
        return RequestRefused
    if status == 404 or numbers & {DELETED, UNKNOWN}:
        return RecordGone
    return RequestRefused


def _faults(payload: object) -> Iterator[Fault]:
    if not isinstance(payload, Mapping):
        return
    response = payload.get("response")
    errors = response.get("errors") if isinstance(response, Mapping) else None
    if errors:
        yield from _accounting_faults(errors)
    elif dated := tuple(_dated_faults(payload)):
        yield from dated
    elif isinstance(payload.get("error"), str):
        yield Fault(message=f"{payload['error']}: {payload.get('error_description') or ''}")
    elif "message" in payload or "errno" in payload:
        yield from _events_faults(payload)


def _accounting_faults(errors: object) -> Iterator[Fault]:
    """``response.errors``, which older versions write as a single object."""
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, Mapping):
            field = error.get("field")
            yield Fault(
                _number(error.get("errno")),
                str(error.get("message") or ""),
                str(field) if field and field != "None" else "",
            )


def _dated_faults(payload: Mapping[str, Any]) -> Iterator[Fault]:
    """The gRPC-like shape of dated API versions: the errno is a detail's reason."""
    for detail in _list(payload.get("details")):
        if not isinstance(detail, Mapping):
            continue
        for violation in _list(detail.get("fieldViolations")):
            if isinstance(violation, Mapping):
                yield Fault(None, str(violation.get("description") or ""), _field(violation))
        metadata = detail.get("metadata")
        if isinstance(metadata, Mapping) or "reason" in detail:
            known = metadata if isinstance(metadata, Mapping) else {}
            message = known.get("message") or payload.get("message") or ""
            yield Fault(_number(detail.get("reason")), str(message), _field(known))


def _events_faults(payload: Mapping[str, Any]) -> Iterator[Fault]:
    """The callbacks' shape: details are sentences that begin with the field's name."""
    details = [detail for detail in _list(payload.get("details")) if isinstance(detail, str)]
    message = "; ".join([as_part(str(payload.get("message") or "")), *details])
    yield Fault(_number(payload.get("errno")), message)


def _field(values: Mapping[str, Any]) -> str:
    return str(values.get("field") or "")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
