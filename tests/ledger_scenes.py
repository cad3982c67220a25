"""Scenes for tests of the ledger: complete values with one field overridden, and common steps."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from duebell.domain.asking import QUESTIONS_BEFORE_ABSENT
from duebell.domain.books import Invoice, Money
from duebell.domain.circumstances import Contact
from duebell.domain.decisions import Decision, Plan, PlannedNotification, Verdict
from duebell.domain.delivery import (
    DeliveryReport,
    FailureClass,
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
    SendOutcome,
)
from duebell.domain.dossiers import Dossier
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.ledger import notifications
from duebell.ledger.attempts import Intent
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import Notification
from duebell.ledger.outcomes import Ended
from duebell.ledger.plan_records import PlanRecord
from duebell.ledger.workers import Worker

T = TypeVar("T")

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
GRACE = timedelta(seconds=60)
PHONE = "+12125550101"
ACCOUNT = "a1"
WORKER = "worker-1"
RULE = Rule("invoice.create", "client", Channel.SMS, "invoice_created")

_new_ids = itertools.count(1)


@dataclass(frozen=True)
class Meaning:
    """What a made-up code means. ``pause`` is how long until it may be sent again, if ever."""

    failure: FailureClass
    stops_channel: bool = False
    pause: timedelta | None = None

    @property
    def sentence(self) -> str:
        """What an operator reads."""
        return f"It is a matter of {self.failure}."

    def again_at(self, now: datetime) -> datetime | None:
        """When a message that failed so after it was accepted may be sent again, if ever."""
        return None if self.pause is None else now + self.pause


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        """Let time pass, in the words of ``timedelta``."""
        self.at += timedelta(**span)


def run(step: Coroutine[Any, Any, T]) -> T:
    """Do one step of a test to its end."""
    return asyncio.run(step)


async def _gather(steps: Sequence[Awaitable[T]]) -> list[T]:
    return list(await asyncio.gather(*steps))


def together(*steps: Awaitable[T]) -> list[T]:
    """Do several steps at the same time; gives their results in order."""
    return asyncio.run(_gather(steps))


def a_signal(object_id: str = "42", event: str = "invoice.create") -> Signal:
    """A signal about an invoice."""
    return Signal(ACCOUNT, event, object_id)


def a_worker(id_: str = WORKER) -> Worker:
    """A worker process."""
    return Worker(id_, "host", 1)


def a_plan(object_id: str = "42", *, rule: Rule = RULE, contact: str = "client:7") -> Plan:
    """A plan that tells one contact of a new invoice."""
    occurrence = Occurrence(ACCOUNT, object_id, "invoice.create")
    who = Contact(contact, "Acme", PHONE)
    planned = PlannedNotification(occurrence, rule, who, rule.channel, rule.to)
    return Plan((Decision(Verdict.PLANNED, f"rule {rule.name}", rule, occurrence, planned),))


def a_claim(object_id: str = "42", id_: int = 1, event: str = "invoice.create") -> ClaimedSignal:
    """A signal as a worker holds it."""
    return ClaimedSignal(id_, a_signal(object_id, event), START, 1)


def a_record(claimed: ClaimedSignal | None = None, plan: Plan | None = None) -> PlanRecord:
    """A plan to be recorded."""
    claimed = claimed or a_claim()
    plan = plan or a_plan(claimed.signal.object_id)
    return PlanRecord(claimed, plan, a_dossier(claimed.signal), {"outstanding": "10.00"})


def a_dossier(signal: Signal) -> Dossier:
    """What is known of the invoice that a signal is about."""
    invoice = Invoice(
        account_id=signal.account_id,
        id=signal.object_id,
        number="INV-1",
        client_id="7",
        status="sent",
        is_active=True,
        is_draft=False,
        is_paid=False,
        is_disputed=False,
        amount=Money(Decimal("10.00"), "USD"),
        outstanding=Money(Decimal("10.00"), "USD"),
        issued_on=date(2026, 3, 1),
        due_on=date(2026, 3, 31),
        language="en",
        updated_at=START,
    )
    return Dossier(START, record=invoice, invoice=invoice)


def new_id() -> str:
    """A new id of a notification."""
    return f"n{next(_new_ids)}"


def an_intent(notification_id: str, at: datetime = START, worker: str = WORKER) -> Intent:
    """That a worker is about to send."""
    return Intent(notification_id, worker, PHONE, "Your invoice INV-1 is here.", at)


def an_ending(
    notification_id: str,
    kind: OutcomeKind = OutcomeKind.ACCEPTED,
    *,
    number: int = 1,
    provider_id: str = "SM1",
    at: datetime = START,
    not_before: datetime | None = None,
) -> Ended:
    """How a call ended; only an accepted one has the provider's id."""
    sid = provider_id if kind is OutcomeKind.ACCEPTED else ""
    outcome = SendOutcome(kind, provider_id=sid, reason="" if sid else f"it was {kind}")
    return Ended(notification_id, number, outcome, at, GRACE, not_before)


