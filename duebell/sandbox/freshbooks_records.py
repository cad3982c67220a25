"""FreshBooks' accounting family, as far as Duebell reads it; nothing can be written.

https://www.freshbooks.com/api/start
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from duebell.sandbox.books import DELETED
from duebell.sandbox.exchange import Answer, Call, Refusal, json_answer
from duebell.sandbox.faults import Faults
from duebell.sandbox.firm import Firm
from duebell.sandbox.firms import Firms
from duebell.sandbox.freshbooks_errors import (
    BooksError,
    dated_unauthenticated,
    forbidden,
    unknown_record,
)
from duebell.sandbox.freshbooks_gate import Gate
from duebell.sandbox.freshbooks_lists import Lists
from duebell.sandbox.invoice_wire import invoice_wire
from duebell.sandbox.kinds import BY_NOUN, BY_PATH, Kind
from duebell.sandbox.money_wire import bill_wire, expense_wire, payment_wire
from duebell.sandbox.people_wire import client_wire, vendor_wire
from duebell.sandbox.scenarios import FRESHBOOKS
from duebell.sandbox.state import State
from duebell.sandbox.view import View

NO_BILLS = frozenset({"no-bills"})
NO_BILLS_MESSAGE = "You do not have access to bill vendors."

_DATED = frozenset({"dated-errors"})
_WRITERS: dict[str, Callable[[Any, View], dict[str, Any]]] = {
    "invoice": invoice_wire,
    "client": client_wire,
    "payment": payment_wire,
    "bill": bill_wire,
    "bill_vendor": vendor_wire,
    "expense": expense_wire,
}
_INVOICE = BY_NOUN["invoice"]


class FreshBooksRecords:
    """The records below ``/accounting/account/{account}``."""

    def __init__(self, state: State, firms: Firms, gate: Gate, faults: Faults) -> None:
        self._state = state
        self._firms = firms
        self._gate = gate
        self._faults = faults
        self.lists = Lists(state, faults)

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/accounting``."""
        account = call.parts[2] if len(call.parts) > 2 else ""
        try:
            result = await self._result(call, account)
        except BooksError as error:
            is_dated = self._faults.take(FRESHBOOKS, _DATED, account)
            return error.dated_answer() if is_dated else error.answer()
        except Refusal as refusal:
            if refusal.answer.status == 401 and self._faults.take(FRESHBOOKS, _DATED, account):
                return dated_unauthenticated()
            raise
        return self._gate.with_rate(json_answer(200, {"response": {"result": result}}), account)

    async def _result(self, call: Call, account: str) -> dict[str, Any]:
        parts = call.parts
        firm = self._firms.find(account)
        if len(parts) < 5 or parts[1] != "account" or firm is None:
            # FreshBooks looks for the account before it looks at the token.
            raise BooksError(404, 404, "Account not found")
        scopes = await self._gate.admit(call, "accounting", account)
        if call.method != "GET":
            raise BooksError(405, 405, "Method not allowed")
        path, item = "/".join(parts[3:5]), parts[5] if len(parts) > 5 else ""
        if path == "systems/systems" and item == str(firm.business.id):
            self._state.count("freshbooks.systems")
            return {"system": _system(firm)}
        kind = BY_PATH.get(path)
        if kind is None:
            raise BooksError(404, 404, "Resource not found")
        self._check_access(kind, scopes.split(), account)
        return self._read(firm, kind, item, call)

    def _check_access(self, kind: Kind, scopes: list[str], account: str) -> None:
        if kind.scope not in scopes:
            raise forbidden("accounting")
        if kind.needs_payables and self._faults.take(FRESHBOOKS, NO_BILLS, account):
            raise forbidden("accounting", NO_BILLS_MESSAGE)

    def _read(self, firm: Firm, kind: Kind, item: str, call: Call) -> dict[str, Any]:
        if call.parts[6:] == ["share_link"] and kind is _INVOICE:
            self._state.count("freshbooks.share_links")
            return {"share_link": self._share_link(firm, item, call)}
        self._state.count(f"freshbooks.{kind.list_key}")
        view = self._view(firm, call)
        if item:
            return {kind.key: _WRITERS[kind.noun](self._find(firm, kind, item), view)}
        self._state.count(f"freshbooks.{kind.list_key}.pages")
        page, numbers = self.lists.page(firm, kind, call, view)
        return {kind.list_key: [_WRITERS[kind.noun](row, view) for row in page], **numbers}

    def _view(self, firm: Firm, call: Call) -> View:
        return View(
            books=firm.books,
            business=firm.business,
            today=str(firm.today()),
            includes=frozenset(call.query_list("include[]")),
            partial_says_overdue=self._state.tunables.partial_says_overdue,
        )

    def _find(self, firm: Firm, kind: Kind, word: str) -> Any:
        tunables = self._state.tunables
        number = int(word) if word.isdecimal() else -1
        row = firm.rows(kind.noun).get(number)
        if row is None:
            was_there = firm.was_given_out(kind.noun, number)
            errno = tunables.removed_errno if was_there else 1012
            raise unknown_record(kind.key, kind.id_field, word, errno)
        if row.vis_state == DELETED and not tunables.deleted_readable:
            raise unknown_record(kind.key, kind.id_field, word, 1011)
        return row

    def _share_link(self, firm: Firm, word: str, call: Call) -> dict[str, Any]:
        if call.query().get("share_method") != "share_link":
            raise BooksError(422, 1001, "share_method is required.", field="share_method")
        invoice = self._find(firm, _INVOICE, word)
        if invoice.word in ("draft", "created"):
            raise unknown_record("invoice", "invoiceid", word, 1012)
        link = f"{firm.business.site}/#/link/{invoice.id:x}"
        return {"share_link": link, "invoiceid": invoice.id, "resourceid": 1}


def _system(firm: Firm) -> dict[str, Any]:
    business = firm.business
    return {
        "id": business.id,
        "accountid": business.account_id,
        "name": business.name,
        "currency_code": business.currency,
        "country": business.country,
        "timezone": business.time_zone,
        "dst": True,
    }
