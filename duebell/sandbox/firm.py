"""What happens to the books of one business: records are made, changed and removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from duebell.sandbox import making
from duebell.sandbox.books import Books, Client, Invoice, Payment, Vendor
from duebell.sandbox.businesses import Business
from duebell.sandbox.changing import BadChange, apply
from duebell.sandbox.founding import CLIENTS, VENDORS
from duebell.sandbox.kinds import BY_NOUN
from duebell.sandbox.settling import effect_of, settle
from duebell.sandbox.state import State


class Firm:
    """The verbs of one business' books. Each keeps them consistent; none tells anybody."""

    def __init__(self, state: State, business: Business, now: Callable[[], datetime]) -> None:
        self._state = state
        self.business = business
        self.now = now
        self._makers: dict[str, Callable[[int | None, dict[str, Any]], Any]] = {
            "invoice": self._new_invoice,
            "client": lambda owner, fields: making.new_client(
                self._next("client"), now(), business.currency
            ),
            "payment": self._new_payment,
            "bill": self._new_bill,
            "bill_vendor": lambda owner, fields: making.new_vendor(
                self._next("bill_vendor"), now(), business.currency
            ),
            "expense": lambda owner, fields: making.new_expense(
                self._next("expense"), business.currency, self.today(), now()
            ),
        }

    @property
    def books(self) -> Books:
        """The books as they are now; a reset replaces them."""
        return self._state.books[self.business.account_id]

    def open_books(self) -> None:
        """Put the business' clients and vendors into empty books."""
        for noun, people in (("client", CLIENTS), ("bill_vendor", VENDORS)):
            for fields in people[self.business.account_id]:
                self.create(noun, None, fields)

    def today(self) -> date:
        """The calendar day where the business is."""
        return self.now().astimezone(self.business.zone).date()

    def rows(self, noun: str) -> dict[int, Any]:
        """All records of a kind, by id."""
        return self.books.table(BY_NOUN[noun].table)

    def find(self, noun: str, word: object) -> Any:
        """The client or vendor with this id or name.

        Raises:
            BadChange: if there is none.
        """
        for row in self.rows(noun).values():
            name = row.organization if isinstance(row, Client) else row.vendor_name
            if str(word) in (str(row.id), name):
                return row
        raise BadChange(f"there is no {noun} {word}")

    def create(self, noun: str, owner: int | None, fields: dict[str, Any]) -> Any:
        """Write a record; ``owner`` is the client's or vendor's id, otherwise the next in turn.

        Raises:
            BadChange: if there is no such field, or nobody to write it to.
        """
        fields = {name: _id_or_value(name, value) for name, value in fields.items()}
        row = self._makers[noun](owner, fields)
        apply(noun, row, fields, self.today())
        if isinstance(row, Payment):
            settle(self.books, row, self.now())
        self.rows(noun)[row.id] = row
        self.books.changes += 1
        return row

    def change(self, noun: str, number: int, fields: dict[str, Any]) -> Any:
        """Change a record; ``docs/sandbox.md`` lists the fields.

        Raises:
            BadChange: if there is no such record or field.
        """
        row = self.rows(noun).get(number)
        if row is None:
            raise BadChange(f"there is no {noun} {number}")
        kept, before = dict(vars(row)), effect_of(row)
        apply(noun, row, {"updated_at": self.now().isoformat(), **fields}, self.today())
        try:
            if effect_of(row) != before:
                settle(self.books, row, self.now(), before)
        except BadChange:
            vars(row).update(kept)
            raise
        self.books.changes += 1
        return row

    def remove(self, noun: str, number: int) -> bool:
        """Remove a record for good, so that reading it gets 404; False if there was none."""
        self.books.changes += 1
        return self.rows(noun).pop(number, None) is not None

    def was_given_out(self, noun: str, number: int) -> bool:
        """Whether there has ever been a record with this id."""
        first = BY_NOUN[noun].first_id
        return first <= number <= self.books.last_ids.get(noun, 0)

    def _next(self, noun: str) -> int:
        return self.books.next_id(noun, BY_NOUN[noun].first_id)

    def _in_turn(self, noun: str, owner: int | None) -> Any:
        if owner is not None:
            if owner not in self.rows(noun):
                raise BadChange(f"there is no {noun} {owner}")
            return self.rows(noun)[owner]
        in_turn = [row for row in self.rows(noun).values() if row.in_rotation]
        if not in_turn:
            raise BadChange(f"no {noun} is in rotation; name one")
        return in_turn[self.books.next_id(f"turn of {noun}", 0) % len(in_turn)]

    def _new_invoice(self, owner: int | None, fields: dict[str, Any]) -> Invoice:
        client: Client = self._in_turn("client", fields.get("client_id", owner))
        return making.new_invoice(self._next("invoice"), self.business, client, self.now())

    def _new_bill(self, owner: int | None, fields: dict[str, Any]) -> Any:
        vendor: Vendor = self._in_turn("bill_vendor", fields.get("vendor_id", owner))
        return making.new_bill(self._next("bill"), vendor, self.today(), self.now())

    def _new_payment(self, owner: int | None, fields: dict[str, Any]) -> Payment:
        if fields.get("invoice_id") == 0:
            client = self._in_turn("client", fields.get("client_id", owner))
            return making.new_credit(self._next("payment"), client, self.today(), self.now())
        invoice = self._invoice_to_pay(owner, fields)
        return making.new_payment(self._next("payment"), invoice, self.today(), self.now())

    def _invoice_to_pay(self, owner: int | None, fields: dict[str, Any]) -> Invoice:
        if "invoice_id" in fields:
            named: Invoice | None = self.books.invoices.get(fields["invoice_id"])
            if named is None:
                raise BadChange(f"there is no invoice {fields['invoice_id']}")
            return named
        least = Decimal(str(fields.get("amount", "0.01")))
        payer = fields.get("client_id", owner)
        for invoice in self.books.invoices.values():
            if payer in (None, invoice.client_id) and _is_open(invoice, least):
                return invoice
        written: Invoice = self.create("invoice", payer, {})
        if Decimal(written.outstanding) < least:
            self.change("invoice", written.id, {"amount": str(least)})
        return written


def _id_or_value(name: str, value: Any) -> Any:
    """An id is a number, also where a person types it."""
    is_id = name.endswith("_id") and isinstance(value, str) and value.isdecimal()
    return int(value) if is_id else value


def _is_open(invoice: Invoice, least: Decimal) -> bool:
    is_live = invoice.vis_state == 0 and invoice.word not in ("draft", "created")
    return is_live and Decimal(invoice.outstanding) >= least
