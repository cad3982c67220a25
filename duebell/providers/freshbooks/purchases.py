"""What the firm buys, as our values: bills, the vendors who send them, and expenses.

Bills and vendors need a plan with Accounts Payable. Pure: no clock, no IO.
"""

from __future__ import annotations

from collections.abc import Mapping

from duebell.domain.books import Bill, Expense, Line, Vendor
from duebell.providers.freshbooks import reading
from duebell.providers.freshbooks.reading import Payload, first_text, text


def bill_from(payload: Payload, account_id: str) -> Bill:
    """Read a bill from an answer or from the bare record. Its amount includes the taxes.

    Raises:
        RequestRefused: names the field that is missing or cannot be read.
    """
    record = reading.record_in(payload, "bill")
    status = text(record, "status")
    if not status:
        raise reading.lacking("bill", "status")
    return Bill(
        account_id=account_id,
        id=reading.identifier(record, "bill", "id", "billid"),
        number=text(record, "bill_number"),
        vendor_id=reading.identifier(record, "bill", "vendorid"),
        status=status,
        is_active=reading.is_active(record),
        is_paid=status == "paid",
        amount=reading.money(record, "bill", "total_amount", "amount"),
        outstanding=reading.money(record, "bill", "outstanding"),
        issued_on=reading.day(record, "bill", "issue_date"),
        due_on=reading.optional_day(record, "bill", "due_date"),
        language=text(record, "language") or "en",
        category=text(record, "overall_category") or _category(record),
        description=first_text(record, "overall_description", "description"),
        lines=reading.lines(record, _line),
        created_at=reading.utc_time(text(record, "created_at")),
        updated_at=reading.utc_time(text(record, "updated_at")),
    )


def vendor_from(payload: Payload, account_id: str) -> Vendor:
    """Read a bill vendor from an answer or from the bare record.

    Raises:
        RequestRefused: where it has no id.
    """
    record = reading.record_in(payload, "bill_vendor")
    return Vendor(
        account_id=account_id,
        id=reading.identifier(record, "bill_vendor", "vendorid", "id"),
        name=text(record, "vendor_name"),
        first_name=text(record, "primary_contact_first_name"),
        last_name=text(record, "primary_contact_last_name"),
        email=text(record, "primary_contact_email"),
        phone=text(record, "phone"),
        website=text(record, "website"),
        address=_address(record),
        country=text(record, "country"),
        language=text(record, "language") or "en",
        currency=text(record, "currency_code"),
        is_active=reading.is_active(record),
        account_number=text(record, "account_number"),
        # FreshBooks' own SDKs disagree on the zone, so nothing may hang on these.
        created_at=reading.utc_time(text(record, "created_at")),
        updated_at=reading.utc_time(text(record, "updated_at")),
    )


def expense_from(payload: Payload, account_id: str) -> Expense:
    """Read an expense from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing or cannot be read.
    """
    record = reading.record_in(payload, "expense")
    return Expense(
        account_id=account_id,
        id=reading.identifier(record, "expense", "id", "expenseid"),
        vendor=text(record, "vendor"),
        amount=reading.money(record, "expense", "amount"),
        spent_on=reading.day(record, "expense", "date"),
        notes=text(record, "notes"),
        category_id=reading.optional_identifier(record, "categoryid"),
        client_id=reading.optional_identifier(record, "clientid"),
        is_active=reading.is_active(record),
        updated_at=reading.eastern_time(text(record, "updated")),
        version=first_text(record, "version", "updated"),
    )


def _line(line: Payload) -> Line:
    return Line(
        name=_category(line),
        description=text(line, "description"),
        quantity=text(line, "quantity"),
        amount=reading.money(line, "line", "amount"),
    )


def _category(record: Payload) -> str:
    """The category's name, which comes as plain text or in an object."""
    category = record.get("category")
    if isinstance(category, Mapping):
        return text(category, "category")
    return text(record, "category")


def _address(record: Payload) -> str:
    place = f"{text(record, 'province')} {text(record, 'postal_code')}"
    parts = (text(record, key) for key in ("street", "street2", "city"))
    return reading.one_line((*parts, place, text(record, "country")))
