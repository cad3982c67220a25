"""What a payment does to its invoice, and what taking it back undoes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from duebell.sandbox.books import DELETED, Books, Payment
from duebell.sandbox.changing import BadChange
from duebell.sandbox.times import UPDATED


class Effect(NamedTuple):
    """How much less an invoice is owed because of a payment."""

    invoice_id: int
    amount: Decimal


NONE = Effect(0, Decimal(0))


def effect_of(row: object) -> Effect:
    """The effect of a payment; a deleted one, one for no invoice and other records have none."""
    if not isinstance(row, Payment) or row.vis_state == DELETED or not row.invoice_id:
        return NONE
    return Effect(row.invoice_id, Decimal(row.amount))


def settle(books: Books, payment: Payment, at: datetime, before: Effect = NONE) -> None:
    """Let an invoice be owed less by a payment, or more again by what the payment was before.

    Raises:
        BadChange: if the payment is more than is outstanding.
    """
    after = effect_of(payment)
    _owe(books, before.invoice_id, before.amount, payment, at)
    try:
        _owe(books, after.invoice_id, -after.amount, payment, at)
    except BadChange:
        _owe(books, before.invoice_id, -before.amount, payment, at)
        raise


def _owe(books: Books, invoice_id: int, more: Decimal, payment: Payment, at: datetime) -> None:
    invoice = books.invoices.get(invoice_id)
    if invoice is None or not more:
        return
    outstanding = Decimal(invoice.outstanding) + more
    if outstanding < 0:
        raise BadChange(f"payment {payment.id} is more than invoice {invoice_id} is owed")
    invoice.outstanding = str(outstanding)
    invoice.date_paid = payment.date
    invoice.version = UPDATED["invoice"].write(at)
