"""Why somebody must not be told of a fact: asked when deciding, and again just before sending."""

from __future__ import annotations

from duebell.domain.books import Bill, Invoice, Payment, Record
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS
from duebell.domain.occurrences import Occurrence

DELETED = "the invoice is deleted or archived"
OVER = "the channel works again"
DRAFT_HELD = "the invoice is a draft; it is looked at again when it changes"


def reason_not_to_tell(occurrence: Occurrence, dossier: Dossier) -> str | None:
    """Why this fact must not be told now, if there is a reason."""
    record = dossier.record
    if record is None:
        return OVER if dossier.is_over else None
    if isinstance(record, Invoice):
        return _invoice(record) or _rung(occurrence, record)
    if isinstance(record, Payment):
        return _payment(record)
    return _bill(record) if isinstance(record, Bill) else _removed(record)


def why_stopped(dossier: Dossier) -> str | None:
    """Why nothing that is still planned for an invoice may leave, whatever it is about."""
    invoice = dossier.invoice
    if invoice is None or (reason := _invoice(invoice)) == DRAFT_HELD:
        return None
    return reason


def _invoice(invoice: Invoice) -> str | None:
    if not invoice.is_active:
        return DELETED
    if invoice.is_draft:
        return DRAFT_HELD
    if invoice.is_paid:
        return "the invoice is paid"
    if invoice.is_disputed:
        return "the invoice is disputed"
    if invoice.outstanding.amount <= 0 < invoice.amount.amount:
        return "nothing is outstanding on the invoice"
    return None


def _rung(occurrence: Occurrence, invoice: Invoice) -> str | None:
    if occurrence.event_type not in LADDERS or (rung := occurrence.rung) is None:
        return None
    if invoice.outstanding.amount <= 0:
        return "nothing is outstanding on the invoice"
    if invoice.is_auto_billed:
        return "the invoice is about to be paid automatically"
    if invoice.due_on != rung.due_on:
        return "the due date has moved"
    return None


def _payment(payment: Payment) -> str | None:
    if not payment.is_active:
        return "the payment is deleted"
    if payment.is_from_credit:
        return "it is a credit that was applied, no money came in"
    if not payment.amount.amount:
        return "the payment is over nothing, no money came in"
    return None


def _bill(bill: Bill) -> str | None:
    if not bill.is_active:
        return "the bill is deleted or archived"
    return "the bill is paid" if bill.is_paid else None


def _removed(record: Record) -> str | None:
    return None if record.is_active else "the record is deleted or archived"
