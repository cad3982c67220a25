"""Clients and bill vendors in the shapes in which FreshBooks writes them.

https://www.freshbooks.com/api/clients, https://www.freshbooks.com/api/bill_vendors
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from duebell.sandbox.books import DELETED, Client, Vendor
from duebell.sandbox.view import View, balances, uuid_of

_CLIENT_BASE: dict[str, Any] = {
    "role": "client",
    "fax": "",
    "note": None,
    "p_street2": "",
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


def client_wire(client: Client, view: View) -> dict[str, Any]:
    """A client; contacts, balance and reminders only where they were asked for."""
    record = {
        **_CLIENT_BASE,
        **vars(client),
        "userid": client.id,
        "uuid": uuid_of(client.id),
        "accounting_systemid": view.business.account_id,
        "username": f"client{client.id}",
    }
    del record["in_rotation"]
    for name in {"contacts", "late_reminders"} - view.includes:
        del record[name]
    if "outstanding_balance" in view.includes:
        record["outstanding_balance"] = balances(_owed_by(client, view))
    return record


def _owed_by(client: Client, view: View) -> dict[str, Decimal]:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for invoice in view.books.invoices.values():
        if invoice.client_id == client.id and invoice.vis_state != DELETED:
            totals[invoice.currency] += Decimal(invoice.outstanding)
    return totals


def vendor_wire(vendor: Vendor, view: View) -> dict[str, Any]:
    """A bill vendor. Its id is ``vendorid`` and nothing else; its times are UTC."""
    record = {
        **vars(vendor),
        "vendorid": vendor.id,
        "account_number": vendor.account_number or None,
        "street2": None,
        "postal_code": vendor.postal_code or None,
        "note": vendor.note or None,
        "is_1099": False,
        "tax_defaults": [],
        "outstanding_balance": balances(_owed_to(vendor, view)),
        "overdue_balance": [],
    }
    for name in ("id", "in_rotation"):
        del record[name]
    return record


def _owed_to(vendor: Vendor, view: View) -> dict[str, Decimal]:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for bill in view.books.bills.values():
        if bill.vendor_id == vendor.id and bill.vis_state != DELETED:
            totals[bill.currency] += Decimal(bill.outstanding)
    return totals
