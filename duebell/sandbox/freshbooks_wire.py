"""The books' records in the shape in which FreshBooks writes them.

https://www.freshbooks.com/api/invoices, /clients and /payments
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.state import Client, Invoice, Payment

_STATUS_NUMBER = {
    "disputed": 0,
    "draft": 1,
    "sent": 2,
    "viewed": 3,
    "paid": 4,
    "autopaid": 5,
    "retry": 6,
    "failed": 7,
}

#: Words that a person's act gives an invoice and that money and the calendar may overrule.
_OPEN_WORDS = frozenset({"sent", "viewed"})

_INVOICE_BASE: dict[str, Any] = {
    "accountid": credentials.ACCOUNT_ID,
    "accounting_systemid": credentials.ACCOUNT_ID,
    "ownerid": 1,
    "sentid": 1,
    "estimateid": 0,
    "parent": 0,
    "basecampid": 0,
    "ext_archive": 0,
    "deposit_status": "none",
    "autobill_status": None,
    "dispute_status": None,
    "last_order_status": None,
    "date_paid": None,
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
    "description": "Bookkeeping",
    "notes": "",
    "terms": None,
    "po_number": None,
    "payment_details": "",
    "auto_bill": False,
    "gmail": False,
    "show_attachments": False,
    "return_uri": None,
    "template": "clean-grouped",
}

_CLIENT_BASE: dict[str, Any] = {
    "accounting_systemid": credentials.ACCOUNT_ID,
    "role": "client",
    "fax": "",
    "note": None,
    "p_street": "",
    "p_street2": "",
    "p_province": "",
    "p_code": "",
    "s_street": "",
    "s_street2": "",
    "s_city": "",
    "s_province": "",
    "s_code": "",
    "s_country": "",
    "pref_email": True,
    "pref_gmail": False,
    "allow_late_fees": True,
    "allow_late_notifications": True,
    "allow_email_include_pdf": False,
    "company_industry": None,
    "company_size": None,
    "has_retainer": None,
    "retainer_id": None,
    "vat_name": None,
    "vat_number": None,
    "direct_link_token": None,
    "statement_token": None,
    "subdomain": None,
    "level": 0,
    "notified": False,
    "num_logins": 0,
    "last_activity": None,
    "last_login": None,
}


def money(amount: str, currency: str) -> dict[str, str]:
    """An amount: a decimal in a string, and its currency."""
    return {"amount": amount, "code": currency}


def v3_status(invoice: Invoice, today: date) -> str:
    """FreshBooks' word for an invoice, computed when it is read, on the firm's calendar day.

    That of a partly paid invoice past its due date is not documented; here it stays "partial".
    """
    if invoice.word not in _OPEN_WORDS:
        return invoice.word
    if Decimal(invoice.outstanding) <= 0:
        return "paid"
    if Decimal(invoice.outstanding) < Decimal(invoice.amount):
        return "partial"
    return "overdue" if invoice.due_date < str(today) else invoice.word


def _payment_status(word: str) -> str:
    return {"paid": "paid", "autopaid": "auto-paid", "partial": "partial"}.get(word, "unpaid")


def invoice_wire(invoice: Invoice, today: date, with_lines: bool = False) -> dict[str, Any]:
    """An invoice; its lines only where they were asked for."""
    record = {
        **_INVOICE_BASE,
        "id": invoice.id,
        "invoiceid": invoice.id,
        "invoice_number": invoice.number,
        "customerid": invoice.client_id,
        "uuid": f"5a4db0c5-0000-4000-8000-{invoice.id:012d}",
        "vis_state": invoice.vis_state,
        "create_date": invoice.create_date,
        "due_date": invoice.due_date,
        "fulfillment_date": invoice.create_date,
        "created_at": invoice.created_at,
        "updated": invoice.version[:19],
        "version": invoice.version,
        "language": invoice.language,
        "organization": invoice.organization,
        "current_organization": invoice.organization,
        **_status_fields(invoice, today),
        **_money_fields(invoice),
    }
    if with_lines:
        record["lines"] = [_line(invoice)]
    return record


def _status_fields(invoice: Invoice, today: date) -> dict[str, Any]:
    word = v3_status(invoice, today)
    due_days = date.fromisoformat(invoice.due_date) - date.fromisoformat(invoice.create_date)
    return {
        "status": 4 if word == "paid" else _STATUS_NUMBER.get(invoice.word, 2),
        "v3_status": word,
        "display_status": invoice.word if invoice.word in ("draft", "viewed") else "sent",
        "payment_status": _payment_status(word),
        "dispute_status": "open" if word == "disputed" else None,
        "due_offset_days": due_days.days,
    }


def _money_fields(invoice: Invoice) -> dict[str, Any]:
    currency = invoice.currency
    paid = str(Decimal(invoice.amount) - Decimal(invoice.outstanding))
    return {
        "currency_code": currency,
        "amount": money(invoice.amount, currency),
        "paid": money(paid, currency),
        "outstanding": money(invoice.outstanding, currency),
        "net_paid_amount": money(paid, currency),
        "discount_total": money("0.00", currency),
    }


def _line(invoice: Invoice) -> dict[str, Any]:
    return {
        "lineid": 1,
        "invoiceid": invoice.id,
        "type": 0,
        "name": "Bookkeeping",
        "description": "",
        "qty": "1",
        "unit_cost": money(invoice.amount, invoice.currency),
        "amount": money(invoice.amount, invoice.currency),
        "updated": invoice.version[:19],
    }


def client_wire(client: Client) -> dict[str, Any]:
    """A client."""
    record = {**_CLIENT_BASE, **vars(client)}
    del record["in_rotation"]
    record["userid"] = client.id
    record["uuid"] = f"5a4db0c5-0000-4000-8000-{client.id:012d}"
    record["username"] = f"client{client.id}"
    return record


def payment_wire(payment: Payment) -> dict[str, Any]:
    """A payment. Here the client is ``clientid``, where an invoice says ``customerid``."""
    return {
        "id": payment.id,
        "logid": payment.id,
        "accounting_systemid": credentials.ACCOUNT_ID,
        "invoiceid": payment.invoice_id,
        "clientid": payment.client_id,
        "creditid": None,
        "overpaymentid": None,
        "bulk_paymentid": None,
        "orderid": None,
        "amount": money(payment.amount, payment.currency),
        "date": payment.date,
        "type": payment.type,
        "gateway": None,
        "transactionid": None,
        "from_credit": False,
        "note": None,
        "send_client_notification": None,
        "updated": payment.updated,
        "vis_state": payment.vis_state,
    }
