"""A dry run says what a backfill would do, and does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.integration.services.backfill_scene import MONTH, Scene, at_noon, invoices
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
    late = {"create_date": "2026-01-02", "due_date": "2026-01-12"}
    for fields in ({}, {"status": "paid"}, {"status": "disputed"}, late, {"vis_state": 2}, late):
        invoices(desk, 1, **fields)
    invoices(desk, 1, "2025-12-20", due_date="2026-01-20")

    scene.rehearse()
    scene.run()

    promised = [(r.event, r.object_id) for r in scene.rows if r.verdict == "planned"]
    planned = rows(desk.ledger, "select event, object_id from notifications")
    assert sorted(promised) == sorted((event, object_id) for event, object_id in planned)
    assert 8 > len(promised) > 4


def test_it_needs_no_worker_and_no_hours(place: Place, open_desk: OpenDesk) -> None:
    """Rungs are shown as they will be told within their hours, at whatever time one asks."""
    (place.home / "duebell.toml").write_text(RULES)
    scene = Scene(desk := at_noon(open_desk(place, ladder_hours="00:00-00:01")))
    invoices(desk, 1, "2026-01-02", due_date="2026-01-12")

    told = scene.rehearse(replace(MONTH, events=("invoice.overdue",)))

    assert ("invoice.overdue", "planned") in [(event, verdict) for event, verdict, _ in told]


def test_each_record_is_shown_once(desk: Desk, scene: Scene) -> None:
    """A row that shifts from one page to the next is not shown a second time."""
    invoices(desk, 120, status="paid")
    desk.sandbox.set_scenario("rows-appear", count=1, provider="freshbooks")

    scene.rehearse()

    shown = [row.object_id for row in scene.rows]
    assert len(set(shown)) == len(shown) >= 120
    assert [] == column(desk.ledger, "select id from signals")
