"""A record with all that belongs to it, as it is now: what is decided and told from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebell.domain.books import (
    Bill,
    Business,
    Client,
    Expense,
    Invoice,
    Payment,
    Record,
    Vendor,
)
from duebell.domain.signals import Signal


@dataclass(frozen=True, slots=True)
class Notice:
    """One of Duebell's own events: ``subject`` is what it is about, ``detail`` tells it apart.

    A signal about one has both in its object id: ``freshbooks:3`` for the third token pair that was
    lost, ``payment.create:2026-11-14T09:30:00+00:00`` for a webhook that is silent since then,
    ``sms:stop 7`` for the seventh time that a channel was stopped. Of that, ``reason`` says why.
    ``since`` says since when a channel is stopped or a webhook silent, as people write it.
    """

    event: str
    account_id: str
    subject: str
    detail: str
    reason: str = ""
    since: str = ""

    @staticmethod
    def of(signal: Signal) -> Notice:
        """The event behind a signal that no record stands behind."""
        subject, _, detail = signal.object_id.partition(":")
        return Notice(signal.event, signal.account_id, subject, detail)


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that did not arrive, as staff is told of it; ``recipient`` is masked.

    ``id`` is as much of its id as commands need; ``others`` counts further ones that failed and are
    told with it.
    """

    invoice_number: str
    client: str
    recipient: str
    channel: str
    reason: str
    code: str
    attempts: int
    others: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known about the subject of a signal.

    ``record`` is what the signal is about; the fields after it are that record again under its own
    name, and those that belong to it. One of our own events (a lost connection) has a ``notice``
    instead of records. ``at`` is when it was read. ``is_partial`` says that something that belongs
    to the record is gone and left out; ``is_over`` that one of our own events is over by now.
    """

    at: datetime
    business: Business | None = None
    record: Record | None = None
    invoice: Invoice | None = None
    payment: Payment | None = None
    client: Client | None = None
    bill: Bill | None = None
    vendor: Vendor | None = None
    expense: Expense | None = None
    notice: Notice | None = None
    failed: FailedMessage | None = None
    is_partial: bool = False
    is_over: bool = False

    @property
    def client_id(self) -> str | None:
        """Whose record it is, where it is a client's."""
        if self.client is not None:
            return self.client.id
        for record in (self.invoice, self.payment, self.expense):
            if record is not None and record.client_id:
                return record.client_id
        return None

    @property
    def vendor_id(self) -> str | None:
        """Whose bill it is, where it is a vendor's."""
        if self.vendor is not None:
            return self.vendor.id
        return self.bill.vendor_id if self.bill is not None else None

    @property
    def country(self) -> str:
        """The country of the business, as FreshBooks writes it; empty where nobody knows."""
        return self.business.country if self.business is not None else ""

    @property
    def number(self) -> str | None:
        """The number of the invoice or bill, which people know it by."""
        if self.invoice is not None:
            return self.invoice.number
        return self.bill.number if self.bill is not None else None
