"""The accounting firm in the sandbox: its clients, and what happens to its books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from duebell.sandbox import credentials
from duebell.sandbox.state import Client, Invoice, Payment, State

#: FreshBooks writes most of its timestamps in this zone, without saying so.
EASTERN = ZoneInfo("America/New_York")
BUSINESS_ZONE = ZoneInfo(credentials.TIME_ZONE)

DAYS_TO_PAY = 30

#: organisation, first, last, mobile, business and home phone, city, country, language, currency,
#: and whether new invoices go to this client without being told.
_CLIENTS: tuple[tuple[str, str, str, str, str, str, str, str, str, str, bool], ...] = (
    ("Alder Street Bakery", "Nora", "Whitlock", "(212) 555-0101", "", "",
     "New York", "United States", "en", "USD", True),
    ("Basalt & Sons Masonry", "Otis", "Basalt", "312.555.0112", "312-555-0113", "",
     "Chicago", "United States", "en", "USD", True),
    ("Atelier Beauchemin", "Élise", "Beauchemin", "514 555 0124", "", "",
     "Montréal", "Canada", "fr", "CAD", True),
    ("", "Miguel", "Ortega", "", "", "1-773-555-0135",
     "Chicago", "United States", "es", "USD", True),
    ("Cedar Point Dental", "Priya", "Raman", "", "+1 (416) 555-0146", "",
     "Toronto", "Canada", "en", "CAD", True),
    ("Thistledown Farm Ltd", "Fergus", "Adair", "07700 900157", "", "",
     "Leeds", "United Kingdom", "en", "GBP", False),
    ("Quill & Co. Bookshop", "Hattie", "Quill", "", "", "",
     "Portland", "United States", "en", "USD", False),
    ("Old Mill Antiques", "Walter", "Grimm", "", "646-555-0191", "",
     "New York", "United States", "en", "USD", False),
)  # fmt: skip


class BadChange(ValueError):
    """A change that cannot be made; the message says why."""


class Firm:
    """The verbs of the books. Each keeps the state consistent; none tells anybody."""

    def __init__(self, state: State, now: Callable[[], datetime]) -> None:
        self._state = state
        self._now = now

    def open_books(self) -> None:
        """Put the firm's clients into an empty state."""
        for row in _CLIENTS:
            self._add_client(*row)

    def today(self) -> date:
        """The calendar day where the firm is."""
        return self._now().astimezone(BUSINESS_ZONE).date()

    def eastern_version(self) -> str:
        """The present moment as FreshBooks writes a record's version."""
        return self._now().astimezone(EASTERN).strftime("%Y-%m-%d %H:%M:%S.%f")

    def create_client(self, fields: dict[str, Any]) -> Client:
        """Add a client.

        Raises:
            BadChange: if a field does not exist.
        """
        number = self._state.last_ids.get("client", 0) % 10000 + 1
        client = self._add_client(
            f"Client {number:04d} LLC", "Robin", "Sample", "(718) 555-0177", "", "",
            "New York", "United States", "en", "USD", False,
        )  # fmt: skip
        return self.change_client(client.id, fields)

    def find_client(self, word: object) -> int:
        """The id of the client with this id or organisation.

        Raises:
            BadChange: if there is none.
        """
        for client in self._state.clients.values():
            if str(word) in (str(client.id), client.organization):
                return client.id
        raise BadChange(f"there is no client {word}")

    def create_invoice(self, client_id: int | None, fields: dict[str, Any]) -> Invoice:
        """Write an invoice, to the named client or to the next in turn.

        Raises:
            BadChange: if there is no such field, or nobody to write it to.
        """
        client = self._client_for(client_id)
        number = self._state.next_id("invoice", 1001)
        version = self.eastern_version()
        amount = f"{120 + (number * 37) % 880}.50"
        invoice = Invoice(
            id=number,
            number=f"INV-{number - 1000:05d}",
            client_id=client.id,
            word="sent",
            create_date=str(self.today()),
            due_date=str(self.today() + timedelta(days=DAYS_TO_PAY)),
            amount=amount,
            outstanding=amount,
            currency=client.currency_code,
            language=client.language,
            organization=client.organization or f"{client.fname} {client.lname}",
            created_at=version[:19],
            version=version,
        )
        _change_invoice(invoice, fields, self.today())
        self._state.invoices[number] = invoice
        return invoice

    def create_payment(self, client_id: int | None, fields: dict[str, Any]) -> Payment:
        """Take in the whole of an open invoice (the named client's), writing one if none is open.

        Raises:
            BadChange: if there is no such client or field.
        """
        open_ones = (
            invoice
            for invoice in self._state.invoices.values()
            if Decimal(invoice.outstanding) > 0 and client_id in (None, invoice.client_id)
        )
        invoice = next(open_ones, None) or self.create_invoice(client_id, fields)
        payment = Payment(
            id=self._state.next_id("payment", 5001),
            invoice_id=invoice.id,
            client_id=invoice.client_id,
            amount=invoice.outstanding,
            currency=invoice.currency,
            date=str(self.today()),
            updated=self.eastern_version()[:19],
        )
        self.change_invoice(invoice.id, {"outstanding": "0.00"})
        self._state.payments[payment.id] = payment
        return payment

    def change_invoice(self, invoice_id: int, fields: dict[str, Any]) -> Invoice:
        """Change an invoice; ``docs/sandbox.md`` lists the fields.

        Raises:
            BadChange: if there is no such invoice or field.
        """
        invoice = self._state.invoices.get(invoice_id)
        if invoice is None:
            raise BadChange(f"there is no invoice {invoice_id}")
        _change_invoice(invoice, fields, self.today())
        invoice.version = self.eastern_version()
        return invoice

    def remove_invoice(self, invoice_id: int) -> bool:
        """Remove an invoice for good, so that reading it gets 404; False if there was none."""
        return self._state.invoices.pop(invoice_id, None) is not None

    def change_client(self, client_id: int, fields: dict[str, Any]) -> Client:
        """Change a client's fields, named as FreshBooks names them.

        Raises:
            BadChange: if there is no such client or field.
        """
        client = self._state.clients.get(client_id)
        if client is None:
            raise BadChange(f"there is no client {client_id}")
        _set_fields(client, fields, frozenset(vars(client)) - {"id", "signup_date", "updated"})
        client.updated = self.eastern_version()[:19]
        return client

    def _client_for(self, client_id: int | None) -> Client:
        if client_id is not None:
            return self._state.clients[client_id]
        in_turn = [client for client in self._state.clients.values() if client.in_rotation]
        if not in_turn:
            raise BadChange("no client is in rotation; name one")
        return in_turn[self._state.next_id("turn", 0) % len(in_turn)]

    def _add_client(
        self, organization: str, fname: str, lname: str, mobile: str, business: str, home: str,
        city: str, country: str, language: str, currency: str, in_rotation: bool,
    ) -> Client:  # fmt: skip
        number = self._state.next_id("client", 20001)
        client = Client(
            id=number,
            fname=fname,
            lname=lname,
            organization=organization,
            email=f"client{number}@books.example",
            mob_phone=mobile,
            bus_phone=business,
            home_phone=home,
            p_city=city,
            p_country=country,
            language=language,
            currency_code=currency,
            # Unlike every other time of a client, this one is UTC.
            signup_date=self._now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            updated=self.eastern_version()[:19],
            in_rotation=in_rotation,
        )
        self._state.clients[number] = client
        return client


