"""What becomes of a notification: its statuses, what a provider may report, and how they meet.

::

    planned ──► sending ──► accepted ──► delivered
       ▲           │            ├──────► undelivered
       │           │            └──────► unconfirmed   (the carrier took it and never said more)
       │           ├──► rejected         (refused; nothing went out)
       └───────────┼──► outcome_unknown  (being asked; back to planned once it proves never sent)
                   └──► planned          (provably not sent: 429, connection refused)
    planned ──► suppressed               (on purpose, with the reason)
    any that is not final ──► abandoned  (an operator decided; only its arrival changes that)

Reports may repeat, overtake one another and arrive before our own write, so :func:`advance` is
total: every (status, report) pair is decided, and a status only ever moves forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class NotificationStatus(StrEnum):
    """Where a notification is."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCONFIRMED = "unconfirmed"
    REJECTED = "rejected"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SUPPRESSED = "suppressed"
    ABANDONED = "abandoned"


_S = NotificationStatus

#: What nobody has heard, or will; and with that what nobody has heard yet.
NEVER_HEARD = (_S.SUPPRESSED, _S.REJECTED, _S.ABANDONED)
NOT_HEARD = (_S.PLANNED, *NEVER_HEARD)

#: No further transition except recorded no-ops (and, for the last word of a provider that
#: contradicted itself, the answer it gives when asked).
FINAL = frozenset(
    {_S.DELIVERED, _S.UNDELIVERED, _S.UNCONFIRMED, _S.REJECTED, _S.SUPPRESSED, _S.ABANDONED}
)


class ReportedStatus(StrEnum):
    """What a provider said of a message, in our words (the provider's own word is kept beside)."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    OTHER = "other"  # a word we do not know: it proves acceptance, and is asked about


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One report on one message.

    ``asked`` tells a provider's answer to our question from a callback it sent by itself: where two
    final callbacks contradict each other, the answer decides. ``asks`` is what its question was
    counted as, so that a slow answer is not taken for the one to a later question. ``overrules`` is
    a later word that takes an earlier final one back: an email that came back after delivery. A
    report that ``gives_way`` is no news of what such a word was heard of before.
    """

    provider_id: str
    status: ReportedStatus
    raw_status: str
    error_code: str = ""
    notification_id: str | None = None
    attempt: int | None = None
    asked: bool = False
    overrules: bool = False
    asks: int = 0
    gives_way: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a report changes: the status after it, and whether the provider must be asked."""

    status: NotificationStatus
    must_ask: bool = False


_TARGET = {
    ReportedStatus.QUEUED: _S.ACCEPTED,
    ReportedStatus.SENT: _S.ACCEPTED,
    ReportedStatus.DELIVERED: _S.DELIVERED,
    ReportedStatus.UNDELIVERED: _S.UNDELIVERED,
}

#: A report proves that the provider has the message, so it moves every status that was still open
#: or wrong about that. Statuses of equal rank do not replace each other.
_RANK = {
    _S.PLANNED: 0,
    _S.SENDING: 0,
    _S.OUTCOME_UNKNOWN: 0,
    _S.SUPPRESSED: 0,
    _S.REJECTED: 0,
    _S.ABANDONED: 0,
    _S.ACCEPTED: 1,
    _S.UNCONFIRMED: 2,
    _S.DELIVERED: 3,
    _S.UNDELIVERED: 3,
}


def advance(status: NotificationStatus, report: DeliveryReport) -> Step:
    """Decide what a report does to a notification; defined for every pair, never backwards.

    Twilio guarantees neither order nor delivery of callbacks, so a lower rank is a late report and
    changes nothing. Two different final words are settled by asking. What an operator has left at
    that stays so unless it arrived: as a failure it would be flagged, or sent, once more.
    """
    if status is _S.ABANDONED and report.status is not ReportedStatus.DELIVERED:
        return Step(status)
    target = _TARGET.get(report.status)
    if target is None:
        known = _S.ACCEPTED if _RANK[status] < _RANK[_S.ACCEPTED] else status
        return Step(known, must_ask=known not in FINAL)
    if _RANK[target] > _RANK[status]:
        return Step(target)
    if _RANK[target] == _RANK[status] and target is not status:
        is_decided = report.asked or report.overrules
        return Step(target) if is_decided else Step(status, must_ask=True)
    return Step(status)


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """A text message, complete: what the provider is asked to send.

    ``valid_for`` is how many seconds it may wait in the provider's queue; None for as long as the
    provider keeps it.
    """

    notification_id: str
    attempt: int
    to: str = field(repr=False)
    body: str = field(repr=False)
    valid_for: int | None = None


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """An email, complete. ``sender_name`` is the firm's; ``unsubscribe_url`` is empty for staff and
    in safe mode.

    ``to_name`` is the recipient's name, which may be empty.
    """

    notification_id: str
    attempt: int
    to: str = field(repr=False)
    to_name: str = field(repr=False)
    sender_name: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    unsubscribe_url: str = field(default="", repr=False)


class OutcomeKind(StrEnum):
    """How a call to a provider ended."""

    ACCEPTED = "accepted"  # the provider has it and gave it an id
    REJECTED = "rejected"  # the provider refused; nothing went out
    NOT_SENT = "not_sent"  # provably never processed; the same attempt may be made again
    UNKNOWN = "unknown"  # may or may not have been accepted; ask, never send blindly again


class FailureClass(StrEnum):
    """Whose fault a provider's error code is, and so what is done about it."""

    RECIPIENT = "recipient"
    CONFIGURATION = "configuration"
    TEMPORARY = "temporary"
    RATE = "rate"
    UNKNOWN = "unknown"
    COMPLIANCE = "compliance"


class CodeMeaning(Protocol):
    """What a provider's error code means for us."""

    @property
    def failure(self) -> FailureClass:
        """Whose fault it is."""

    @property
    def sentence(self) -> str:
        """What an operator reads."""

    @property
    def stops_channel(self) -> bool:
        """Whether no other message could be sent either."""

    def again_at(self, now: datetime) -> datetime | None:
        """When a message that failed so after it was accepted may be sent again, if ever."""


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What is known after a call to a provider. ``retry_after`` is in seconds.

    ``stops_channel`` says that no other message could be sent either, until somebody has mended
    the configuration; ``is_alone`` that the pause is for this message and not for the sender.
    """

    kind: OutcomeKind
    provider_id: str = ""
    error_code: str = ""
    reason: str = ""
    failure: FailureClass | None = None
    retry_after: float | None = None
    stops_channel: bool = False
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """A message as the provider lists it, for finding one whose acceptance is in doubt."""

    provider_id: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    raw_status: str
    status: ReportedStatus
    error_code: str
    created_at: datetime | None
    is_outbound: bool
