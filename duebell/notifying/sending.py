"""Sending one message once: win the right, commit, call, record.

Every path ends with an outcome on record or with the attempt left in ``sending``, which the sweep
in :mod:`duebell.notifying.reconciling` finds. Nothing here ever calls a provider twice for one
attempt.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from duebell.domain.delivery import (
    FailureClass,
    NotificationStatus,
    OutcomeKind,
    OutgoingEmail,
    OutgoingText,
    SendOutcome,
)
from duebell.domain.failures import LedgerUnavailable
from duebell.domain.rules import Channel
from duebell.domain.worth import validity
from duebell.ledger.attempts import Intent, Withheld
from duebell.ledger.outcomes import Ended
from duebell.notifying.letters import Letter
from duebell.notifying.slowing import pause_after
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

TEXT_PROVIDER = "twilio"
NO_EMAIL_SENDER = (
    "Nobody is set to carry emails: set DUEBELL_TWILIO_EMAIL_FROM, or SendGrid's settings."
)

#: A right to send that was won longer ago is not used: it may have been given to another worker.
STALE_AFTER = timedelta(seconds=10)
#: How often, and at which pauses, the outcome of a call is offered to a ledger that is not there.
RECORD_PAUSES_SECONDS = (0.2, 1.0, 3.0, 5.0, 10.0)


class Sent(StrEnum):
    """What sending came to, for those who count."""

    DONE = "done"  # accepted, rejected or in doubt: recorded
    LATER = "later"  # provably not sent; planned again
    ELSEWHERE = "elsewhere"  # somebody else has the right to send it, or nobody has any more
    HELD = "held"  # the invoice is a draft again, or it is night; the message waits for a change


async def send(runtime: Runtime, letter: Letter) -> Sent:
    """Send a letter if it is ours to send, and record what became of it.

    The caller holds one of the runtime's places for messages in flight.
    """
    began = runtime.now()
    number = await runtime.ledger.begin_attempt(
        Intent(
            letter.notification_id,
            runtime.worker.id,
            letter.to,
            letter.body,
            began,
            letter.today,
            letter.instead_of,
            letter.channel.value,
            provider_of(runtime, letter),
        )
    )
    if number is None:
        return Sent.ELSEWHERE
    outcome = await _call(runtime, letter, number, began)
    not_before = _not_before(runtime, letter, number, outcome, began)
    status = await _record(runtime, _ended(runtime, letter, number, outcome, not_before))
    _note(letter, number, outcome, status)
    return Sent.LATER if outcome.kind is OutcomeKind.NOT_SENT else Sent.DONE


def provider_of(runtime: Runtime, letter: Letter) -> str:
    """Who is asked to send a letter."""
    if letter.channel is Channel.SMS:
        return TEXT_PROVIDER
    return runtime.emails.provider if runtime.emails is not None else ""


async def _call(runtime: Runtime, letter: Letter, number: int, began: datetime) -> SendOutcome:
    if runtime.now() - began > STALE_AFTER:
        # This process stood still (a paused machine), and others may think it dead by now.
        reason = "the worker stood still before the call"
        return SendOutcome(OutcomeKind.NOT_SENT, reason=reason, is_alone=True)
    if letter.email is not None:
        return await _send_email(runtime, replace(letter.email, attempt=number))
    valid_for = validity(runtime.now(), letter.valid_until) if letter.valid_until else None
    return await runtime.texts.send(
        OutgoingText(letter.notification_id, number, letter.to, letter.body, valid_for)
    )


async def _send_email(runtime: Runtime, email: OutgoingEmail) -> SendOutcome:
    if runtime.emails is None:
        return SendOutcome(
            OutcomeKind.NOT_SENT,
            error_code="email.sender",
            reason=NO_EMAIL_SENDER,
            failure=FailureClass.CONFIGURATION,
            stops_channel=True,
        )
    return await runtime.emails.send(email)


def _ended(
    runtime: Runtime,
    letter: Letter,
    number: int,
    outcome: SendOutcome,
    not_before: datetime | None,
) -> Ended:
    return Ended(
        notification_id=letter.notification_id,
        number=number,
        outcome=outcome,
        at=runtime.now(),
        grace=timedelta(seconds=runtime.settings.unknown_grace_seconds),
        not_before=not_before,
    )


def _not_before(
    runtime: Runtime, letter: Letter, number: int, outcome: SendOutcome, began: datetime
) -> datetime | None:
    """When a message that was provably not sent may be tried again.

    Where all messages share the refusal, the sender is closed until then.
    """
    pacer = runtime.pacer_of(letter.channel)
    if outcome.kind is not OutcomeKind.NOT_SENT:
        if outcome.kind is not OutcomeKind.UNKNOWN:
            pacer.answered(began)
        return None
    if not (outcome.is_alone or outcome.stops_channel):
        slows = outcome.failure is FailureClass.RATE
        return pacer.refused(began, outcome.retry_after, runtime.jitter(), slows=slows)
    told = outcome.retry_after
    pause = told if told is not None else pause_after(number, runtime.jitter())
    return runtime.now() + timedelta(seconds=pause)


async def _record(runtime: Runtime, ended: Ended) -> NotificationStatus:
    for pause in RECORD_PAUSES_SECONDS:
        try:
            return await runtime.ledger.finish_attempt(ended)
        except LedgerUnavailable:
            log.warning("outcome_not_recorded_yet", extra={"notification": ended.notification_id})
            await runtime.sleep(pause)
    return await runtime.ledger.finish_attempt(ended)


def _note(letter: Letter, number: int, outcome: SendOutcome, status: NotificationStatus) -> None:
    log.info(
        "attempt_ended",
        extra={
            "notification": letter.notification_id,
            "attempt": number,
            "outcome": outcome.kind.value,
            "status": status.value,
            "provider_id": outcome.provider_id,
            "error_code": outcome.error_code,
        },
    )


async def withhold(
    runtime: Runtime,
    notification_id: str,
    reason: str,
    status: NotificationStatus = NotificationStatus.SUPPRESSED,
) -> None:
    """End a planned notification without sending it, with the reason on record."""
    await runtime.ledger.withhold(Withheld(notification_id, reason, runtime.now(), status))