def a_report(
    status: ReportedStatus = ReportedStatus.DELIVERED,
    *,
    provider_id: str = "SM1",
    notification_id: str | None = None,
    attempt: int | None = None,
    asked: bool = False,
    error_code: str = "",
    asks: int = 0,
) -> DeliveryReport:
    """A provider's report."""
    known = (provider_id, status, status.value, error_code, notification_id, attempt)
    return DeliveryReport(*known, asked, asks=asks)


def claimed_signal(ledger: Ledger, object_id: str = "42") -> ClaimedSignal:
    """Record a signal and claim it for the living worker."""
    run(ledger.beat(a_worker()))
    run(ledger.record_signal(a_signal(object_id)))
    return run(ledger.claim(WORKER, f"batch-{object_id}", 10))[0]


def planned(ledger: Ledger, object_id: str = "42", claimed: ClaimedSignal | None = None) -> str:
    """Plan a notification; gives its id."""
    known = run(ledger.record_plans([a_record(claimed or a_claim(object_id))], new_id)).known
    return next(iter(known.values())).id


def sending(ledger: Ledger, object_id: str = "42", at: datetime = START) -> str:
    """Plan a notification and begin its first attempt; gives its id."""
    id_ = planned(ledger, object_id)
    assert run(ledger.begin_attempt(an_intent(id_, at))) == 1
    return id_


def accepted(ledger: Ledger, object_id: str = "42", provider_id: str = "SM1") -> str:
    """Bring a notification to ``accepted``; gives its id."""
    id_ = sending(ledger, object_id)
    run(ledger.finish_attempt(an_ending(id_, provider_id=provider_id)))
    return id_


def in_doubt(ledger: Ledger, object_id: str = "42", claimed: ClaimedSignal | None = None) -> str:
    """Bring a notification to ``outcome_unknown``; gives its id."""
    id_ = planned(ledger, object_id, claimed)
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.UNKNOWN)))
    return id_


def believed_absent(
    ledger: Ledger, clock: Clock, id_: str, *, may_resend: bool = True
) -> NotificationStatus:
    """Have the provider asked about a doubt until it is believed to have nothing of it."""
    told = NotificationStatus.OUTCOME_UNKNOWN
    for _ in range(QUESTIONS_BEFORE_ABSENT):
        due = notification(ledger, id_).next_ask_at
        assert due is not None
        clock.at = max(clock.at, due)
        (question,) = run(ledger.take_questions(5))
        told = run(ledger.answered_absent(question, GRACE, may_resend=may_resend))
    return told


def resent(ledger: Ledger, clock: Clock, first: str | None = "SM1") -> str:
    """A notification whose first attempt failed after all and whose second was accepted as SM2."""
    id_ = in_doubt(ledger)
    assert believed_absent(ledger, clock, id_) is NotificationStatus.PLANNED
    assert run(ledger.begin_attempt(an_intent(id_, clock()))) == 2
    run(ledger.finish_attempt(an_ending(id_, number=2, provider_id="SM2", at=clock())))
    if first:
        # The first attempt turns out to have reached the provider: its id becomes known late.
        run(ledger.finish_attempt(an_ending(id_, number=1, provider_id=first, at=clock())))
    return id_


def rows(ledger: Ledger, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    """What a query finds in the ledger's database."""

    def ask(connection: Connection) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in connection.execute(text(sql), parameters)]

    return run(ledger.read(ask))


def column(ledger: Ledger, sql: str, **parameters: object) -> list[Any]:
    """The first column of what a query finds."""
    return [row[0] for row in rows(ledger, sql, **parameters)]


def status_of(ledger: Ledger, id_: str) -> NotificationStatus:
    """The status of a notification."""
    found = column(ledger, "select status from notifications where id = :id", id=id_)
    return NotificationStatus(found[0])


def notification(ledger: Ledger, id_: str) -> Notification:
    """A notification as the ledger holds it."""
    return run(ledger.write(lambda c: notifications.lock(c, [id_])))[id_]


def trail(ledger: Ledger, id_: str) -> list[tuple[str | None, str | None]]:
    """The changes of status that the audit trail tells of a notification, in order."""
    found = rows(
        ledger,
        "select from_status, to_status from audit_records"
        " where entity = 'notification' and entity_id = :id"
        " and action not in ('attempt', 'report') order by id",
        id=id_,
    )
    return [(row[0], row[1]) for row in found]
