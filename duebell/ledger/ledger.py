"""The ledger: what processes ask of it, each verb one transaction, group-committed.

Writes go through one thread per process (:mod:`duebell.ledger.committer`); reads go through
another, so that a slow read never holds up an acknowledgement. No verb calls anybody over the
network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.exc import SQLAlchemyError

from duebell.domain.connections import KnownCallback, StoredPair, TokenPair
from duebell.domain.consent import EmailEvent, EventResult, InboundResult, InboundText
from duebell.domain.delivery import CodeMeaning, DeliveryReport, NotificationStatus
from duebell.domain.failures import LedgerUnavailable
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.ledger import (
    attempts,
    audit,
    claiming,
    email_events,
    inbox,
    looking_back,
    notifications,
    opt_outs,
    outcomes,
    plans,
    questions,
    readiness,
    reports,
    stranded,
    subscriptions,
    tokens,
    unsent,
    verifiers,
    workers,
)
from duebell.ledger.attempts import Intent, Withheld
from duebell.ledger.audit import AuditRecord
from duebell.ledger.claiming import Ending
from duebell.ledger.clearing import BrakeTerms
from duebell.ledger.committer import GroupCommitter
from duebell.ledger.email_events import HeardEvent
from duebell.ledger.engine import first_line, open_engine
from duebell.ledger.erased_addresses import know_erased
from duebell.ledger.inbox import Arrival
from duebell.ledger.looking_back import LookBack
from duebell.ledger.notifications import Notification
from duebell.ledger.outcomes import Ended
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.plans import Recorded
from duebell.ledger.questions import Question
from duebell.ledger.report_rows import Heard
from duebell.ledger.reports import ReportResult
from duebell.ledger.sealing import Sealer
from duebell.ledger.seen import RecordKey
from duebell.ledger.verifiers import VerifierState
from duebell.ledger.workers import Worker

T = TypeVar("T")

AUTH_TOKENS = "twilio.auth_tokens"
SENDGRID_KEY = "sendgrid.webhook_key"


def utc_now() -> datetime:
    """The clock of a process; passed on as an argument."""
    return datetime.now(UTC)


def _no_meaning(_code: str) -> CodeMeaning | None:
    return None


class Ledger:
    """One process's way to the ledger. ``meaning_of`` knows the providers' codes."""

    def __init__(
        self,
        url: str,
        sealer: Sealer,
        *,
        now: Callable[[], datetime] = utc_now,
        linger_seconds: float = 0.0,
        checkpoints: bool = True,
        meaning_of: Callable[[str], CodeMeaning | None] = _no_meaning,
    ) -> None:
        self._sealer = sealer
        self._now = now
        self._meaning_of = meaning_of
        self._writing = open_engine(url, checkpoints=checkpoints)
        self._reading = open_engine(url, writer=False)
        for engine in (self._writing, self._reading):
            event.listen(engine, "begin", lambda c: know_erased(c, sealer.digest))
        # Signals are claimed and ended by changes of their own: after messages and stops.
        self._committer = GroupCommitter(self._writing, linger_seconds=linger_seconds, last=_each)
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="ledger-reader")

    def close(self) -> None:
        """Finish what was begun and close the database."""
        self._committer.close()
        self._readers.shutdown()
        self._writing.dispose()
        self._reading.dispose()

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Run one change in a transaction, together with others that wait.

        Raises:
            LedgerUnavailable: if the database cannot be written; nothing was stored.
        """
        return await self._committer.write(_each, change)

    async def read(self, question: Callable[[Connection], T]) -> T:
        """Run a question that changes nothing.

        Raises:
            LedgerUnavailable: if the database cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._read_now, question
        )

    def _read_now(self, question: Callable[[Connection], T]) -> T:
        try:
            with self._reading.begin() as connection:
                return question(connection)
        except SQLAlchemyError as error:
            raise LedgerUnavailable(f"the ledger cannot be read: {first_line(error)}") from error

    # -- inbox

    async def record_signal(self, signal: Signal) -> None:
        """Keep a signal; returns when it is on disk."""
        await self._committer.write(inbox.record, Arrival(signal, self._now()))

    async def record_signals(self, signals: Sequence[Signal]) -> None:
        """Keep signals that came together; returns when all are on disk."""
        arrivals = [Arrival(signal, self._now()) for signal in signals]
        if arrivals:
            await self.write(lambda c: inbox.record(c, arrivals))

    async def count_claimable(self) -> int:
        """How many signals somebody should work on."""
        return await self.read(lambda c: claiming.count_claimable(c, self._now()))

    async def claim(self, worker_id: str, batch_id: str, most: int) -> list[ClaimedSignal]:
        """Take signals as a batch."""
        return await self.write(lambda c: claiming.claim(c, worker_id, batch_id, most, self._now()))

    async def reclaim(self, worker_id: str, batch_id: str) -> list[ClaimedSignal]:
        """Take what is left of a batch."""
        return await self.write(lambda c: claiming.reclaim(c, worker_id, batch_id, self._now()))

    async def end_signals(self, endings: Sequence[Ending], worker_id: str | None = None) -> None:
        """Mark signals done, or put them off; with ``worker_id`` only those it still holds."""
        if endings:
            await self.write(lambda c: claiming.end(c, endings, worker_id))

    async def release(self, worker_id: str, batch_id: str, pause: timedelta) -> int:
        """Put off what a run left claimed; gives how many."""
        return await self.write(
            lambda c: claiming.release(c, worker_id, batch_id, self._now() + pause)
        )

    # -- notifications

    async def record_plans(
        self,
        records: Sequence[PlanRecord],
        new_id: Callable[[], str],
        brakes: BrakeTerms | None = None,
    ) -> Recorded:
        """Record decisions; gives the notification of every dedup key."""
        return await self.write(lambda c: plans.record(c, records, new_id, self._now(), brakes))

    async def look_back(
        self,
        keys: Collection[RecordKey],
        signal_ids: Collection[int],
        *,
        with_rungs: bool = True,
    ) -> LookBack:
        """What is known of these records, and what these signals led to already."""
        return await self.read(
            lambda c: looking_back.look_back(c, keys, signal_ids, with_rungs=with_rungs)
        )

    def digest(self, text: str) -> str:
        """A short word for a text, by which two can be compared and neither be found out."""
        return self._sealer.digest(text)

    async def notifications(self, ids: Collection[str]) -> dict[str, Notification]:
        """Notifications as they are now."""
        return await self.read(lambda c: notifications.read(c, ids)) if ids else {}

    async def open_objects(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which (account, object) pairs were heard of and are not told yet."""
        return await self.read(lambda c: unsent.open_objects(c, keys))

    async def begin_attempt(self, intent: Intent) -> int | None:
        """Win the right to send; None where somebody else has it."""
        return await self._committer.write(attempts.begin, intent)

    async def finish_attempt(self, ended: Ended) -> NotificationStatus:
        """Record how a call ended."""
        return await self._committer.write(outcomes.finish, ended)

    async def withhold(self, item: Withheld) -> bool:
        """Suppress a planned notification."""
        return await self._committer.write(attempts.withhold, item)

    async def apply_report(self, report: DeliveryReport) -> ReportResult:
        """Record and apply what a provider said."""
        return await self._committer.write(reports.apply, self._heard(report))

    def _heard(self, report: DeliveryReport) -> Heard:
        now, meaning = self._now(), self._meaning_of(report.error_code)
        if meaning is None:
            code = report.error_code
            return Heard(report, now, f"error {code}" if code else "")
        return Heard(
            report,
            now,
            meaning.sentence,
            meaning.failure,
            meaning.again_at(now),
            meaning.stops_channel,
        )

    async def apply_inbound(self, text: InboundText) -> InboundResult:
        """Obey what a person who wrote to us asks for."""
        now = self._now()
        return await self.write(lambda c: opt_outs.hear(c, text, now))

    async def apply_email_events(self, events: Sequence[EmailEvent]) -> list[EventResult]:
        """Record and apply what a carrier of emails told, in the order in which it happened.

        By portions, so that a large batch holds up nobody: where one cannot be stored, those before
        it stay applied, and the carrier tells all of them again.
        """
        results: list[EventResult] = []
        for items in email_events.portions([self._heard_event(one) for one in events]):
            results += await self.write(partial(email_events.apply, items=items))
        return results

    def _heard_event(self, event: EmailEvent) -> HeardEvent:
        heard = self._heard(event.report) if event.report is not None else None
        meaning, now = self._meaning_of(event.code), self._now()
        if meaning is None:
            return HeardEvent(event, now, heard=heard)
        return HeardEvent(event, now, meaning.sentence, meaning.failure, heard)

    async def unsubscribe(self, notification_id: str) -> bool:
        """Suppress the address that an email went to; False where there is no such email."""
        now = self._now()
        return await self.write(lambda c: opt_outs.unsubscribe(c, notification_id, now))

    async def sender_of(self, notification_id: str) -> str | None:
        """The firm that an email came from, maybe unnamed; None where there is no such email."""
        return await self.read(lambda c: opt_outs.sender_of(c, notification_id))

    # -- questions

    async def doubt_abandoned(self, grace: timedelta) -> int:
        """Find calls that nobody will end."""
        return await self.write(lambda c: attempts.doubt_abandoned(c, self._now(), grace))

    async def reopen_stranded(self) -> int:
        """Find planned notifications that no open signal will bring out."""
        return await self.write(lambda c: stranded.reopen(c, self._now()))

    async def flag_forgotten(self) -> int:
        """Find planned notifications whose signal is gone."""
        return await self.write(lambda c: stranded.flag_forgotten(c, self._now()))

    async def take_questions(self, most: int) -> list[Question]:
        """Take what the provider must be asked about now."""
        return await self.write(lambda c: questions.take(c, self._now(), most))

    async def bound_ids(self, provider_ids: list[str]) -> frozenset[str]:
        """Which of these provider ids belong to an attempt."""
        return await self.read(lambda c: questions.bound_ids(c, provider_ids))

    async def answered_nothing_new(
        self, question: Question, *, was_asked: bool = True
    ) -> NotificationStatus:
        """The provider has no final word yet, or cannot be asked."""
        return await self.write(
            lambda c: questions.answered_nothing_new(c, question, self._now(), was_asked=was_asked)
        )

    async def answered_absent(
        self,
        question: Question,
        grace: timedelta,
        *,
        may_resend: bool,
        nothing: str = "",
        was_asked: bool = True,
    ) -> NotificationStatus:
        """The provider has nothing of it, or (``nothing`` says so) cannot be asked."""
        return await self.write(
            lambda c: questions.answered_absent(
                c,
                question,
                self._now(),
                grace,
                may_resend=may_resend,
                nothing=nothing,
                was_asked=was_asked,
            )
        )

    # -- subscriptions

    async def ensure_callback(self, account_id: str, event: str, base_url: str, token: str) -> None:
        """Make sure that a subscription is known."""
        now = self._now()
        await self.write(lambda c: subscriptions.ensure(c, account_id, event, base_url, token, now))

    async def callbacks(self, base_url: str) -> list[KnownCallback]:
        """Our subscriptions under a public URL."""
        return await self.read(lambda c: subscriptions.all_of(c, base_url, self._sealer))

    async def find_callback(self, url_token: str) -> KnownCallback | None:
        """The subscription of a webhook URL."""
        return await self.read(lambda c: subscriptions.by_token(c, url_token, self._sealer))

    async def bind_callback(self, row: int, callback_id: str, *, is_verified: bool) -> None:
        """Remember what FreshBooks says of a subscription."""
        now = self._now()
        await self.write(
            lambda c: subscriptions.bind(c, row, callback_id, is_verified=is_verified, now=now)
        )

    async def accept_verifier(self, row: int, verifier: str, callback_id: str) -> None:
        """Remember that FreshBooks took a verifier."""
        now = self._now()
        await self.write(lambda c: subscriptions.accept(c, row, verifier, callback_id, now))

    async def forget_remote_callback(self, row: int) -> None:
        """FreshBooks does not have the subscription."""
        await self.write(lambda c: subscriptions.forget_remote(c, row, self._now()))

    async def record_handshake(
        self, callback: KnownCallback, verifier: str, remote_callback_id: str
    ) -> None:
        """Keep a verifier until it is offered to FreshBooks."""
        await self.write(
            lambda c: verifiers.add_verifier(
                c, callback.row, verifier, remote_callback_id, self._sealer, self._now()
            )
        )

    async def unsettled_verifiers(self) -> list[tuple[int, str, str]]:
        """Handshakes that wait for their answer."""
        return await self.read(lambda c: verifiers.unsettled_verifiers(c, self._sealer))

    async def mark_verifier(self, row: int, verifier: str, state: VerifierState) -> None:
        """Remember how far a verifier got."""
        await self.write(lambda c: verifiers.mark_verifier(c, row, verifier, state))

    async def note(self, record: AuditRecord) -> None:
        """Put into the audit trail what a person had done that no other verb tells."""
        now = self._now()
        await self.write(lambda c: audit.append(c, [record], now))

    # -- connections and processes

    async def seed_connection(self, refresh: str) -> bool:
        """Start from a refresh token that a person gave."""
        return await self.write(lambda c: tokens.seed(c, refresh, self._sealer, self._now()))

    async def connect(self, pair: TokenPair, superseded: Sequence[str] = ()) -> int:
        """Start anew from a pair that a person's consent brought; returns when it is on disk."""
        return await self.write(
            lambda c: tokens.connect(c, pair, superseded, self._sealer, self._now())
        )

    async def put_auth_tokens(self, values: Sequence[str]) -> None:
        """Keep the tokens that sign Twilio's callbacks for the webhook process."""
        await self._put_value(AUTH_TOKENS, "\n".join(values))

    async def put_sendgrid_key(self, text: str) -> None:
        """Keep the key that verifies SendGrid's events for the webhook process."""
        await self._put_value(SENDGRID_KEY, text)

    async def sendgrid_key(self) -> str:
        """The key that verifies SendGrid's events; empty while no worker has told it."""
        return await self._value(SENDGRID_KEY) or ""

    async def _put_value(self, name: str, text: str) -> None:
        if (await self._value(name) or "") != text:
            await self.write(lambda c: tokens.put_value(c, name, text, self._sealer, self._now()))

    async def auth_tokens(self) -> tuple[str, ...]:
        """The tokens that may sign Twilio's callbacks; none before a worker has started."""
        text = await self._value(AUTH_TOKENS)
        return tuple(text.split("\n")) if text else ()

    async def _value(self, name: str) -> str | None:
        return await self.read(lambda c: tokens.get_value(c, name, self._sealer))

    async def beat(self, worker: Worker) -> None:
        """Renew a worker's lease."""
        await self.write(lambda c: workers.beat(c, worker, self._now()))

    async def leave(self, worker_id: str) -> None:
        """End a worker's lease."""
        await self.write(lambda c: workers.leave(c, worker_id, self._now()))

    async def living_workers(self, *, with_guests: bool = False) -> frozenset[str]:
        """The ids of living workers; with guests, of all processes that may hold Prefect runs."""
        return await self.read(lambda c: workers.living(c, self._now(), with_guests=with_guests))

    async def reserve_pace(self, sender: str, segments: int, per_second: float) -> datetime:
        """Book a stretch of a sender's rate."""
        now = self._now()
        return await self.write(
            lambda c: workers.reserve_pace(c, sender, segments, per_second, now)
        )

    async def readiness(self, base_url: str) -> list[str]:
        """What is missing until this installation can do its work; one sentence each."""
        now = self._now()
        await self.write(readiness.probe)
        return await self.read(lambda c: readiness.missing(c, base_url, now))


