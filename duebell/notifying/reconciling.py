"""Finding out what became of messages: asking where no report gave the final word."""

from __future__ import annotations

import asyncio
import logging
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta

from duebell.domain.delivery import (
    DeliveryReport,
    NotificationStatus,
    ProviderMessage,
    ReportedStatus,
)
from duebell.domain.failures import ProviderError
from duebell.domain.rules import Channel
from duebell.ledger.questions import Question
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

MOST_QUESTIONS = 200
#: Our clock may be wrong. Number, text and an id that no other attempt has decide already; a
#: message of an earlier, doubtful attempt is rightly found as well.
CLOCK_SKEW = timedelta(hours=1)
#: What Twilio puts before the text of a trial account.
TRIAL_PREFIX = "Sent from your Twilio trial account - "

_FINAL_WORDS = (ReportedStatus.DELIVERED, ReportedStatus.UNDELIVERED)


@dataclass(slots=True)
class Reconciled:
    """What one round of asking came to."""

    doubted: int = 0
    asked: int = 0
    unanswered: int = 0
    statuses: dict[str, int] = field(default_factory=dict)


async def find_doubts(runtime: Runtime) -> int:
    """Find what was lost on the way: calls whose worker died before it recorded their outcome,
    and planned messages that no run will come to. Gives how many calls are in doubt now.
    """
    await runtime.ledger.reopen_stranded()
    return await runtime.ledger.doubt_abandoned(_grace(runtime))


async def ask_all(runtime: Runtime) -> Reconciled:
    """Ask about everything that is due."""
    result = Reconciled()
    while questions := await runtime.ledger.take_questions(MOST_QUESTIONS):
        answers = await asyncio.gather(*(_ask(runtime, question) for question in questions))
        result.asked += len(questions)
        for status in answers:
            if status is None:
                result.unanswered += 1
            else:
                result.statuses[status] = result.statuses.get(status, 0) + 1
        if len(questions) < MOST_QUESTIONS:
            break
    return result


def _grace(runtime: Runtime) -> timedelta:
    return timedelta(seconds=runtime.settings.unknown_grace_seconds)


async def _ask(runtime: Runtime, question: Question) -> NotificationStatus | None:
    try:
        if question.channel == Channel.EMAIL:
            return await _ask_about_email(runtime, question)
        if question.provider_id is not None:
            message = await runtime.texts.fetch(question.provider_id)
            return await _answered(runtime, question, message)
        return await _ask_by_content(runtime, question)
    except ProviderError as failure:
        # The question's lease runs out by itself, and it is asked again.
        log.warning(
            "question_unanswered",
            extra={"notification": question.notification_id, "reason": str(failure)},
        )
        return None


async def _answered(
    runtime: Runtime, question: Question, message: ProviderMessage | None
) -> NotificationStatus:
    if message is not None:
        await _apply(runtime, question, message)
        if message.status in _FINAL_WORDS:
            return NotificationStatus(message.status.value)
    return await runtime.ledger.answered_nothing_new(question)


async def _ask_about_email(runtime: Runtime, question: Question) -> NotificationStatus:
    transport = runtime.transports.get(question.provider)
    if transport is None or not transport.can_be_asked:
        return await _ask_nobody(runtime, question)
    if question.provider_id is not None:
        return await _answered(runtime, question, await transport.fetch(question.provider_id))
    since = question.started_at - CLOCK_SKEW
    for message in await transport.find(question.notification_id, question.attempt, since):
        return await _answered(runtime, question, message)
    return await _absent(runtime, question)


async def _ask_nobody(runtime: Runtime, question: Question) -> NotificationStatus:
    """Who cannot be asked reports by itself or never: then a person decides."""
    if question.provider_id is not None:
        return await runtime.ledger.answered_nothing_new(question, was_asked=False)
    return await runtime.ledger.answered_absent(
        question,
        _grace(runtime),
        may_resend=False,
        was_asked=False,
        nothing=f"nothing was heard of it, and {question.provider or 'nobody'} cannot be asked",
    )


async def _ask_by_content(runtime: Runtime, question: Question) -> NotificationStatus:
    listed = await runtime.texts.find(question.recipient)
    candidates = [message for message in listed if _matches(question, message)]
    bound = await runtime.ledger.bound_ids([message.provider_id for message in candidates])
    for message in candidates:
        if message.provider_id not in bound:
            await _apply(runtime, question, message)
            return await runtime.ledger.answered_nothing_new(question)
    return await _absent(runtime, question)


async def _absent(runtime: Runtime, question: Question) -> NotificationStatus:
    may_resend = runtime.settings.unknown_policy == "resend"
    return await runtime.ledger.answered_absent(question, _grace(runtime), may_resend=may_resend)


def _matches(question: Question, message: ProviderMessage) -> bool:
    is_later = message.created_at is None or message.created_at >= question.started_at - CLOCK_SKEW
    same_text = _plain(message.body.removeprefix(TRIAL_PREFIX)) == _plain(question.body)
    return message.is_outbound and is_later and same_text


def _plain(text: str) -> str:
    """Letters and digits alone: Twilio may replace look-alike characters of what it was given.

    https://www.twilio.com/docs/messaging/services#smart-encoding
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(filter(str.isalnum, folded))


async def _apply(runtime: Runtime, question: Question, message: ProviderMessage) -> None:
    await runtime.ledger.apply_report(
        DeliveryReport(
            provider_id=message.provider_id,
            status=message.status,
            raw_status=message.raw_status,
            error_code=message.error_code,
            notification_id=question.notification_id,
            attempt=question.attempt,
            asked=True,
        )
    )
