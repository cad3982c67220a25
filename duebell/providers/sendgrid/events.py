"""SendGrid's event webhook: what a batch says of our emails. Pure: no clock, no IO.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event. A batch is a JSON array
of events in no particular order; any of them may come again, alone or among others. What SendGrid
or a mail server wrote about an event (``reason``, ``response``) is other people's text: it decides
a code here and goes no further.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from duebell.domain.delivery import DeliveryReport, ReportedStatus
from duebell.domain.failures import WebhookRefused


@dataclass(frozen=True, slots=True)
class EventReport:
    """One event. ``event_id`` is the same whenever the event comes again.

    ``report`` is what the event says of the email's delivery; None where it says nothing of it (an
    unsubscribe). Its ``provider_id`` is empty where SendGrid names no message, as for bounces that
    come late: such an event is bound by ``notification_id`` and ``attempt``, which came back with
    it, or else concerns the address alone. ``code`` is that of the table of codes, and empty for
    events that are no fault; ``sg.resubscribe`` is the one code that is good news.
    """

    event_id: str
    report: DeliveryReport | None
    address: str = field(repr=False)
    code: str
    at: datetime | None
    notification_id: str | None
    attempt: int | None


@dataclass(frozen=True, slots=True)
class EventBatch:
    """A batch as read. ``broken`` counts the entries that could not be, ``ignored`` the rest."""

    reports: tuple[EventReport, ...]
    broken: int = 0
    ignored: int = 0


#: Events about delivery. One that is deferred still waits at SendGrid, which goes on trying.
_STATUSES: dict[str, ReportedStatus] = {
    "processed": ReportedStatus.QUEUED,
    "deferred": ReportedStatus.QUEUED,
    "delivered": ReportedStatus.DELIVERED,
    "bounce": ReportedStatus.UNDELIVERED,
    "blocked": ReportedStatus.UNDELIVERED,
    "dropped": ReportedStatus.UNDELIVERED,
    # Only what has arrived can be reported as spam.
    "spamreport": ReportedStatus.DELIVERED,
}

#: A bounce may follow hours after the mail server had taken the email, and then it is the truth.
_OVERRULING = frozenset({"bounce", "blocked"})
#: Events come in any order: what is said to be delivered and came back has come back.
_GIVES_WAY = "delivered"

_CODES: dict[str, str] = {
    "bounce": "sg.bounce",
    "blocked": "sg.blocked",
    "spamreport": "sg.spamreport",
    "unsubscribe": "sg.unsubscribe",
    "group_unsubscribe": "sg.unsubscribe",
    "group_resubscribe": "sg.resubscribe",
}

#: The beginnings of SendGrid's reasons for dropping an email, in small letters.
_DROPS: tuple[tuple[str, str], ...] = (
    ("bounced address", "sg.dropped.bounced"),
    ("unsubscribed address", "sg.dropped.unsubscribed"),
    ("spam reporting address", "sg.dropped.spam_report"),
    ("spam content", "sg.dropped.spam_content"),
    ("invalid smtpapi", "sg.dropped"),
    ("invalid", "sg.dropped.invalid"),
)

_EVENT_ID = re.compile(r"[\x21-\x7e]{1,200}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_\-]{1,100}")
_NOTIFICATION = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_ATTEMPT = re.compile(r"[0-9]{1,6}", re.ASCII)
_LONGEST_ADDRESS = 320


def reports_from(raw: bytes) -> list[EventReport]:
    """What a batch says, event by event, each once; see :func:`batch_from`."""
    return list(batch_from(raw).reports)


def batch_from(raw: bytes) -> EventBatch:
    """Read a batch. An entry that cannot be read costs no other one; engagement is left out.

    Raises:
        WebhookRefused: 400, for a body that is no JSON array.
    """
    found: dict[str, EventReport] = {}
    broken = ignored = 0
    for entry in _entries(raw):
        if not isinstance(entry, Mapping) or not (word := _word(entry)):
            broken += 1
        elif word not in _STATUSES and word not in _CODES:
            ignored += 1  # an opened page proves no delivery: machines open them, too
        else:
            event = _event(entry, word)
            found.setdefault(event.event_id, event)
    return EventBatch(tuple(found.values()), broken, ignored)


def message_id_from(written: object) -> str:
    """The id under which the email was accepted: what stands before the first dot."""
    return _matched(_MESSAGE_ID, str(written or "").partition(".")[0])


def _entries(raw: bytes) -> Iterator[object]:
    try:
        entries = json.loads(raw)
    except (ValueError, RecursionError):
        raise WebhookRefused(400, "malformed JSON") from None
    if not isinstance(entries, list):
        raise WebhookRefused(400, "no list of events")
    return iter(entries)


def _word(entry: Mapping[str, Any]) -> str:
    """The event's name, with a bounce that is a mere refusal told apart by its type."""
    word = entry.get("event")
    if not isinstance(word, str):
        return ""
    return "blocked" if word == "bounce" and entry.get("type") == "blocked" else word


def _event(entry: Mapping[str, Any], word: str) -> EventReport:
    code = _drop_code(entry) if word == "dropped" else _CODES.get(word, "")
    notification_id, attempt = _ours(entry)
    return EventReport(
        event_id=_event_id(entry),
        report=_report(entry, word, code, notification_id, attempt),
        address=_address(entry.get("email")),
        code=code,
        at=_moment(entry.get("timestamp")),
        notification_id=notification_id,
        attempt=attempt,
    )


def _report(
    entry: Mapping[str, Any],
    word: str,
    code: str,
    notification_id: str | None,
    attempt: int | None,
) -> DeliveryReport | None:
    status = _STATUSES.get(word)
    if status is None:
        return None
    return DeliveryReport(
        provider_id=message_id_from(entry.get("sg_message_id")),
        status=status,
        raw_status=word,
        error_code=code if status is ReportedStatus.UNDELIVERED else "",
        notification_id=notification_id,
        attempt=attempt,
        overrules=word in _OVERRULING,
        gives_way=word == _GIVES_WAY,
    )


def _drop_code(entry: Mapping[str, Any]) -> str:
    reason = str(entry.get("reason") or "").strip().lower()
    return next((code for start, code in _DROPS if reason.startswith(start)), "sg.dropped")


def _ours(entry: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Our own two words: beside SendGrid's in an event, and below it in older descriptions."""
    for place in (entry, entry.get("custom_args"), entry.get("unique_args")):
        if isinstance(place, Mapping) and (nid := _matched(_NOTIFICATION, place.get("nid"))):
            attempt = _matched(_ATTEMPT, place.get("natt"))
            return nid, int(attempt) if attempt else None
    return None, None


def _event_id(entry: Mapping[str, Any]) -> str:
    """SendGrid's id of the event; without one, an own id that the same event gets again."""
    given = _matched(_EVENT_ID, entry.get("sg_event_id"))
    if given:
        return given
    canonical = json.dumps(entry, sort_keys=True).encode()
    return "sha256:" + hashlib.sha256(canonical).hexdigest()


def _address(written: object) -> str:
    text = written.strip() if isinstance(written, str) else ""
    is_one = "@" in text and text.isprintable() and len(text) <= _LONGEST_ADDRESS
    return text if is_one else ""


def _moment(written: object) -> datetime | None:
    """The time of an event, which SendGrid writes in seconds since 1970."""
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        return None
    try:
        return datetime.fromtimestamp(float(written), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _matched(pattern: re.Pattern[str], value: object) -> str:
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return text if pattern.fullmatch(text) else ""