_INVOICE_FIELDS = frozenset(
    {"status", "amount", "outstanding", "due_date", "create_date", "vis_state", "number"}
    | {"organization", "language", "currency"}
)


def _change_invoice(invoice: Invoice, fields: dict[str, Any], today: date) -> None:
    changes = dict(fields)
    if not changes.keys() <= _INVOICE_FIELDS:
        raise BadChange(f"an invoice has only these fields: {', '.join(sorted(_INVOICE_FIELDS))}")
    _check_values(changes)
    status = changes.pop("status", None)
    if "amount" in changes:
        changes.setdefault("outstanding", changes["amount"])
    if status == "paid":
        changes.setdefault("outstanding", "0.00")
    elif status == "overdue":
        # Overdue is no property of an invoice; it follows from the day.
        changes.setdefault("due_date", str(today - timedelta(days=5)))
        status = "sent"
    _set_fields(invoice, changes, _INVOICE_FIELDS)
    if status is not None:
        invoice.word = str(status)


def _check_values(changes: dict[str, Any]) -> None:
    for name in changes.keys() & {"amount", "outstanding"}:
        try:
            Decimal(str(changes[name]))
        except InvalidOperation:
            raise BadChange(f"{name} must be a decimal number") from None
    for name in changes.keys() & {"due_date", "create_date"}:
        date.fromisoformat(str(changes[name]))


def _set_fields(record: object, fields: dict[str, Any], allowed: frozenset[str]) -> None:
    for name, value in fields.items():
        if name not in allowed:
            raise BadChange(f"there are only these fields: {', '.join(sorted(allowed))}")
        kind = type(getattr(record, name))
        setattr(record, name, kind(value))
