"""Which fields of a record may be changed from outside, and what follows from a change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from duebell.sandbox.books import Bill, Client, Invoice
from duebell.sandbox.times import CREATED, UPDATED

#: FreshBooks' words for the state of an invoice (``v3_status``).
_WORDS = (
    "created draft sent viewed failed retry success autopaid paid partial disputed resolved overdue"
    " declined pending deposit-partial deposit-paid"
)
INVOICE_WORDS = frozenset(_WORDS.split())

#: Noun -> the fields that can be named; ``status`` of an invoice or a bill is no field of its own.
_FIELDS = {
    "invoice": "amount outstanding due_date create_date vis_state number organization language"
    " currency description po_number auto_bill autobill_status deposit_status lines client_id",
    "client": "fname lname organization email mob_phone bus_phone home_phone p_city p_country"
    " p_street p_province p_code language currency_code vis_state in_rotation contacts"
    " late_reminders",
    "payment": "invoice_id client_id amount currency date type vis_state credit_id overpayment_id"
    " bulk_id from_credit note",
    "bill": "number vendor_id issue_date due_date amount tax outstanding currency language"
    " category description vis_state",
    "bill_vendor": "vendor_name primary_contact_first_name primary_contact_last_name"
    " primary_contact_email phone city country currency_code language account_number website"
    " street province postal_code note vis_state in_rotation",
    "expense": "vendor amount currency date notes category_id client_id project_id vis_state",
}
FIELDS = {noun: frozenset(names.split()) for noun, names in _FIELDS.items()}

_AMOUNTS = frozenset({"amount", "outstanding", "tax"})
_DAYS = frozenset({"due_date", "create_date", "issue_date", "date"})
_DAYS_OVERDUE = timedelta(days=5)

_CONTACT: dict[str, Any] = {
    "fname": "",
    "lname": "",
    "email": "",
    "phone1": None,
    "phone2": None,
    "face": None,
}


class BadChange(ValueError):
    """A change that cannot be made; the message says why."""


def apply(noun: str, row: Any, fields: dict[str, Any], today: date) -> None:
    """Change a record's fields, all of them or none.

    Raises:
        BadChange: if a field does not exist or a value cannot be.
    """
    changes = _moments(noun, fields)
    named = {name: value for name, value in fields.items() if name not in _MOMENTS}
    if isinstance(row, Invoice):
        named = _invoice_changes(row, named, today)
    elif isinstance(row, Bill):
        named = _bill_changes(row, named, today)
    elif isinstance(row, Client) and "contacts" in named:
        named["contacts"] = [_contact(row, *item) for item in enumerate(named["contacts"], 1)]
    word = named.pop("word", None)
    allowed = FIELDS[noun]
    if not named.keys() <= allowed:
        raise BadChange(f"{noun} has only these fields: {', '.join(sorted(allowed))}")
    changes |= {name: _value(name, getattr(row, name), value) for name, value in named.items()}
    vars(row).update(changes if word is None else {**changes, "word": word})


_MOMENTS = {"created_at": CREATED, "updated_at": UPDATED}


def _moments(noun: str, fields: dict[str, Any]) -> dict[str, Any]:
    # Given as ISO 8601 with an offset, kept as FreshBooks writes it.
    found = {}
    for name in _MOMENTS.keys() & fields.keys():
        stamp = _MOMENTS[name].get(noun)
        at = _moment(name, fields[name])
        if stamp is None or at.tzinfo is None:
            raise BadChange(f"{noun} has no {name}, or it lacks its offset from UTC")
        found[stamp.field] = stamp.write(at)
    return found


def _moment(name: str, value: object) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise BadChange(f"{name} is a time like 2026-03-01T09:30:00+00:00") from None


def _day(name: str, value: object) -> str:
    try:
        return str(date.fromisoformat(str(value)))
    except ValueError:
        raise BadChange(f"{name} is a day like 2026-03-01") from None


def _invoice_changes(invoice: Invoice, fields: dict[str, Any], today: date) -> dict[str, Any]:
    changes = dict(fields)
    word = changes.pop("status", None)
    if word is not None and word not in INVOICE_WORDS:
        raise BadChange(f"an invoice is one of: {', '.join(sorted(INVOICE_WORDS))}")
    if "amount" in changes:
        changes.setdefault("outstanding", changes["amount"])
    if word in ("paid", "autopaid"):
        changes.setdefault("outstanding", "0.00")
    if word == "overdue":
        # Overdue is no property of an invoice; it follows from the day.
        changes.setdefault("due_date", str(today - _DAYS_OVERDUE))
    if word in ("paid", "overdue"):
        word = "sent" if invoice.word in ("draft", "created", "paid") else invoice.word
    return changes if word is None else {**changes, "word": word}


def _bill_changes(bill: Bill, fields: dict[str, Any], today: date) -> dict[str, Any]:
    changes = dict(fields)
    word = changes.pop("status", None)
    if word not in (None, "paid", "overdue", "unpaid"):
        raise BadChange("a bill can be made paid, overdue or unpaid; partial follows from money")
    total = _money(changes.get("amount", bill.amount)) + _money(changes.get("tax", bill.tax))
    if word == "unpaid" or changes.keys() & {"amount", "tax"}:
        changes.setdefault("outstanding", str(total))
    if word == "paid":
        changes["outstanding"] = "0.00"
    if word == "overdue":
        changes.setdefault("due_date", str(today - _DAYS_OVERDUE))
    return changes


def _contact(client: Client, number: int, fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - _CONTACT.keys() - {"contactid"}
    if unknown:
        raise BadChange(f"a contact has no {', '.join(sorted(unknown))}")
    return {"contactid": number, "userid": client.id, **_CONTACT, **fields}


def _money(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise BadChange(f"{value!r} is no decimal number") from None


def _value(name: str, current: object, value: object) -> object:
    if value is None and isinstance(current, str):
        return ""
    if name in _AMOUNTS:
        return str(_money(value))
    if name in _DAYS:
        return _day(name, value)
    if isinstance(current, bool) and not isinstance(value, bool):
        raise BadChange(f"{name} is true or false")
    if isinstance(current, list) and not isinstance(value, list):
        raise BadChange(f"{name} is a list")
    try:
        return type(current)(value)  # type: ignore[call-arg]
    except ValueError:
        raise BadChange(f"{name} is a number") from None
