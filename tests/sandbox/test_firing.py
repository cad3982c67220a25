"""Everything that may happen at a firm is delivered, and does what it says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import subscribe
from tests.sandbox.records import PATHS, TABLES, one
from tests.sandbox.subscriber import Subscriber, wait_until

#: A change of each kind, and how it shows.
CHANGES: dict[str, tuple[dict[str, Any], str, object]] = {
    "invoice": ({"due_date": "2026-12-24"}, "due_date", "2026-12-24"),
    "client": ({"organization": "Elsewhere"}, "organization", "Elsewhere"),
    "payment": ({"note": "Thanks"}, "note", "Thanks"),
    "bill": ({"number": "B-7"}, "bill_number", "B-7"),
    "bill_vendor": ({"website": "new.example"}, "website", "new.example"),
    "expense": ({"notes": "Taxi"}, "notes", "Taxi"),
}


@pytest.mark.parametrize("noun", PATHS)
def test_a_noun_hears_of_all_its_verbs(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber, noun: str
) -> None:
    """Creation, change and deletion of each kind are made and told."""
    fields, name, value = CHANGES[noun]
    subscribe(books, subscriber, noun)
    (record,) = control.fire(f"{noun}.create", wait=True)
    objects = [record["id"]]

    control.fire(f"{noun}.update", objects=objects, fields=fields, wait=True)
    changed = one(books, noun, record["id"])
    control.fire(f"{noun}.delete", objects=objects, wait=True)

    told = [(one.form["name"], one.form["object_id"]) for one in subscriber.received]
    verbs = ("create", "update", "delete")
    assert [(f"{noun}.{verb}", str(record["id"])) for verb in verbs] == told
    assert value == changed[name]
    (row,) = [row for row in control.records(TABLES[noun]) if row["id"] == record["id"]]
    assert 1 == row["vis_state"]


def test_sending_a_draft_makes_it_a_sent_one(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Sending by mail is an event of its own, after which the invoice is no draft."""
    subscribe(books, subscriber, "invoice.sendByEmail")
    (record,) = control.fire(fields={"status": "draft"})

    control.fire("invoice.sendByEmail", objects=[record["id"]], wait=True)

    assert ["invoice.sendByEmail"] == [one.form["name"] for one in subscriber.received]
    assert "sent" == one(books, "invoice", record["id"])["v3_status"]


def test_telling_need_not_change(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """With change false the same is told again and the books stay as they were."""
    subscribe(books, subscriber, "invoice")
    (record,) = control.fire(deliver=False)
    before = control.invoices()

    for event in ("invoice.update", "invoice.delete"):
        control.fire(event, objects=[record["id"]], change=False, wait=True)

    assert 2 == len(subscriber.received)
    assert before == control.invoices()


@pytest.mark.parametrize(
    ("order", "word"),
    [
        ({"event": "bill.create", "client": 20001}, "client"),
        ({"event": "invoice.create", "vendor": 30001}, "vendor"),
        ({"event": "bill.create", "vendor": "Nobody"}, "Nobody"),
        ({"event": "estimate.create"}, "objects"),
        ({"event": "payment.create", "fields": {"invoice_id": 7}}, "invoice 7"),
    ],
)
def test_orders_that_make_no_sense(
    control: SandboxControl, order: dict[str, Any], word: str
) -> None:
    """What cannot happen is refused with a sentence that names it."""
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.fire(**order)

    assert word in refusal.value.response.json()["error"]


def test_kinds_that_are_not_kept_can_be_told_of(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """An estimate that nobody can read is told of all the same."""
    subscribe(books, subscriber, "estimate.sendByEmail")

    control.fire("estimate.sendByEmail", objects=[12], wait=True)

    assert ["12"] == [one.form["object_id"] for one in subscriber.received]


def test_one_action_may_tell_of_two(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """With echo_updates, a payment and a mail also tell of the invoice's update."""
    for event in ("payment", "invoice"):
        subscribe(books, subscriber, event)
    (invoice,) = control.fire(deliver=False)
    control.change_settings(echo_updates=True)

    control.fire("payment.create", wait=True)
    control.fire("invoice.sendByEmail", objects=[invoice["id"]], wait=True)

    told = sorted(one.form["name"] for one in subscriber.received)
    assert ["invoice.sendByEmail", "invoice.update", "invoice.update", "payment.create"] == told


def test_a_late_delivery_is_overtaken(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """A delivery that is late comes after those that were made behind it."""
    control.change_settings(late_seconds=0.1)
    subscribe(books, subscriber, "invoice.create")
    control.set_scenario("deliveries-late", count=1)

    first, second, third = control.fire(count=3, concurrency=1, wait=True)

    wait_until(lambda: len(subscriber.received) == 3)
    told = [int(one.form["object_id"]) for one in subscriber.received]
    assert [second["id"], third["id"], first["id"]] == told
