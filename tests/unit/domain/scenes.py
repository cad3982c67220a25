"""Scenes for tests of the deciding code: complete records, and one look at one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from duebell.domain.books import (
    Bill,
    Business,
    Client,
    Expense,
    Invoice,
    Kind,
    Money,
    Payment,
    Record,
    Vendor,
    kind_of,
)
from duebell.domain.changes import Seen, fields_of, marker_of
from duebell.domain.circumstances import Circumstances, NoContact, Person
from duebell.domain.decisions import Plan
from duebell.domain.deriving import LadderTerms, Sight
from duebell.domain.dossiers import Dossier
from duebell.domain.ladder import MissedRungs
from duebell.domain.occurrences import Occurrence
from duebell.domain.planning import plan
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.domain.signals import Signal

ACCOUNT = "a1"
MADE_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
AFTER = datetime(2026, 3, 3, tzinfo=UTC)
NOW = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
TODAY = NOW.date()

BUSINESS = Business(ACCOUNT, "1", "Northwind Bookkeeping", "America/Toronto", "Canada")

#: In the hours of the ladder, and outside of them.
OPEN, CLOSED = LadderTerms(TODAY), LadderTerms(None)


#: Nobody opted out, nothing is paused, nobody was told anything.
CALM = Circumstances(NOW, ZoneInfo("America/Toronto"))


def usd(amount: str) -> Money:
    """An amount in US dollars."""
    return Money(Decimal(amount), "USD")


def _made(cls: type[Any], values: dict[str, Any], changes: dict[str, Any]) -> Any:
    return cls(
        **{"account_id": ACCOUNT, "is_active": True, "updated_at": MADE_AT, **values} | changes
    )


def an_invoice(**changes: object) -> Invoice:
    """An invoice that was sent, is open, and is due at the end of the month."""
    values = {
        "id": "42",
        "number": "INV-1",
        "client_id": "7",
        "status": "sent",
        "is_draft": False,
        "is_paid": False,
        "is_disputed": False,
        "amount": usd("10.00"),
        "outstanding": usd("10.00"),
        "issued_on": date(2026, 2, 1),
        "due_on": date(2026, 3, 31),
        "language": "en",
        "created_at": MADE_AT,
    }
    made: Invoice = _made(Invoice, values, changes)
    return made


def a_payment(**changes: object) -> Payment:
    """A payment of an invoice."""
    values = {
        "id": "900",
        "invoice_id": "42",
        "client_id": "7",
        "amount": usd("10.00"),
        "paid_on": date(2026, 3, 4),
        "type": "Check",
    }
    made: Payment = _made(Payment, values, changes)
    return made


def a_client(**changes: object) -> Client:
    """A client with a mobile phone."""
    values = {
        "id": "7",
        "first_name": "Gordon",
        "last_name": "Shumway",
        "organization": "Acme",
        "email": "gordon@acme.example",
        "mobile_phone": "+12125550101",
        "business_phone": "",
        "home_phone": "",
        "country": "United States",
        "language": "en",
        "currency": "USD",
        "created_at": MADE_AT,
    }
    made: Client = _made(Client, values, changes)
    return made


def a_vendor(**changes: object) -> Vendor:
    """A vendor with a phone."""
    values = {
        "id": "1563",
        "name": "Ridgeway Office Supply",
        "first_name": "Ada",
        "last_name": "Ridgeway",
        "email": "ada@ridgeway.example",
        "phone": "+12125550155",
        "website": "ridgeway.example",
        "address": "1 Ridge Road",
        "country": "Canada",
        "language": "fr",
        "currency": "CAD",
        "account_number": "4-8-15",
        "created_at": MADE_AT,
    }
    made: Vendor = _made(Vendor, values, changes)
    return made


def a_bill(**changes: object) -> Bill:
    """A bill that is open."""
    values = {
        "id": "77",
        "number": "BN101",
        "vendor_id": "1563",
        "status": "unpaid",
        "is_paid": False,
        "amount": usd("99.00"),
        "outstanding": usd("99.00"),
        "issued_on": date(2026, 3, 1),
        "due_on": date(2026, 3, 20),
        "language": "en",
        "created_at": MADE_AT,
    }
    made: Bill = _made(Bill, values, changes)
    return made


def an_expense(**changes: object) -> Expense:
    """An expense that is for no client."""
    values = {
        "id": "70011",
        "vendor": "Harbor Taxi",
        "amount": usd("30.00"),
        "spent_on": date(2026, 3, 4),
        "notes": "",
        "category_id": "1",
        "client_id": "",
    }
    made: Expense = _made(Expense, values, changes)
    return made


MAKERS: Mapping[Kind, Callable[..., Record]] = {
    Kind.INVOICE: an_invoice,
    Kind.PAYMENT: a_payment,
    Kind.CLIENT: a_client,
    Kind.VENDOR: a_vendor,
    Kind.BILL: a_bill,
    Kind.EXPENSE: an_expense,
}
_NAMES = {Kind.VENDOR: "vendor"}


def a_dossier(record: Record, at: datetime = NOW, **others: Any) -> Dossier:
    """A record with what belongs to it."""
    kind = kind_of(record)
    known = {"business": BUSINESS, "record": record, _NAMES.get(kind, kind.value): record}
    return Dossier(at, **{**known, **others})


def a_rule(on: str, to: str = "client", *days: int, template: str = "note") -> Rule:
    """A rule for texts."""
    return Rule(on, to, Channel.SMS, template, days)


def digest(text: str) -> str:
    """A digest that people can read."""
    return text


def seen(record: Record, *, changes: int = 0, announced: bool = True) -> Seen:
    """That a record was looked at when it was like this."""
    return Seen(marker_of(record), fields_of(record, digest), changes, announced)


def a_sight(record: Record, before: Seen | None = None, **known: Any) -> Sight:
    """What a look at a record shows; we watch since before it was made."""
    fields = fields_of(record, digest)
    shown = {"marker": marker_of(record), "fields": fields, "state": "|".join(fields.values())}
    return Sight(seen=before, **{"since": BEFORE, **shown, **known})


ACME = Person("client:7", "Acme", sms="+12125550101")
DANA = Person("list:approvers:Dana", "Dana", sms="+12125550102", is_staff=True)
EVERYBODY: dict[str, list[Person | NoContact]] = {"client": [ACME], "list:approvers": [DANA]}


@dataclass(frozen=True)
class Desk:
    """Somebody who looks at records under a rulebook."""

    rules: tuple[Rule, ...]
    people: dict[str, list[Person | NoContact]] = field(default_factory=lambda: EVERYBODY)
    terms: LadderTerms = OPEN
    circumstances: Circumstances = CALM

    def look(self, record: Record, event: str, before: Seen | None = None, **known: Any) -> Plan:
        """Decide about a record that a signal of this event speaks of."""
        signal = Signal(record.account_id, event, record.id)
        sight = a_sight(record, before, **known)
        book = Rulebook(self.rules)
        dossier = a_dossier(record)
        return plan(signal, dossier, sight, self.people, book, self.terms, self.circumstances)


def on_day(day: date, missed: MissedRungs = MissedRungs.LATEST) -> LadderTerms:
    """The terms of a calendar day of the business, in the hours of the ladder."""
    return LadderTerms(day, missed)


def told(planned: Plan) -> list[Occurrence]:
    """The facts that a plan tells, in order."""
    return [one.occurrence for one in planned.notifications]


def told_events(planned: Plan) -> list[str]:
    """The event types of the facts that a plan tells, in order."""
    return [one.event_type for one in told(planned)]
