"""What must hold whatever happened, counted at the sandbox and compared with the ledger."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from duebell.domain.delivery import FINAL
from duebell.sandbox.client import SandboxControl
from tests.acceptance.installation import Installation

Record = dict[str, Any]

#: A dead worker's lease is 15 s, and a message whose callback was lost is asked about after 30 s.
PATIENCE_SECONDS = 120.0


def acknowledged(control: SandboxControl) -> set[int]:
    """The invoices whose creation was delivered and acknowledged with 2xx."""
    return {
        one["object_id"]
        for one in control.deliveries()
        if one["event"] == "invoice.create" and one["status"] in range(200, 300)
    }


def texts_by_invoice(control: SandboxControl) -> dict[str, list[dict[str, Any]]]:
    """Every text that Twilio accepted, by the number of the invoice in it."""
    texts = defaultdict(list)
    for text in control.messages():
        texts[invoice_number(text["body"])].append(text)
    return texts


def invoice_number(body: str) -> str:
    """The number of the invoice that a text speaks of."""
    return next(word.strip(".,:;") for word in body.split() if word.startswith("INV-"))


def progress(control: SandboxControl) -> int:
    """How far things are: two steps for each invoice, acknowledged and accepted by Twilio."""
    stats = control.stats()
    return stats.get("deliveries.200", 0) + stats.get("twilio.accepted", 0)


def wait_until_told(
    installation: Installation, records: Sequence[Record], seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until nobody has anything left to do about these invoices, or the time is over.

    What is missing then, :func:`broken_promises` tells.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not _is_told(installation, records):
        time.sleep(0.2)


def _is_told(installation: Installation, records: Sequence[Record]) -> bool:
    if installation.count_unfinished():
        return False
    return not broken_promises(installation, records)


def broken_promises(installation: Installation, records: Sequence[Record]) -> list[str]:
    """One sentence for each invoice that was not acknowledged, told once, and ended as it did.

    "As it did" is what became of the text at Twilio.
    """
    known = acknowledged(installation.control)
    texts = texts_by_invoice(installation.control)
    by_number = defaultdict(list)
    for notification in installation.notifications():
        by_number[notification["invoice_number"]].append(notification)
    faults = (
        _fault(record["id"] in known, texts[record["number"]], by_number[record["number"]])
        for record in records
    )
    return [
        f"{record['number']}: {fault}"
        for record, fault in zip(records, faults, strict=True)
        if fault
    ]


def _fault(is_known: bool, texts: list[dict[str, Any]], notifications: list[dict[str, Any]]) -> str:
    sids = [text["sid"] for text in texts]
    told = ", ".join(_told(notification) for notification in notifications) or "no notification"
    if not is_known:
        return f"no delivery was acknowledged; {len(sids)} texts; {told}"
    if len(sids) != 1:
        return f"acknowledged, {len(sids)} texts at Twilio {sids}; {told}"
    ended = [(text["sid"], text["status"]) for text in texts if text["status"] in FINAL]
    if ended != [(one["provider_id"], one["status"]) for one in notifications]:
        return f"one text, {sids[0]}, which is {texts[0]['status']} at Twilio; {told}"
    return ""


def _told(notification: dict[str, Any]) -> str:
    facts = ("id", "status", "attempts", "provider_id", "error_code", "reason")
    shown = {name: notification[name] for name in facts if notification[name] not in (None, "")}
    return "notification " + " ".join(f"{name}={value}" for name, value in shown.items())
