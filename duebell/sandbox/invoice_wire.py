"""An invoice in the shape in which FreshBooks writes it.

https://www.freshbooks.com/api/invoices
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from duebell.sandbox.books import Client, Invoice
from duebell.sandbox.view import View, money, uuid_of

_STATUS_NUMBER = {
    "disputed": 0,
    "draft": 1,
    "created": 1,
    "sent": 2,
    "viewed": 3,
    "paid": 4,
    "autopaid": 5,
    "retry": 6,
    "failed": 7,
}

#: Words that a person's act gives an invoice and that money and the calendar may overrule.
_OPEN_WORDS = frozenset({"sent", "viewed", "resolved"})
#: Words that stay whatever is paid.
_STUBBORN_WORDS = frozenset({"draft", "created", "disputed", "declined", "autopaid", "success"})

_BASE: dict[str, Any] = {
    "ownerid": 1,
    "sentid": 1,
    "estimateid": 0,
    "parent": 0,
    "basecampid": 0,
    "ext_archive": 0,
    "last_order_status": None,
    "generation_date": None,
    "deposit_amount": None,
    "deposit_percentage": None,
    "discount_value": "0",
    "discount_description": None,
    "fname": "",
    "lname": "",
    "address": "",
    "street": "",
    "street2": "",
    "city": "",
    "province": "",
    "code": "",
    "country": "",
    "vat_name": None,
    "vat_number": "",
    "notes": "",
    "terms": None,
    "payment_details": "",
    "gmail": False,
    "show_attachments": False,
    "return_uri": None,
    "template": "clean-grouped",
}
_LINE_BASE: dict[str, Any] = {
    "type": 0,
    "taxName1": None,
    "taxAmount1": "0",
    "taxName2": None,
    "taxAmount2": "0",
    "compounded_tax": False,
    "date": None,
    "expenseid": 0,
    "taskno": 1,
}


def v3_status(invoice: Invoice, today: str, partial_says_overdue: bool = False) -> str:
    """FreshBooks' word for an invoice, computed when it is read, on the firm's calendar day.

    That of a partly paid invoice past its due date is not documented, so it can be set.
    """
    if invoice.word in _STUBBORN_WORDS:
        return invoice.word
    if invoice.outstanding != invoice.amount or not float(invoice.amount):
        outstanding = Decimal(invoice.outstanding)
        if outstanding <= 0:
            return "paid"
        if outstanding < Decimal(invoice.amount) and invoice.word in _OPEN_WORDS:
            return "overdue" if partial_says_overdue and _is_past(invoice, today) else "partial"
    if invoice.word not in _OPEN_WORDS:
        return invoice.word
    return "overdue" if _is_past(invoice, today) else invoice.word


def invoice_wire(invoice: Invoice, view: View) -> dict[str, Any]:
    """An invoice; its lines and its client's contacts only where they were asked for."""
    client = view.books.clients.get(invoice.client_id)
    record = {
        **_BASE,
        "accountid": view.business.account_id,
        "accounting_systemid": view.business.account_id,
        "current_organization": _organization(client) or invoice.organization,
        **_plain_fields(invoice),
        **_times(invoice),
        **_status_fields(invoice, view),
        **_money_fields(invoice),
    }
    if "lines" in view.includes:
        record["lines"] = _lines(invoice)
    if "contacts" in view.includes:
        record["contacts"] = list(client.contacts) if client else []
    return record


def _plain_fields(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "invoiceid": invoice.id,
        "invoice_number": invoice.number,
        "customerid": invoice.client_id,
        "uuid": uuid_of(invoice.id),
        "vis_state": invoice.vis_state,
        "language": invoice.language,
        "organization": invoice.organization,
        "description": invoice.description,
        "po_number": invoice.po_number or None,
        "auto_bill": invoice.auto_bill,
        "autobill_status": invoice.autobill_status or None,
        "deposit_status": invoice.deposit_status,
    }


def _is_past(invoice: Invoice, today: str) -> bool:
    return "" < invoice.due_date < today


def _organization(client: Client | None) -> str:
    return "" if client is None else client.organization or f"{client.fname} {client.lname}"


def _times(invoice: Invoice) -> dict[str, Any]:
    due_days = 0
    if invoice.due_date:
        issued, due = (date.fromisoformat(day) for day in (invoice.create_date, invoice.due_date))
        due_days = (due - issued).days
    return {
        "create_date": invoice.create_date,
        "due_date": invoice.due_date or None,
        "due_offset_days": due_days,
        "fulfillment_date": invoice.create_date,
        "created_at": invoice.created_at,
        "updated": invoice.version[:19],
        "version": invoice.version,
    }


def _status_fields(invoice: Invoice, view: View) -> dict[str, Any]:
    word = v3_status(invoice, view.today, view.partial_says_overdue)
    is_paid = word in ("paid", "autopaid", "success")
    return {
        "status": 4 if word == "paid" else _STATUS_NUMBER.get(invoice.word, 2),
        "v3_status": word,
        "display_status": invoice.word if invoice.word in ("draft", "viewed") else "sent",
        "payment_status": _payment_status(invoice, word),
        "dispute_status": "open" if word == "disputed" else None,
        "date_paid": (invoice.date_paid or invoice.version[:10]) if is_paid else None,
    }


def _payment_status(invoice: Invoice, word: str) -> str:
    if word in ("autopaid", "success"):
        return "auto-paid"
    if word == "paid":
        return "paid"
    return "unpaid" if invoice.outstanding == invoice.amount else "partial"


def _money_fields(invoice: Invoice) -> dict[str, Any]:
    currency = invoice.currency
    paid = Decimal(invoice.amount) - Decimal(invoice.outstanding)
    return {
        "currency_code": currency,
        "amount": money(invoice.amount, currency),
        "paid": money(paid, currency),
        "outstanding": money(invoice.outstanding, currency),
        "net_paid_amount": money(paid, currency),
        "discount_total": money("0.00", currency),
    }


def _lines(invoice: Invoice) -> list[dict[str, Any]]:
    usual = {"name": "Bookkeeping", "description": "", "qty": "1", "unit_cost": invoice.amount}
    return [
        _line(invoice, number, {**usual, **line})
        for number, line in enumerate(invoice.lines or [usual], 1)
    ]


def _line(invoice: Invoice, number: int, line: dict[str, Any]) -> dict[str, Any]:
    amount = Decimal(str(line["qty"])) * Decimal(str(line["unit_cost"]))
    return {
        **_LINE_BASE,
        "lineid": number,
        "invoiceid": invoice.id,
        "name": line["name"],
        "description": line["description"],
        "qty": str(line["qty"]),
        "unit_cost": money(str(line["unit_cost"]), invoice.currency),
        "amount": money(amount, invoice.currency),
        "updated": invoice.version[:19],
    }