def _each(connection: Connection, changes: Sequence[Callable[[Connection], T]]) -> Sequence[T]:
    return [change(connection) for change in changes]


class LedgerTokens:
    """The ledger as the store of FreshBooks' rotating token pair."""

    def __init__(self, ledger: Ledger, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._sealer = sealer
        self._now = now

    async def read(self) -> StoredPair | None:
        """The pair as it is now."""
        return await self._ledger.read(lambda c: tokens.read(c, self._sealer))

    async def claim_refresh(self, generation: int, owner: str) -> bool:
        """Win the right to refresh."""
        now = self._now()
        return await self._ledger.write(lambda c: tokens.claim_refresh(c, generation, owner, now))

    async def release_refresh(self, generation: int, owner: str) -> None:
        """Give the right back."""
        await self._ledger.write(lambda c: tokens.release_refresh(c, generation, owner))

    async def replace(self, generation: int, pair: TokenPair) -> bool:
        """Store the next pair; returns when it is on disk."""
        now = self._now()
        return await self._ledger.write(
            lambda c: tokens.replace(c, generation, pair, self._sealer, now)
        )

    async def mark_lost(self, generation: int, reason: str) -> None:
        """Remember that the connection is lost."""
        now = self._now()
        await self._ledger.write(lambda c: tokens.mark_lost(c, generation, reason, now))
