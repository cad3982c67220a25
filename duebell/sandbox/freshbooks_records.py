"""FreshBooks' accounting family, as far as Duebell reads it: invoices, clients, payments."""

from __future__ import annotations

from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.firm import Firm
from duebell.sandbox.freshbooks_filters import select_clients, select_invoices, select_payments
from duebell.sandbox.freshbooks_oauth import RATE_HEADERS, FreshBooksOAuth
from duebell.sandbox.freshbooks_wire import client_wire, invoice_wire, payment_wire
from duebell.sandbox.paging import page_of
from duebell.sandbox.state import State


def _error(status: int, **error: Any) -> Answer:
    return json_answer(status, {"response": {"errors": [error]}})


def _unknown(kind: str, field: str, value: str) -> Answer:
    message = f"{kind.capitalize()} not found."
    return _error(404, errno=1012, field=field, message=message, object=kind, value=value)


def _result(result: dict[str, Any]) -> Answer:
    return json_answer(200, {"response": {"result": result}}, *RATE_HEADERS)


class FreshBooksRecords:
    """The records below ``/accounting/account/{account}``; read only."""

    def __init__(self, state: State, firm: Firm, oauth: FreshBooksOAuth) -> None:
        self._state = state
        self._firm = firm
        self._oauth = oauth

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/accounting``."""
        parts = call.parts
        if len(parts) < 5 or parts[1] != "account" or parts[2] != credentials.ACCOUNT_ID:
            # FreshBooks looks for the account before it looks at the token.
            return _error(404, message="Account not found", errno=404)
        await self._oauth.admit(call)
        if call.method != "GET":
            return _error(405, message="Method not allowed", errno=405)
        family = f"{parts[3]}/{parts[4]}"
        self._state.count(f"freshbooks.{parts[4]}")
        if len(parts) == 5 or not parts[5]:
            return self._list(family, call)
        if parts[6:] == ["share_link"]:
            return self._share_link(parts[5])
        return self._read(family, parts[5], call)

    def _list(self, family: str, call: Call) -> Answer:
        query, today = call.query(), self._firm.today()
        if family == "invoices/invoices":
            invoices = select_invoices(list(self._state.invoices.values()), call, today)
            page, numbers = page_of(invoices, query)
            has_lines = _has_lines(call)
            return _result(
                {"invoices": [invoice_wire(row, today, has_lines) for row in page], **numbers}
            )
        if family == "users/clients":
            clients = select_clients(list(self._state.clients.values()), call)
            some, numbers = page_of(clients, query)
            return _result({"clients": [client_wire(row) for row in some], **numbers})
        if family == "payments/payments":
            payments = select_payments(list(self._state.payments.values()), call)
            few, numbers = page_of(payments, query)
            return _result({"payments": [payment_wire(row) for row in few], **numbers})
        return _error(404, message="Resource not found", errno=404)

    def _read(self, family: str, word: str, call: Call) -> Answer:
        number = int(word) if word.isdecimal() else -1
        if family == "invoices/invoices":
            invoice = self._state.invoices.get(number)
            if invoice is None:
                return _unknown("invoice", "invoiceid", word)
            wire = invoice_wire(invoice, self._firm.today(), _has_lines(call))
            return _result({"invoice": wire})
        if family == "users/clients":
            client = self._state.clients.get(number)
            if client is None:
                return _unknown("client", "userid", word)
            return _result({"client": client_wire(client)})
        if family == "payments/payments":
            payment = self._state.payments.get(number)
            if payment is None:
                return _unknown("payment", "paymentid", word)
            return _result({"payment": payment_wire(payment)})
        if family == "systems/systems" and number == credentials.BUSINESS_ID:
            return _result({"system": _system()})
        return _error(404, message="Resource not found", errno=404)

    def _share_link(self, word: str) -> Answer:
        number = int(word) if word.isdecimal() else -1
        invoice = self._state.invoices.get(number)
        if invoice is None or invoice.word == "draft":
            return _unknown("invoice", "invoiceid", word)
        link = f"https://harborlane.freshbooks.example/#/link/{number:x}"
        return _result({"share_link": {"share_link": link, "invoiceid": number, "resourceid": 1}})


def _has_lines(call: Call) -> bool:
    return "lines" in call.query_list("include[]")


def _system() -> dict[str, Any]:
    return {
        "id": credentials.BUSINESS_ID,
        "accountid": credentials.ACCOUNT_ID,
        "name": credentials.BUSINESS_NAME,
        "currency_code": "USD",
        "country": "United States",
        "timezone": credentials.TIME_ZONE,
        "dst": True,
    }
