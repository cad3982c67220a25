"""Reasons not to tell: asked when deciding, and again in the moment before sending."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from duebell.domain.books import Record
from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.occurrences import Occurrence
from duebell.domain.reasons import DRAFT_HELD, reason_not_to_tell
from tests.unit.domain.scenes import (
    MAKERS,
    NOW,
    a_bill,
    a_client,
    a_dossier,
    a_payment,
    a_vendor,
    an_expense,
    an_invoice,
    usd,
)

RUNG = "+5@2026-03-31"

REASONS: list[tuple[Record, str, str | None]] = [
    (an_invoice(is_active=False, is_draft=True), "once", "the invoice is deleted or archived"),
    (an_invoice(is_draft=True, is_disputed=True), "once", DRAFT_HELD),
    (an_invoice(is_paid=True, is_disputed=True), "once", "the invoice is paid"),
    (an_invoice(is_disputed=True), "once", "the invoice is disputed"),
    (an_invoice(outstanding=usd("0")), "once", "nothing is outstanding on the invoice"),
    (an_invoice(outstanding=usd("-2.00")), "once", "nothing is outstanding on the invoice"),
    (an_invoice(amount=usd("0"), outstanding=usd("0")), "once", None),
    (an_invoice(amount=usd("-5"), outstanding=usd("-5")), "once", None),
    (an_invoice(is_auto_billed=True), "once", None),
    (an_invoice(outstanding=usd("0.01"), status="partial"), "once", None),
    (an_invoice(status="overdue"), RUNG, None),
    (an_invoice(is_auto_billed=True), RUNG, "the invoice is about to be paid automatically"),
    (an_invoice(due_on=date(2026, 4, 1)), RUNG, "the due date has moved"),
    (an_invoice(due_on=None), RUNG, "the due date has moved"),
    (an_invoice(is_draft=True, due_on=None), RUNG, DRAFT_HELD),
    (a_payment(is_active=False), "once", "the payment is deleted"),
    (a_payment(is_from_credit=True), "once", "it is a credit that was applied, no money came in"),
    (
        a_payment(amount=usd("0.00")),
        "once",
        "the payment is over nothing, no money came in",
    ),
    (a_payment(amount=usd("-5.00")), "once", None),
    (a_payment(invoice_id=""), "once", None),
    (a_bill(is_active=False), "once", "the bill is deleted or archived"),
    (a_bill(is_paid=True), "once", "the bill is paid"),
    (a_bill(), "once", None),
    (a_client(is_active=False), "once", "the record is deleted or archived"),
    (a_vendor(is_active=False), "once", "the record is deleted or archived"),
    (an_expense(is_active=False), "once", "the record is deleted or archived"),
]


@pytest.mark.parametrize(("record", "occurrence", "reason"), REASONS)
def test_every_reason(record: Record, occurrence: str, reason: str | None) -> None:
    """A record that must not be told of has one reason, the strongest first."""
    event = "invoice.overdue" if occurrence == RUNG else "invoice.create"

    found = reason_not_to_tell(Occurrence("a1", record.id, event, occurrence), a_dossier(record))

    assert reason == found


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_as_usual_may_be_told(kind: Any) -> None:
    """A record of each kind that is there and open is told."""
    record = MAKERS[kind]()

    assert (
        reason_not_to_tell(Occurrence("a1", record.id, f"{kind}.create"), a_dossier(record)) is None
    )


def test_a_payment_is_told_though_its_invoice_is_paid() -> None:
    """What speaks against reminding of an invoice does not speak against thanking for the money."""
    paid = an_invoice(is_paid=True, outstanding=usd("0"))

    dossier = a_dossier(a_payment(), invoice=paid)

    assert reason_not_to_tell(Occurrence("a1", "900", "payment.create"), dossier) is None


def test_own_events_are_always_told() -> None:
    """Nothing in the books can silence the news that the connection is lost."""
    dossier = Dossier(NOW, notice=Notice("connection.lost", "", "freshbooks", "3"))

    assert reason_not_to_tell(Occurrence("", "freshbooks:3", "connection.lost"), dossier) is None


def test_an_own_event_that_is_over_is_not_told() -> None:
    """That a channel was stopped is no news once it works again."""
    dossier = Dossier(NOW, notice=Notice("connection.lost", "", "sms", "stop 7"), is_over=True)
    fact = Occurrence("", "sms:stop 7", "connection.lost")

    assert "the channel works again" == reason_not_to_tell(fact, dossier)
