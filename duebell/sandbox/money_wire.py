"""Payments, bills and expenses in the shapes in which FreshBooks writes them.

https://www.freshbooks.com/api/payments, https://www.freshbooks.com/api/bills,
https://www.freshbooks.com/api/expenses
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from duebell.sandbox.books import Bill, Expense, Payment
from duebell.sandbox.view import View, money


def payment_wire(payment: Payment, view: View) -> dict[str, Any]:
    """A payment. Here the client is ``clientid``, where an invoice says ``customerid``."""
    return {
        "id": payment.id,
        "logid": payment.id,
        "accounting_systemid": view.business.account_id,
        "invoiceid": payment.invoice_id or None,
        "clientid": payment.client_id,
        "creditid": payment.credit_id or None,
        "overpaymentid": payment.overpayment_id or None,
        "bulk_paymentid": payment.bulk_id or None,
        "orderid": None,
        "amount": money(payment.amount, payment.currency),
        "date": payment.date,
        "type": payment.type,
        "gateway": None,
        "transactionid": None,
        "from_credit": payment.from_credit,
        "note": payment.note or None,
        "send_client_notification": None,
        "updated": payment.updated,
        "vis_state": payment.vis_state,
    }


def bill_status(bill: Bill, today: str) -> str:
    """FreshBooks' word for a bill, on the firm's calendar day."""
    outstanding = Decimal(bill.outstanding)
    if outstanding <= 0:
        return "paid"
    if "" < bill.due_date < today:
        return "overdue"
    return "partial" if outstanding < _total(bill) else "unpaid"


def bill_wire(bill: Bill, view: View) -> dict[str, Any]:
    """A bill. ``amount`` is without tax, ``total_amount`` with it; its times are UTC."""
    vendor = view.books.vendors.get(bill.vendor_id)
    name = "" if vendor is None else vendor.vendor_name
    return {
        "id": bill.id,
        "vendorid": bill.vendor_id,
        "bill_number": bill.number,
        "status": bill_status(bill, view.today),
        "vis_state": bill.vis_state,
        "issue_date": bill.issue_date,
        "due_date": bill.due_date or None,
        "due_offset_days": _due_days(bill),
        "currency_code": bill.currency,
        "language": bill.language,
        **_bill_money(bill),
        "overall_category": bill.category,
        "overall_description": bill.description,
        "attachment": None,
        "lines": [_bill_line(bill)],
        "bill_payments": [],
        "vendor": {"vendorid": bill.vendor_id, "vendor_name": name},
        "created_at": bill.created_at,
        "updated_at": bill.updated_at,
    }


def _total(bill: Bill) -> Decimal:
    return Decimal(bill.amount) + Decimal(bill.tax)


def _due_days(bill: Bill) -> int:
    if not bill.due_date:
        return 0
    return (date.fromisoformat(bill.due_date) - date.fromisoformat(bill.issue_date)).days


def _bill_money(bill: Bill) -> dict[str, Any]:
    total = _total(bill)
    amounts: dict[str, str | Decimal] = {
        "amount": bill.amount,
        "tax_amount": bill.tax,
        "total_amount": total,
        "paid": total - Decimal(bill.outstanding),
        "outstanding": bill.outstanding,
    }
    return {name: money(amount, bill.currency) for name, amount in amounts.items()}


def _bill_line(bill: Bill) -> dict[str, Any]:
    # The quantity is a number when it is written and a string when it is read.
    category = {"category": bill.category, "categoryid": 3696445, "id": 3696445, "vis_state": 0}
    return {
        "id": 1,
        "list_index": 1,
        "category": category,
        "categoryid": 3696445,
        "description": bill.description,
        "quantity": "1",
        "unit_cost": money(bill.amount, bill.currency),
        "amount": money(bill.amount, bill.currency),
        "total_amount": money(_total(bill), bill.currency),
        "tax_name1": "HST" if Decimal(bill.tax) else None,
        "tax_amount1": money(bill.tax, bill.currency) if Decimal(bill.tax) else None,
        "tax_name2": None,
        "tax_amount2": None,
    }


_EXPENSE_BASE: dict[str, Any] = {
    "accountid": None,
    "account_name": "",
    "bank_name": "",
    "modern_projectid": None,
    "staffid": 1,
    "invoiceid": None,
    "profileid": None,
    "status": 0,
    "billable": False,
    "has_receipt": False,
    "include_receipt": False,
    "is_cogs": False,
    "isduplicate": False,
    "from_bulk_import": False,
    "markup_percent": "0",
    "compounded_tax": False,
    "taxName1": None,
    "taxAmount1": None,
    "taxName2": None,
    "taxAmount2": None,
    "transactionid": None,
    "background_jobid": None,
    "bill_matches": [],
    "potential_bill_payment": False,
    "ext_accountid": None,
    "ext_invoiceid": 0,
    "ext_systemid": 0,
}


def expense_wire(expense: Expense, view: View) -> dict[str, Any]:
    """An expense; client and project are 0 where there is none."""
    return {
        **_EXPENSE_BASE,
        "id": expense.id,
        "expenseid": expense.id,
        "accounting_systemid": view.business.account_id,
        "vendor": expense.vendor,
        "amount": money(expense.amount, expense.currency),
        "date": expense.date,
        "notes": expense.notes,
        "categoryid": expense.category_id,
        "clientid": expense.client_id,
        "projectid": expense.project_id,
        "updated": expense.version[:19],
        "version": expense.version,
        "vis_state": expense.vis_state,
    }
