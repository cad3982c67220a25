"""Made-up cases of every event, for trying out templates without anybody's books.

The cases of an event differ in what a record may lack, in amounts and currencies, and in whom the
message is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from duebell.domain.books import Invoice, Kind, Money
from duebell.domain.circumstances import Contact
from duebell.domain.dossiers import Dossier, FailedMessage, Notice
from duebell.domain.events import DUE, LADDERS, OVERDUE, kind_of_event, update_of
from duebell.domain.ladder import Rung
from duebell.domain.occurrences import Occurrence, nth_change
from duebell.domain.rules import CLIENT, CONTACTS, LIST_PREFIX, VENDOR
from duebell.wording.sample_firm import (
    SAMPLE_BILL,
    SAMPLE_BUSINESS,
    SAMPLE_CLIENT,
    SAMPLE_EXPENSE,
    SAMPLE_INVOICE,
    SAMPLE_PAYMENT,
    SAMPLE_VENDOR,
)
from duebell.wording.values import FIXED, values_for

__all__ = [
    "SAMPLE_BILL",
    "SAMPLE_BUSINESS",
    "SAMPLE_CLIENT",
    "SAMPLE_EXPENSE",
    "SAMPLE_INVOICE",
    "SAMPLE_PAYMENT",
    "SAMPLE_VENDOR",
    "sample_audiences",
    "sample_dossiers",
    "sample_values",
]


def sample_values(event: str, language: str = "en") -> Iterator[Mapping[str, Any]]:
    """What a template of an event sees, for a reader of this language.

    Every case is there for the usual audience, which comes first, and some are for each other one.
    """
    dossiers = list(sample_dossiers(event, language))
    for place, audience in enumerate(sample_audiences(event)):
        for dossier in dossiers[:_FOR_OTHERS] if place else dossiers:
            contact = Contact("sample", _name_of(audience, dossier), "")
            values = values_for(
                dossier, sample_occurrence(event, dossier), contact, _today(event), audience
            )
            yield {name: value for name, value in values.items() if name != "languages"}


def sample_audiences(event: str) -> tuple[str, ...]:
    """Whom a message about an event may be for, as templates see it; the usual audience first."""
    return (*_AUDIENCES.get(kind_of_event(event), (_STAFF,)), FIXED)


def sample_dossiers(event: str, language: str = "en") -> Iterator[Dossier]:
    """Made-up cases of an event."""
    kind = kind_of_event(event)
    if kind is None:
        yield from _own_dossiers(event)
        return
    client = replace(SAMPLE_CLIENT, language=language)
    # A ladder has rungs only where there is a due date.
    cases = _LADDER_CASES if event in LADDERS else _CASES[kind]
    for case in cases:
        owner = client if kind in _OF_CLIENTS else None
        yield Dossier(_AT, business=SAMPLE_BUSINESS, **{"client": owner, **case})


def sample_occurrence(event: str, dossier: Dossier) -> Occurrence:
    """The fact that a made-up case is about."""
    kind = kind_of_event(event)
    due_on = dossier.invoice.due_on if dossier.invoice is not None else None
    if event in LADDERS and due_on is not None:
        return Occurrence("SAMPLE", "1", event, Rung(_RUNGS[event], due_on).occurrence)
    if kind is not None and event == update_of(kind):
        names = ("email", "phone") if kind in (Kind.CLIENT, Kind.VENDOR) else ("amount", "due on")
        return Occurrence("SAMPLE", "1", event, nth_change(1, "sample", names))
    return Occurrence("SAMPLE", "1", event)


def _own_dossiers(event: str) -> Iterator[Dossier]:
    if event == "notification.failed":
        for failed in _FAILED:
            yield Dossier(_AT, business=SAMPLE_BUSINESS, failed=failed)
        return
    for notice in _NOTICES.get(event, (("", "freshbooks", "3"),)):
        yield Dossier(_AT, notice=Notice(event, *notice))


def _name_of(audience: str, dossier: Dossier) -> str:
    """Whom the made-up message is for; an address in the rulebook has no name."""
    if audience == CLIENT and dossier.client is not None:
        return dossier.client.name
    names = {CONTACTS: "Rhonda Shumway", VENDOR: SAMPLE_VENDOR.name, _STAFF: "Dana"}
    return names.get(audience, "")


def _today(event: str) -> date:
    due_on = SAMPLE_INVOICE.due_on
    return due_on + timedelta(days=_RUNGS.get(event, -5)) if due_on else date(2026, 10, 5)


#: How many cases are tried out for any but the usual audience: all of them for all take too long.
_FOR_OTHERS = 2

_AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
_RUNGS = {DUE: -3, OVERDUE: 5}
_OF_CLIENTS = (Kind.INVOICE, Kind.PAYMENT, Kind.CLIENT)

_STAFF = f"{LIST_PREFIX}approvers"
_AUDIENCES: Mapping[Kind | None, tuple[str, ...]] = {
    Kind.INVOICE: (CLIENT, CONTACTS, _STAFF),
    Kind.PAYMENT: (CLIENT, CONTACTS, _STAFF),
    Kind.CLIENT: (CLIENT, CONTACTS, _STAFF),
    Kind.BILL: (_STAFF, VENDOR),
    Kind.VENDOR: (VENDOR, _STAFF),
}

_SINCE = ("2026-10-05T09:30:00+00:00", "", "2026-10-05 09:30 UTC")
_STOPS = (
    (
        *("", "sms", "stop 7"),
        "Twilio does not accept the key, or the account is suspended: see Twilio's Console (20003)",
        "2026-10-05 09:30 UTC",
    ),
    (
        *("", "email", "stop 8"),
        "SendGrid does not accept the key: check DUEBELL_SENDGRID_API_KEY (sg.http.401)",
        "2026-10-05 09:30 UTC",
    ),
)
_NOTICES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "connection.lost": (
        ("", "freshbooks", "3"),
        ("", "SAMPLE", "inactive:2026-10-05"),
        *_STOPS,
    ),
    "webhook.silent": (
        ("SAMPLE", "payment.create", *_SINCE),
        ("", "twilio.status", *_SINCE),
        ("", "sendgrid.events", *_SINCE),
    ),
    "brake.engaged": (("SAMPLE", "7", "612 messages wait, which is more than 500 in one run."),),
}

_FAILED = (
    FailedMessage(
        invoice_number="0000042",
        client="Melmac Ceramics",
        recipient="+1•••••0101",
        channel="sms",
        reason="the number is not in service",
        code="30005",
        attempts=2,
        others=3,
        id="ntf_1a2b3c4d",
    ),
    FailedMessage(
        invoice_number="",
        client="",
        recipient="g•••••@melmac.example",
        channel="email",
        reason="the mailbox does not exist",
        code="",
        attempts=1,
        id="ntf_5e6f7a8b",
    ),
)


def _cad(amount: str) -> Money:
    return Money(Decimal(amount), "CAD")


def _left(amount: str) -> Invoice:
    """The invoice when so much of it is still to be paid."""
    outstanding = _cad(amount)
    return replace(SAMPLE_INVOICE, outstanding=outstanding, is_paid=not outstanding.amount)


def _over(amount: str, currency: str) -> Invoice:
    """The invoice over another amount, maybe in a currency with more or fewer decimals."""
    money = Money(Decimal(amount), currency)
    return replace(SAMPLE_INVOICE, amount=money, outstanding=money, is_paid=money.amount <= 0)


def _paid(amount: str, currency: str) -> Mapping[str, Any]:
    money = Money(Decimal(amount), currency)
    invoice = replace(_over(amount, currency), outstanding=Money(Decimal(0), currency))
    return {"payment": replace(SAMPLE_PAYMENT, amount=money), "invoice": invoice}


_Cases = tuple[Mapping[str, Any], ...]

_KWD = Money(Decimal("1500.5"), "KWD")

#: In every kind of event: currencies without and with three decimals, nothing, and a credit.
_AMOUNTS = (("123450", "JPY"), ("1234.5", "KWD"), ("0", "CAD"), ("-20", "CAD"))

_OPEN_CASES: _Cases = (
    {"invoice": SAMPLE_INVOICE},
    {"invoice": replace(SAMPLE_INVOICE, share_link="https://pay.example/987654")},
)
_LADDER_CASES: _Cases = (
    *_OPEN_CASES,
    {"invoice": _left("834.50")},
    *({"invoice": _over(*amount)} for amount in _AMOUNTS),
)

_CASES: Mapping[Kind, _Cases] = {
    Kind.INVOICE: (
        *_OPEN_CASES,
        {"invoice": replace(SAMPLE_INVOICE, due_on=None)},
        *_LADDER_CASES[len(_OPEN_CASES) :],
    ),
    Kind.PAYMENT: (
        {"payment": SAMPLE_PAYMENT, "invoice": _left("0.00")},
        {"payment": replace(SAMPLE_PAYMENT, amount=_cad("400.00")), "invoice": _left("834.50")},
        {"payment": replace(SAMPLE_PAYMENT, invoice_id="")},
        *(_paid(*amount) for amount in _AMOUNTS[:2]),
        # Money that went back to the client is a payment below zero.
        {"payment": replace(SAMPLE_PAYMENT, amount=_cad("-20.00")), "invoice": _left("20.00")},
    ),
    Kind.CLIENT: ({},),
    Kind.BILL: (
        {"bill": SAMPLE_BILL, "vendor": SAMPLE_VENDOR},
        {"bill": replace(SAMPLE_BILL, number="", due_on=None), "vendor": SAMPLE_VENDOR},
        {"bill": replace(SAMPLE_BILL, amount=_KWD, outstanding=_KWD), "vendor": SAMPLE_VENDOR},
    ),
    Kind.VENDOR: ({"vendor": SAMPLE_VENDOR},),
    Kind.EXPENSE: (
        {"expense": SAMPLE_EXPENSE},
        {"expense": replace(SAMPLE_EXPENSE, vendor="")},
        {"expense": replace(SAMPLE_EXPENSE, amount=Money(Decimal("-4000"), "JPY"))},
    ),
}
