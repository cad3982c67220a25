"""Twilio's status callbacks: the form, and what it reports. Pure: no clock, no IO.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from duebell.domain.delivery import DeliveryReport, ReportedStatus
from duebell.domain.failures import WebhookRefused

#: Twilio's words in ours. ``partially_delivered`` is left out on purpose: nothing describes it.
STATUSES: dict[str, ReportedStatus] = {
    "accepted": ReportedStatus.QUEUED,
    "scheduled": ReportedStatus.QUEUED,
    "queued": ReportedStatus.QUEUED,
    "sending": ReportedStatus.QUEUED,
    "sent": ReportedStatus.SENT,
    "delivered": ReportedStatus.DELIVERED,
    "read": ReportedStatus.DELIVERED,
    "undelivered": ReportedStatus.UNDELIVERED,
    "failed": ReportedStatus.UNDELIVERED,
    "canceled": ReportedStatus.UNDELIVERED,
}

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")

_MOST_FIELDS = 200
_STATUS = re.compile(r"[A-Za-z_\-]{1,40}")
_CODE = re.compile(r"[0-9]{1,10}")
_NOTIFICATION = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_ATTEMPT = re.compile(r"[0-9]{1,6}")


def parse_form(raw: bytes) -> list[tuple[str, str]]:
    """Read a form body strictly; blank and repeated fields stay, because they are signed.

    Raises:
        WebhookRefused: 400, for a body that is no form in UTF-8.
    """
    try:
        return parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise WebhookRefused(400, "malformed form") from None


def status_from(word: str) -> ReportedStatus:
    """Twilio's word in ours; what we do not know is OTHER, to be asked about."""
    return STATUSES.get(word.lower(), ReportedStatus.OTHER)


def report_from(params: Sequence[tuple[str, str]], query: Mapping[str, str]) -> DeliveryReport:
    """Read a status callback. ``query`` is that of the URL we gave: ``n`` and ``a`` are ours.

    Raises:
        WebhookRefused: 400, where it names no message.
    """
    fields = dict(params)
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if MESSAGE_SID.fullmatch(sid) is None:
        raise WebhookRefused(400, "malformed MessageSid")
    word = _matched(_STATUS, fields.get("MessageStatus") or fields.get("SmsStatus") or "")
    attempt = _matched(_ATTEMPT, query.get("a", ""))
    return DeliveryReport(
        provider_id=sid,
        status=status_from(word),
        raw_status=word,
        error_code=_matched(_CODE, fields.get("ErrorCode", "")),
        notification_id=_matched(_NOTIFICATION, query.get("n", "")) or None,
        attempt=int(attempt) if attempt else None,
    )


def _matched(pattern: re.Pattern[str], value: str) -> str:
    return value if pattern.fullmatch(value) else ""
