"""Something happens at the firm: records appear or change, and FreshBooks tells."""

from __future__ import annotations

from typing import Any

from duebell.sandbox.background import Background
from duebell.sandbox.delivery import Deliveries, Job
from duebell.sandbox.firm import BadChange, Firm
from duebell.sandbox.freshbooks_callbacks import EVENTS
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State

DEFAULT_CONCURRENCY = 8


class Firing:
    """Carries out a ``fire`` of the control interface."""

    def __init__(
        self,
        state: State,
        firm: Firm,
        deliveries: Deliveries,
        saver: Saver,
        background: Background,
    ) -> None:
        self._state = state
        self._firm = firm
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
        records = self._named(event, order) if "objects" in order else self._new(event, order)
        self._saver.note_change()
        jobs = [job for row in records for job in self._deliveries.jobs_for(event, row["id"])]
        if order.get("deliver", True) and jobs:
            await self._deliver(jobs, order)
        return {"event": event, "records": records, "deliveries": len(jobs)}

    async def _deliver(self, jobs: list[Job], order: dict[str, Any]) -> None:
        copies = int(order.get("copies", 1))
        concurrency = int(order.get("concurrency", DEFAULT_CONCURRENCY))
        delivering = self._background.start(
            self._deliveries.deliver_all(jobs, max(copies, 1), max(concurrency, 1))
        )
        if order.get("wait"):
            await delivering

    def _named(self, event: str, order: dict[str, Any]) -> list[dict[str, Any]]:
        # Any ids will do: FreshBooks tells of records that are gone, and of kinds not kept here.
        noun, _, verb = event.partition(".")
        numbers = [int(number) for number in order["objects"]]
        if noun == "invoice" and verb in ("update", "delete"):
            fields = {"vis_state": 1} if verb == "delete" else order.get("fields", {})
            for number in numbers:
                if number in self._state.invoices:
                    self._firm.change_invoice(number, fields)
        return [{"id": number} for number in numbers]

    def _new(self, event: str, order: dict[str, Any]) -> list[dict[str, Any]]:
        client = order.get("client")
        client_id = None if client is None else self._firm.find_client(client)
        fields = order.get("fields", {})
        count = int(order.get("count", 1))
        if event == "invoice.create":
            return [self._new_invoice(client_id, fields) for _ in range(count)]
        if event == "payment.create":
            return [self._new_payment(client_id, fields) for _ in range(count)]
        if event == "client.create":
            clients = [self._firm.create_client(fields) for _ in range(count)]
            return [{"id": row.id, "client": row.organization} for row in clients]
        raise BadChange(f"{event} needs 'objects': the ids of the records")

    def _new_invoice(self, client_id: int | None, fields: dict[str, Any]) -> dict[str, Any]:
        invoice = self._firm.create_invoice(client_id, fields)
        return {
            "id": invoice.id,
            "number": invoice.number,
            "client_id": invoice.client_id,
            "client": invoice.organization,
        }

    def _new_payment(self, client_id: int | None, fields: dict[str, Any]) -> dict[str, Any]:
        payment = self._firm.create_payment(client_id, fields)
        invoice = self._state.invoices[payment.invoice_id]
        return {
            "id": payment.id,
            "invoice_id": invoice.id,
            "number": invoice.number,
            "client_id": payment.client_id,
            "client": invoice.organization,
        }
