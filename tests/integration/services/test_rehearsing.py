"""A dry run says what a backfill would do, and does nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import pytest

from duebell.domain.backfill import Request
from tests.flows.installation import leaks
from tests.integration.services.backfill_scene import Scene, at_noon, days_ago, invoices
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column, rows

RULES = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"
[[rule]]
on = "invoice.overdue"
to = "client"
channel = "sms"
template = "overdue_notice"
days = [5]
"""


@pytest.fixture
def scene(desk: Desk) -> Scene:
    """A worker and its backfills."""
    return Scene(desk)


def test_nothing_is_recorded_and_nothing_is_sent(desk: Desk, scene: Scene) -> None:
    """After a dry run the ledger is as it was, and Twilio has heard nothing."""
    invoices(desk, 3)

    told = scene.rehearse()

    tables = ("signals", "decisions", "occurrences", "notifications", "seen_records", "backfills")
    counts = [rows(desk.ledger, f"select count(*) from {name}")[0][0] for name in tables]  # noqa: S608
    assert ["planned"] * 3 == [verdict for _, verdict, _ in told]
    assert ([0] * 6, []) == (counts, desk.texts())


def test_a_client_is_asked_for_once(desk: Desk, scene: Scene) -> None:
    """However many pages of records there are of one client, it costs one request."""
    fields = {"create_date": "2026-01-15", "due_date": "2026-02-14"}
    for _ in range(3):
        desk.sandbox.fire(count=50, client="Alder Street Bakery", fields=fields, deliver=False)
    before = desk.sandbox.stats()

    scene.rehearse()

    after = desk.sandbox.stats()
    clients = after["freshbooks.clients"] - before.get("freshbooks.clients", 0)
    assert (150, 1) == (len(scene.rows), clients)


def test_it_tells_who_and_why_not(desk: Desk, scene: Scene) -> None:
    """Each row has the record, the client, the masked number, and the reason for every silence."""
    (told,) = invoices(desk, 1, number="INV-77")
    invoices(desk, 1, status="paid")

    scene.rehearse()

    sent, silent = sorted(scene.rows, key=lambda row: row.verdict)
    assert (told, "INV-77", "client", "planned", "invoice_created") == (
        sent.object_id,
        sent.number,
        sent.audience,
        sent.verdict,
        sent.template,
    )
    assert (date(2026, 1, 15), "Alder Street Bakery") == (sent.day, sent.name)
    assert "+1•••••0101" == sent.recipient
    assert ("skipped", "the invoice is paid", "") == (
        silent.verdict,
        silent.reason,
        silent.recipient,
    )


def test_what_was_told_would_be_repeated(desk: Desk, scene: Scene) -> None:
    """A message that is in the ledger already is shown as a repeat, with its status."""
    invoices(desk, 1)
    scene.run()
    desk.await_receipts()

    told = scene.rehearse()

    ((event, verdict, reason),) = told
    assert ("invoice.create", "repeated") == (event, verdict)
    assert reason.startswith("told before: the notification is ")


def test_it_promises_what_the_backfill_does(place: Place, open_desk: OpenDesk) -> None:
    """For invoices of every state, the messages of the dry run are those that are then planned."""
    (place.home / "duebell.toml").write_text(RULES)
    scene = Scene(desk := at_noon(open_desk(place)))
    period = Request(days_ago(desk, 30), days_ago(desk, 0))
    late = {"create_date": f"{days_ago(desk, 28)}", "due_date": f"{days_ago(desk, 18)}"}
    for fields in ({}, {"status": "paid"}, {"status": "disputed"}, late, {"vis_state": 2}, late):
        invoices(
            desk, 1, f"{days_ago(desk, 15)}", **{"due_date": f"{days_ago(desk, -9)}", **fields}
        )
    invoices(desk, 1, f"{days_ago(desk, 40)}", due_date=f"{days_ago(desk, 10)}")

    scene.rehearse(period)
    scene.run(period)

    promised = [(r.event, r.object_id) for r in scene.rows if r.verdict == "planned"]
    planned = rows(desk.ledger, "select event, object_id from notifications")
    assert sorted(promised) == sorted((event, object_id) for event, object_id in planned)
    assert 6 == len(promised)


STAFF = ("Dana Okafor", "Lee Novak", "dana@firm.example")
PRIVATE = """
[lists]
approvers = [
    { name = "Dana Okafor", email = "dana@firm.example" },
    { name = "Lee Novak", sms = "+12125550187" },
]
[[rule]]
on = "invoice.create"
to = "+12125550188"
channel = "sms"
template = "invoice_created"
[[rule]]
on = "invoice.create"
to = "list:approvers"
channel = "sms"
template = "invoice_created"
"""


def test_neither_rows_nor_decisions_name_anybody(place: Place, open_desk: OpenDesk) -> None:
    """What a dry run shows in Prefect, and what a run keeps of its decisions, holds nobody's number
    or name: not of a fixed audience, and not of whoever cannot be texted.
    """
    (place.home / "duebell.toml").write_text(PRIVATE)
    scene = Scene(desk := open_desk(place))
    invoices(desk, 1)

    scene.rehearse()
    scene.run()

    shown = [{k: v for k, v in asdict(row).items() if k != "name"} for row in scene.rows]
    decided = rows(desk.ledger, "select rule, verdict, reason, facts, occurrence from decisions")
    clients = [client["organization"] for client in desk.sandbox.clients()]
    everything = [shown, [tuple(row) for row in decided]]
    assert [] == leaks(everything, ["+12125550187", "+12125550188", *STAFF, *filter(None, clients)])
    assert {"+1•••••0188", "list:approvers"} == {row.audience for row in scene.rows}
    assert "person 1 in list:approvers has no number for texts" in str(decided)
    assert (3, 3) == (len(shown), len(decided))


def test_an_account_that_left_is_a_fault_of_its_lists(desk: Desk, scene: Scene) -> None:
    """A chosen business that the user may not see any more does not keep the others from being
    read.
    """
    invoices(desk, 1)
    scene.runtime.account_ids = ("9XyZw", *desk.runtime.account_ids)

    scene.rehearse()

    (fault,) = scene.faults
    assert ["planned"] == [row.verdict for row in scene.rows]
    assert fault.startswith("invoice.create of 9XyZw: ")


def test_it_needs_no_worker_and_no_hours(place: Place, open_desk: OpenDesk) -> None:
    """Rungs are shown as they will be told within their hours, at whatever time one asks."""
    (place.home / "duebell.toml").write_text(RULES)
    scene = Scene(desk := at_noon(open_desk(place, ladder_hours="00:00-00:01")))
    invoices(desk, 1, f"{days_ago(desk, 25)}", due_date=f"{days_ago(desk, 15)}")
    period = Request(days_ago(desk, 30), days_ago(desk, 0), ("invoice.overdue",))

    told = scene.rehearse(period)

    assert ("invoice.overdue", "planned") in [(event, verdict) for event, verdict, _ in told]


def test_each_record_is_shown_once(desk: Desk, scene: Scene) -> None:
    """A row that shifts from one page to the next is not shown a second time."""
    invoices(desk, 120, status="paid")
    desk.sandbox.set_scenario("rows-appear", count=1, provider="freshbooks")

    scene.rehearse()

    shown = [row.object_id for row in scene.rows]
    assert len(set(shown)) == len(shown) >= 120
    assert [] == column(desk.ledger, "select id from signals")
