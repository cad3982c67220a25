"""Something happens at a firm: records appear or change, and FreshBooks tells."""

from __future__ import annotations

from typing import Any

from duebell.sandbox.background import Background
from duebell.sandbox.books import DELETED
from duebell.sandbox.changing import BadChange
from duebell.sandbox.delivery import Deliveries, Job
from duebell.sandbox.firm import Firm
from duebell.sandbox.firms import Firms
from duebell.sandbox.kinds import BY_NOUN, EVENTS
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State

DEFAULT_CONCURRENCY = 8

#: Noun -> whose turn it is, or who can be named.
_OWNERS = {
    "invoice": "client",
    "payment": "client",
    "expense": "client",
    "bill": "bill_vendor",
}


class Firing:
    """Carries out a ``fire`` of the control interface."""

    def __init__(
        self,
        state: State,
        firms: Firms,
        deliveries: Deliveries,
        saver: Saver,
        background: Background,
    ) -> None:
        self._state = state
        self._firms = firms
        self._deliveries = deliveries
        self._saver = saver
        self._background = background

    async def fire(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do it and say to which records.

        Raises:
            BadChange: if the order cannot be carried out as it stands.
        """
        event = str(order.get("event", "invoice.create"))
        if event not in EVENTS or "." not in event:
            raise BadChange(f"there is no event {event!r}")
        firm = self._firms.named(order.get("account"))
        records = _named(firm, event, order) if "objects" in order else _new(firm, event, order)
        self._saver.note_change()
        jobs = self._jobs(firm, event, records)
        if order.get("deliver", True) and jobs:
            await self._deliver(jobs, order)
        return {"event": event, "records": records, "deliveries": len(jobs)}

    def _jobs(self, firm: Firm, event: str, records: list[dict[str, Any]]) -> list[Job]:
        account, told = firm.business.account_id, [(event, row["id"]) for row in records]
        if self._state.tunables.echo_updates:
            told += _echoes(firm, event, records)
        return [
            job for name, number in told for job in self._deliveries.jobs_for(account, name, number)
        ]

    async def _deliver(self, jobs: list[Job], order: dict[str, Any]) -> None:
        copies = int(order.get("copies", 1))
        concurrency = int(order.get("concurrency", DEFAULT_CONCURRENCY))
        delivering = self._background.start(
            self._deliveries.deliver_all(jobs, max(copies, 1), max(concurrency, 1))
        )
        if order.get("wait"):
            await delivering


def _echoes(firm: Firm, event: str, records: list[dict[str, Any]]) -> list[tuple[str, int]]:
    # One action may well cause several events; nobody documents which.
    if event == "invoice.sendByEmail":
        return [("invoice.update", row["id"]) for row in records]
    if not event.startswith("payment."):
        return []
    payments = [firm.books.payments.get(row["id"]) for row in records]
    return [("invoice.update", row.invoice_id) for row in payments if row and row.invoice_id]


def _named(firm: Firm, event: str, order: dict[str, Any]) -> list[dict[str, Any]]:
    # Any ids will do: FreshBooks tells of records that are gone, and of kinds not kept here.
    noun, _, verb = event.partition(".")
    numbers = [int(number) for number in order["objects"]]
    if noun in BY_NOUN and verb != "create" and order.get("change", True):
        for number in numbers:
            row = firm.rows(noun).get(number)
            if row is not None:
                firm.change(noun, number, _fields(verb, row, order))
    return [{"id": number} for number in numbers]


def _fields(verb: str, row: Any, order: dict[str, Any]) -> dict[str, Any]:
    if verb == "delete":
        return {"vis_state": DELETED}
    fields: dict[str, Any] = order.get("fields", {})
    if verb == "sendByEmail" and row.word in ("draft", "created"):
        return {"status": "sent", **fields}
    return fields


def _new(firm: Firm, event: str, order: dict[str, Any]) -> list[dict[str, Any]]:
    noun, _, verb = event.partition(".")
    if noun not in BY_NOUN or verb != "create":
        raise BadChange(f"{event} needs 'objects': the ids of the records")
    owner = _owner(firm, noun, order)
    fields = order.get("fields", {})
    rows = [firm.create(noun, owner, fields) for _ in range(int(order.get("count", 1)))]
    return [_told(firm, noun, row) for row in rows]


def _owner(firm: Firm, noun: str, order: dict[str, Any]) -> int | None:
    for name, kind in (("client", "client"), ("vendor", "bill_vendor")):
        if order.get(name) is None:
            continue
        if _OWNERS.get(noun) != kind:
            raise BadChange(f"{noun} belongs to no {name}")
        owner: int = firm.find(kind, order[name]).id
        return owner
    return None


def _told(firm: Firm, noun: str, row: Any) -> dict[str, Any]:
    """What the answer says of a new record."""
    if noun == "client":
        return {"id": row.id, "client": row.organization}
    if noun == "bill_vendor":
        return {"id": row.id, "vendor": row.vendor_name}
    if noun == "expense":
        return {"id": row.id, "vendor": row.vendor, "client_id": row.client_id}
    if noun == "bill":
        name = firm.books.vendors[row.vendor_id].vendor_name
        return {"id": row.id, "number": row.number, "vendor_id": row.vendor_id, "vendor": name}
    told: dict[str, Any] = {"id": row.id, "client_id": row.client_id}
    invoice = row
    if noun == "payment":
        told["invoice_id"] = row.invoice_id
        invoice = firm.books.invoices.get(row.invoice_id)
    if invoice is not None:
        told |= {"number": invoice.number, "client": invoice.organization}
    return told
