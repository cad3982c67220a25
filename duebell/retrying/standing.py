"""What became of messages that an operator has sent again, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from duebell.domain import asking
from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.domain.local_times import LocalTimes
from duebell.domain.sentences import with_code
from duebell.ledger import channel_stops, workers
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.retrying import Answered
from duebell.ledger.statements import rows_among
from duebell.people.masking import mask

_S = NotificationStatus

_NO_WORKER = "waits: no worker is running"
_START_ONE = "; `duebell up` starts one"
_SENT = {
    _S.ACCEPTED: "sent",
    _S.DELIVERED: "sent, and delivered",
    _S.UNCONFIRMED: "sent; nobody said whether it arrived",
}
#: The same where its provider was asked first, and had it after all.
_WAS_THERE = {
    _S.ACCEPTED: "not sent again: its provider has it after all",
    _S.DELIVERED: "not sent again: it was delivered after all",
    _S.UNCONFIRMED: "not sent again: it had left, and nobody said whether it arrived",
}
#: A message that is put off for longer than this is not waited for.
_SOON = timedelta(seconds=10)

_COLUMNS = (
    *("id", "account_id", "status", "reason", "error_code", "hold", "not_before", "asks"),
    *("next_ask_at", "failed", "channel", "recipient", "invoice_number"),
    *("failed_at", "cleared_at", "attempts"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a message stands. ``is_settled`` says that nobody need wait for it any longer, and
    ``is_well`` that it neither failed again nor is kept from being sent. The recipient is masked.
    """

    id: str
    invoice_number: str
    recipient: str
    status: str
    words: str
    is_settled: bool = True
    is_well: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """What of a notification decides how it stands; ``tries`` is how often it was tried, and
    ``tries_before`` how often when the operator spoke.
    """

    id: str
    account_id: str
    status: NotificationStatus
    reason: str
    code: str
    hold: str
    not_before: datetime | None
    asks: int
    next_ask_at: datetime | None
    failed: bool
    channel: str
    recipient: str
    invoice_number: str
    failed_at: datetime | None = None
    cleared_at: datetime | None = None
    tries: int = 1
    tries_before: int = 0

    @property
    def is_old_failure(self) -> bool:
        """Whether it failed before it was planned again, and was not even tried since."""
        return bool(self.failed_at and self.cleared_at and self.failed_at <= self.cleared_at)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a message that waits may wait for: workers, and channels that are stopped (and why)."""

    now: datetime
    times: LocalTimes
    has_worker: bool
    stops: Mapping[str, str]


def outcome_of(answered: Answered, standing: Standing) -> str:
    """What became of a message that was not refused; with the warning while that may come true."""
    if not answered.warning or standing.status == _S.DELIVERED:
        return standing.words
    return f"{standing.words}; {answered.warning}"


def standings(
    connection: Connection, answers: Sequence[Answered], times: LocalTimes, now: datetime
) -> list[Standing]:
    """How the messages that an operator spoke of stand now, in the same order."""
    around = Circumstances(
        now,
        times,
        workers.count_living(connection, now) > 0,
        {one.channel: one.reason for one in channel_stops.in_force(connection).values()},
    )
    query = select(*(NOTIFICATIONS.c[name] for name in _COLUMNS))
    ids = [one.id for one in answers]
    rows = {row[0]: row for row in rows_among(connection, query, NOTIFICATIONS.c.id, ids)}
    found = [(_read(*rows[one.id]), one.tries) for one in answers if one.id in rows]
    return [_standing(replace(row, tries_before=tries), around) for row, tries in found]


def _read(
    id_: str,
    account_id: str,
    status: str,
    reason: str | None,
    code: str | None,
    hold: str | None,
    not_before: datetime | None,
    asks: int,
    next_ask_at: datetime | None,
    failed: bool,
    channel: str,
    recipient: str,
    number: str | None,
    failed_at: datetime | None,
    cleared_at: datetime | None,
    tries: int,
) -> Row:
    return Row(
        id_,
        account_id,
        NotificationStatus(status),
        reason or "",
        code or "",
        hold or "",
        not_before,
        asks,
        next_ask_at,
        failed,
        channel,
        mask(channel, recipient),
        number or "",
        failed_at,
        cleared_at,
        tries,
    )


def _standing(row: Row, around: Circumstances) -> Standing:
    words, is_settled, is_well = how_it_stands(row, around)
    return Standing(
        row.id, row.invoice_number, row.recipient, row.status.value, words, is_settled, is_well
    )


def how_it_stands(row: Row, around: Circumstances) -> tuple[str, bool, bool]:
    """In words; whether it has come to rest; and whether that is well."""
    if row.status in _SENT:
        said = _SENT if row.tries > row.tries_before else _WAS_THERE
        return said[row.status], True, True
    if asking.is_before_retry(row.asks) and row.next_ask_at is not None:
        return _asked(around)
    match row.status:
        case _S.PLANNED:
            words, is_settled = _waits(row, around)
            return words, is_settled, True
        case _S.SENDING:
            return "is being sent", False, True
        case _S.OUTCOME_UNKNOWN if row.failed:
            return f"not sent: {row.reason}", True, False
        case _S.OUTCOME_UNKNOWN:
            return "its outcome is in doubt; the provider is asked", True, True
        case _S.UNDELIVERED | _S.REJECTED if not row.is_old_failure:
            return f"failed again: {with_code(row.reason, row.code)}", True, False
        case _:
            return f"not sent: {row.reason}", True, False


def _asked(around: Circumstances) -> tuple[str, bool, bool]:
    if not around.has_worker:
        return f"{_NO_WORKER} to ask its provider first{_START_ONE}", True, True
    return "waits: its provider is asked first", False, True


def _waits(row: Row, around: Circumstances) -> tuple[str, bool]:
    """For what a planned message waits, and whether it is of no use to wait with it."""
    if row.hold == Hold.BRAKE:
        return "waits: a brake holds it; `duebell brake list` shows which", True
    until = row.not_before
    if row.hold:
        when = f" until {around.times.minute(until, row.account_id)}" if until else ""
        return f"waits{when}: {row.hold}", True
    if not around.has_worker:
        return f"{_NO_WORKER}{_START_ONE}", True
    if reason := around.stops.get(row.channel):
        return f"waits: no {row.channel} can be sent now: {reason}", True
    if until is not None and until > around.now + _SOON:
        when = around.times.minute(until, row.account_id)
        return f"waits until {when}: {row.reason}", True
    return "waits for its turn", False
