"""What was last seen of a record, and which of its fields have truly changed since.

FreshBooks' updates say that something happened and not what; two of them can be byte for byte the
same. So a change is what differs from the record as it was last looked at, in the fields that
matter to people: not when a balance moves because of a payment, which is an event of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from duebell.domain.books import Bill, Client, Expense, Invoice, Money, Payment, Record, Vendor


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it was last looked at.

    ``marker`` differs whenever anything of interest does; ``fields`` are digests of the fields that
    matter; ``changes`` counts the true changes so far. ``announced`` says that nobody needs to be
    told of its creation any more; ``is_draft`` that it was an invoice nobody had issued yet. ``at``
    is when it was looked at, as far as that is known.
    """

    marker: str
    fields: Mapping[str, str]
    changes: int = 0
    announced: bool = False
    is_draft: bool = False
    at: datetime | None = field(default=None, compare=False)


def marker_of(record: Record) -> str:
    """A word that differs when the record was changed; never because time went by."""
    if isinstance(record, Invoice):
        flags = f"{record.is_draft:d}{record.is_paid:d}{record.is_disputed:d}"
        state = f"{flags} {_money(record.outstanding)} {record.due_on}"
        return f"{record.version or _time(record)} {record.is_active:d} {state}"
    if isinstance(record, Bill):
        return (
            f"{_time(record)} {record.is_active:d}{record.is_paid:d} {_money(record.outstanding)}"
        )
    version = record.version if isinstance(record, Expense) else ""
    return f"{version or _time(record)} {record.is_active:d}"


def is_draft(record: Record) -> bool:
    """Whether a record is nothing yet that anybody could be told of."""
    return isinstance(record, Invoice) and record.is_draft and record.is_active


def _time(record: Record) -> str:
    return record.updated_at.isoformat() if record.updated_at else ""


def fields_of(record: Record, digest: Callable[[str], str]) -> dict[str, str]:
    """Digests of the fields whose change is worth telling, by the words that templates use."""
    return {name: digest(value) for name, value in _values(record).items()}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that differ, in a fixed order; one that was not known before does not count."""
    return tuple(sorted(name for name in after if name in before and before[name] != after[name]))


def _values(record: Record) -> dict[str, str]:
    if isinstance(record, Invoice):
        return _invoice(record)
    if isinstance(record, Client):
        return _client(record)
    if isinstance(record, Vendor):
        return _vendor(record)
    if isinstance(record, Bill):
        return _bill(record)
    return _payment(record) if isinstance(record, Payment) else _expense(record)


def _invoice(record: Invoice) -> dict[str, str]:
    return {
        "number": record.number,
        "client": record.client_id,
        "amount": _money(record.amount),
        "issued on": str(record.issued_on),
        "due on": str(record.due_on or ""),
        "description": record.description,
        "po number": record.po_number,
    }


def _client(record: Client) -> dict[str, str]:
    return {
        "name": f"{record.organization}\n{record.first_name}\n{record.last_name}",
        "email": record.email,
        "phone": f"{record.mobile_phone}\n{record.business_phone}\n{record.home_phone}",
        "address": f"{record.address}\n{record.country}",
    }


def _vendor(record: Vendor) -> dict[str, str]:
    return {
        "name": record.name,
        "contact": f"{record.first_name}\n{record.last_name}",
        "email": record.email,
        "phone": record.phone,
        "address": f"{record.address}\n{record.country}",
        "website": record.website,
        "account number": record.account_number,
        "currency": record.currency,
    }


def _bill(record: Bill) -> dict[str, str]:
    return {
        "number": record.number,
        "vendor": record.vendor_id,
        "amount": _money(record.amount),
        "issued on": str(record.issued_on),
        "due on": str(record.due_on or ""),
    }


def _payment(record: Payment) -> dict[str, str]:
    return {"amount": _money(record.amount), "invoice": record.invoice_id}


def _expense(record: Expense) -> dict[str, str]:
    return {"amount": _money(record.amount), "vendor": record.vendor, "day": str(record.spent_on)}


def _money(money: Money) -> str:
    # 10.0 and 10.00 are the same amount.
    return f"{money.amount.normalize():f} {money.currency}"
