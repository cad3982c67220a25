"""Invoices, payments and clients as our values: exact money, aware times, ids as text.

Unknown keys are tolerated everywhere, because FreshBooks adds them without notice. What the firm
buys is in ``purchases``, who it is in ``identity``. Pure: no clock, no IO.
"""

from __future__ import annotations

from duebell.domain.books import Client, ClientContact, Invoice, Line, Payment
from duebell.providers.freshbooks import reading
from duebell.providers.freshbooks.reading import Payload, first_text, text

#: https://www.freshbooks.com/api/invoices: the numbers that ``status`` may have.
_DISPUTED, _DRAFT, _PAID, _RETRIED, _FAILED = "0", "1", frozenset({"4", "5"}), "6", "7"
_PAID_WORDS = frozenset({"paid", "autopaid", "auto-paid"})
_PENDING_WORDS = frozenset({"retry", "pending"})
_SETTLED_WORDS = frozenset({"failed", "declined", "success"})

#: What a reminder of FreshBooks' own may call being in use; our guess.
_SWITCHED_ON = ("enabled", "is_enabled", "active", "is_active")


def invoice_from(payload: Payload, account_id: str) -> Invoice:
    """Read an invoice from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing or cannot be read.
    """
    record = reading.record_in(payload, "invoice")
    number, word = text(record, "status"), text(record, "v3_status")
    if not number and not word:
        raise reading.lacking("invoice", "status")
    return Invoice(
        account_id=account_id,
        id=reading.identifier(record, "invoice", "id", "invoiceid"),
        number=text(record, "invoice_number"),
        client_id=reading.identifier(record, "invoice", "customerid"),
        status=word,
        is_active=reading.is_active(record),
        is_draft=number == _DRAFT or word == "draft",
        is_paid=_is_paid(record),
        is_disputed=number == _DISPUTED or word == "disputed",
        amount=reading.money(record, "invoice", "amount"),
        outstanding=reading.money(record, "invoice", "outstanding"),
        issued_on=reading.day(record, "invoice", "create_date"),
        due_on=reading.optional_day(record, "invoice", "due_date"),
        language=text(record, "language") or "en",
        updated_at=reading.eastern_time(text(record, "updated")),
        organization=first_text(record, "current_organization", "organization"),
        created_at=reading.eastern_time(text(record, "created_at")),
        version=first_text(record, "version", "updated"),
        paid=reading.optional_money(record, "paid"),
        is_auto_billed=_is_auto_billed(record),
        description=text(record, "description"),
        po_number=text(record, "po_number"),
        lines=reading.lines(record, _line),
        contacts=tuple(map(_contact, reading.mappings(record, "contacts"))),
    )


def payment_from(payload: Payload, account_id: str) -> Payment:
    """Read a payment from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing or cannot be read.
    """
    record = reading.record_in(payload, "payment")
    return Payment(
        account_id=account_id,
        id=reading.identifier(record, "payment", "id", "logid"),
        invoice_id=reading.optional_identifier(record, "invoiceid"),
        client_id=reading.identifier(record, "payment", "clientid"),
        amount=reading.money(record, "payment", "amount"),
        paid_on=reading.day(record, "payment", "date"),
        type=text(record, "type"),
        is_active=reading.is_active(record),
        updated_at=reading.eastern_time(text(record, "updated")),
        is_from_credit=reading.flag(record, "from_credit"),
        credit_id=reading.optional_identifier(record, "creditid"),
        overpayment_id=reading.optional_identifier(record, "overpaymentid"),
        bulk_id=reading.optional_identifier(record, "bulk_paymentid"),
        note=text(record, "note"),
    )


def client_from(payload: Payload, account_id: str) -> Client:
    """Read a client from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing.
    """
    record = reading.record_in(payload, "client")
    return Client(
        account_id=account_id,
        id=reading.identifier(record, "client", "id", "userid"),
        first_name=text(record, "fname"),
        last_name=text(record, "lname"),
        organization=text(record, "organization"),
        email=text(record, "email"),
        mobile_phone=text(record, "mob_phone"),
        business_phone=text(record, "bus_phone"),
        home_phone=text(record, "home_phone"),
        country=text(record, "p_country"),
        language=text(record, "language") or "en",
        currency=text(record, "currency_code"),
        is_active=reading.is_active(record),
        contacts=tuple(_contact(contact) for contact in reading.mappings(record, "contacts")),
        address=_address(record),
        created_at=reading.utc_time(text(record, "signup_date")),
        updated_at=reading.eastern_time(text(record, "updated")),
        is_reminded=_is_reminded(record),
    )


def _is_reminded(record: Payload) -> bool:
    """Whether FreshBooks itself reminds the client of overdue invoices.

    What an entry looks like is not documented, so any word for "switched on" will do, but one has
    to be there. ``allow_late_notifications`` alone only says that the client may be reminded.
    """
    return any(
        reading.is_active(entry) and any(reading.flag(entry, key) for key in _SWITCHED_ON)
        for entry in reading.mappings(record, "late_reminders")
    )


def _is_paid(record: Payload) -> bool:
    """Any of the three is enough; they do not always agree at once."""
    words = {text(record, "v3_status"), text(record, "payment_status")}
    return text(record, "status") in _PAID or not words.isdisjoint(_PAID_WORDS)


def _is_auto_billed(record: Payload) -> bool:
    """Whether a payment that the client agreed to is still to come by itself."""
    number = text(record, "status")
    words = {text(record, "autobill_status"), text(record, "v3_status")}
    if number == _RETRIED or not words.isdisjoint(_PENDING_WORDS):
        return True
    is_over = number == _FAILED or not words.isdisjoint(_SETTLED_WORDS)
    return not is_over and reading.flag(record, "auto_bill")


def _line(line: Payload) -> Line:
    return Line(
        name=text(line, "name"),
        description=text(line, "description"),
        quantity=text(line, "qty"),
        amount=reading.money(line, "line", "amount"),
    )


def _contact(contact: Payload) -> ClientContact:
    phones = [*filter(None, (text(contact, "phone1"), text(contact, "phone2"))), "", ""]
    return ClientContact(
        id=reading.optional_identifier(contact, "contactid", "id"),
        first_name=text(contact, "fname"),
        last_name=text(contact, "lname"),
        email=text(contact, "email"),
        phone=phones[0],
        other_phone=phones[1],
    )


def _address(record: Payload) -> str:
    place = f"{text(record, 'p_province')} {text(record, 'p_code')}"
    parts = (text(record, key) for key in ("p_street", "p_street2", "p_city"))
    return reading.one_line((*parts, place, text(record, "p_country")))
