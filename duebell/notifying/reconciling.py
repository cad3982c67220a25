"""Finding out what became of messages: asking where no report gave the final word."""

from __future__ import annotations

import asyncio
import logging
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta

from duebell.domain.asking import is_hopeless
from duebell.domain.delivery import (
    DeliveryReport,
    NotificationStatus,
    ProviderMessage,
    ReportedStatus,
)
from duebell.domain.failures import ProviderError
from duebell.domain.provider_names import provider_name
from duebell.domain.rules import Channel
from duebell.ledger.questions import Question
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

MOST_QUESTIONS = 200
#: So many questions are asked at the same time: messages need the other connections.
MOST_AT_ONCE = 8
#: Our clock may be wrong. Number, text and an id that no other attempt has decide already; a
#: message of an earlier, doubtful attempt is rightly found as well.
CLOCK_SKEW = timedelta(hours=1)
#: Why a text to the same number, from about then, decides nothing.
REMOVED = "a text to this number was removed at Twilio, so that nobody can tell whether it was this"
#: So long questions about a message in doubt may fail until a person has to decide.
UNANSWERED_FOR = timedelta(hours=24)

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
    await runtime.ledger.flag_forgotten()
    return await runtime.ledger.doubt_abandoned(_grace(runtime))


async def ask_all(runtime: Runtime) -> Reconciled:
    """Ask about everything that is due."""
    result, turns = Reconciled(), asyncio.Semaphore(MOST_AT_ONCE)
    while questions := await runtime.ledger.take_questions(MOST_QUESTIONS):
        answers = await asyncio.gather(*(_in_turn(runtime, one, turns) for one in questions))
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


async def _in_turn(
    runtime: Runtime, question: Question, turns: asyncio.Semaphore
) -> NotificationStatus | None:
    async with turns:
        return await _ask(runtime, question)


async def _ask(runtime: Runtime, question: Question) -> NotificationStatus | None:
    try:
        if question.channel == Channel.EMAIL:
            return await _ask_about_email(runtime, question)
        if question.provider_id is not None:
            message = await runtime.texts.fetch(question.provider_id)
            return await _answered(runtime, question, message)
        return await _ask_by_content(runtime, question)
    except ProviderError as failure:
        log.warning(
            "question_unanswered",
            extra={"notification": question.notification_id, "reason": str(failure)},
        )
        return await _unanswered(runtime, question)


async def _unanswered(runtime: Runtime, question: Question) -> NotificationStatus | None:
    """The question's lease runs out by itself, and it is asked again; but not for ever."""
    now = runtime.now()
    if question.provider_id is not None:
        if not is_hopeless(question.channel, question.started_at, now):
            return None
        return await runtime.ledger.answered_nothing_new(question, was_asked=False)
    if now - question.started_at < UNANSWERED_FOR:
        return None
    return await _left_open(runtime, question, "nobody could tell for a day what became of it")


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
    """Who cannot be asked reports by itself or never: then a person decides.

    Neither can a provider that lists messages by a number that was erased here.
    """
    if question.provider_id is not None:
        return await runtime.ledger.answered_nothing_new(question, was_asked=False)
    who = provider_name(question.provider)
    return await _left_open(
        runtime, question, f"nothing was heard of it, and {who} cannot be asked"
    )


async def _left_open(runtime: Runtime, question: Question, nothing: str) -> NotificationStatus:
    return await runtime.ledger.answered_absent(
        question, _grace(runtime), may_resend=False, was_asked=False, nothing=nothing
    )


async def _ask_by_content(runtime: Runtime, question: Question) -> NotificationStatus:
    if question.is_lost(runtime.now()):
        return await _ask_nobody(runtime, question)
    listed = await runtime.texts.find(question.recipient)
    possible = [message for message in listed if _may_be(question, message)]
    bound = await runtime.ledger.bound_ids([message.provider_id for message in possible])
    possible = [message for message in possible if message.provider_id not in bound]
    for message in possible:
        if message.body:
            await _apply(runtime, question, message)
            return await runtime.ledger.answered_nothing_new(question)
    if possible:
        return await _left_open(runtime, question, REMOVED)
    return await _absent(runtime, question)


async def _absent(runtime: Runtime, question: Question) -> NotificationStatus:
    may_resend = runtime.settings.unknown_policy == "resend"
    return await runtime.ledger.answered_absent(question, _grace(runtime), may_resend=may_resend)


def _may_be(question: Question, message: ProviderMessage) -> bool:
    """Whether a listed message is the one in doubt, or may be: its text may have been removed.

    Twilio may put something before or after a text (a trial's notice, how to opt out).
    """
    is_later = message.created_at is None or message.created_at >= question.started_at - CLOCK_SKEW
    if not (message.is_outbound and is_later):
        return False
    own, listed = _plain(question.body), _plain(message.body)
    return not message.body or (own in listed if own else message.body == question.body)


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
            asks=question.asks,
        )
    )
