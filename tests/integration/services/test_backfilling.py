"""Backfilling against the sandbox, with a worker beside it: everybody is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from duebell.domain.backfill import Request
from duebell.domain.failures import BackfillRefused
from tests.integration.services.backfill_scene import (
    MONTH,
    Scene,
    at_noon,
    days_ago,
    invoices,
)
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column, rows


def write_rule(place: Place, on: str, *, template: str, to: str = "client", days: str = "") -> None:
    """A rulebook of this one rule."""
    rungs = f"days = {days}\n" if days else ""
    rule = f'[[rule]]\non = "{on}"\nto = "{to}"\nchannel = "sms"\ntemplate = "{template}"\n'
    (place.home / "duebell.toml").write_text(rule + rungs)


@pytest.fixture
def scene(desk: Desk) -> Scene:
    """A worker and its backfills."""
    return Scene(desk)


def test_a_past_month_is_told(desk: Desk, scene: Scene) -> None:
    """Invoices of the period become texts; those a day before and after it do not."""
    first, last = invoices(desk, 1, "2026-01-01"), invoices(desk, 1, "2026-01-31")
    invoices(desk, 1, "2025-12-31")
    invoices(desk, 1, "2026-02-01")

    outcome = scene.run()

    assert ("done", 0, {"planned": 2}) == (outcome.status, outcome.open, outcome.verdicts)
    told = column(desk.ledger, "select object_id from notifications order by object_id")
    assert sorted(first + last) == told
    assert 2 == len(desk.texts())


def test_what_was_told_is_not_told_again(desk: Desk, scene: Scene) -> None:
    """An invoice whose webhook was heard, and one of an earlier backfill, are repeats."""
    desk.new_invoice(create_date="2026-01-10")
    desk.notify()
    invoices(desk, 2)
    scene.run()

    outcome = scene.run(id_="b2")

    assert {"repeated": 3} == outcome.verdicts
    assert 3 == len(desk.texts())


def test_reasons_are_counted(desk: Desk, scene: Scene) -> None:
    """What is not told is counted with its reason, as everywhere."""
    invoices(desk, 2, status="paid")
    invoices(desk, 1)

    outcome = scene.run()

    assert ("skipped", "the invoice is paid", 2) in outcome.decisions
    assert {"planned": 1, "skipped": 2} == outcome.verdicts


def test_only_one_client_is_told(desk: Desk, scene: Scene) -> None:
    """With a client, only this client's records are of interest."""
    ids = invoices(desk, 5)
    wanted = str(desk.sandbox.invoices()[0]["client_id"])

    outcome = scene.run(replace(MONTH, client=wanted))

    assert (1, {"planned": 1}) == (outcome.counts["signals"], outcome.verdicts)
    assert ids[:1] == column(desk.ledger, "select object_id from notifications")


def test_pages_are_read_one_by_one(desk: Desk, scene: Scene) -> None:
    """A list of several pages is read to its end, one page after the other."""
    invoices(desk, 230, status="paid")

    outcome = scene.run()

    shares = [progress.share for progress in scene.told]
    read = (outcome.counts["pages"], outcome.counts["records"], outcome.counts["signals"])
    assert (3, 230, 230) == read
    assert sorted(shares) == shares
    assert 1.0 == shares[-1]


def test_rows_that_shift_are_not_missed(desk: Desk, scene: Scene) -> None:
    """A row that leaves while a list is read moves others to pages that were read; none is lost."""
    ids = invoices(desk, 130, status="paid")
    desk.sandbox.set_scenario("rows-shift", count=1, provider="freshbooks")

    scene.run()

    found = set(column(desk.ledger, "select object_id from signals"))
    assert set() == set(ids[1:]) - found


def test_two_backfills_do_not_run_at_once(desk: Desk, scene: Scene) -> None:
    """Another backfill is refused while one runs; one that died is taken over after its lease."""
    invoices(desk, 1)
    desk.run(scene.open("b1").begin(MONTH))

    with pytest.raises(BackfillRefused) as refusal:
        desk.run(scene.open("b2").begin(MONTH))
    outcome = scene.run(Request(resume="b1"))

    assert "another backfill is running (b1): let it end first" == str(refusal.value)
    assert ("done", 1) == (outcome.status, len(desk.texts()))


def test_a_list_that_is_refused_is_left_out(place: Place, open_desk: OpenDesk) -> None:
    """Where the plan has no bills, the other lists are read all the same, and a fault tells."""
    (place.home / "duebell.toml").write_text(
        '[[rule]]\non = "bill.create"\nto = "+12125550101"\nchannel = "sms"\n'
        'template = "bill_approval"\n'
        '[[rule]]\non = "invoice.create"\nto = "client"\nchannel = "sms"\n'
        'template = "invoice_created"\n'
    )
    scene = Scene(desk := open_desk(place))
    desk.sandbox.set_scenario("no-bills", provider="freshbooks")
    invoices(desk, 1)

    outcome = scene.run()

    assert ("done", False, 1) == (outcome.status, outcome.is_done, len(desk.texts()))
    assert ["bill.create of 6BApk"] == [fault.partition(":")[0] for fault in outcome.faults]


def test_an_account_that_left_is_a_fault_of_its_lists(desk: Desk, scene: Scene) -> None:
    """Gone on with after the user lost sight of a business, a backfill reads the others' lists."""
    known = desk.run(scene.runtime.business(ACCOUNT))
    scene.runtime.businesses["9XyZw"] = replace(known, account_id="9XyZw")
    scene.runtime.account_ids = ("9XyZw", ACCOUNT)
    begun = scene.open()
    desk.run(begun.begin(MONTH))
    desk.run(begun.end("it was interrupted"))
    scene.runtime.businesses.clear()
    invoices(desk, 1)

    outcome = scene.run(Request(resume="b1"))

    (fault,) = outcome.faults
    assert ("done", 1) == (outcome.status, len(desk.texts()))
    assert fault.startswith(
        "invoice.create of 9XyZw: the connected FreshBooks user has no business"
    )


def test_payments_are_told_by_their_day(place: Place, open_desk: OpenDesk) -> None:
    """A payment belongs to the period by the day on which it was paid."""
    write_rule(place, "payment.create", template="payment_received")
    scene = Scene(desk := open_desk(place))
    invoices(desk, 3)
    for day in ("2026-01-31", "2026-02-01"):
        desk.sandbox.fire("payment.create", fields={"date": day}, deliver=False)

    outcome = scene.run()

    assert (1, 1) == (outcome.counts["signals"], len(desk.texts()))


def test_a_rung_of_the_period_is_told_as_it_is_now(place: Place, open_desk: OpenDesk) -> None:
    """An unpaid invoice with a rung in the period is told its latest rung, once."""
    write_rule(place, "invoice.overdue", days="[5, 10]", template="overdue_notice")
    desk = at_noon(open_desk(place))
    scene = Scene(desk)
    period = Request(days_ago(desk, 30), days_ago(desk, 5))
    created, due = f"{days_ago(desk, 50)}", f"{days_ago(desk, 20)}"
    invoices(desk, 1, created, due_date=due)
    invoices(desk, 1, created, due_date=f"{days_ago(desk, 7)}")
    invoices(desk, 1, created, due_date=due, status="paid")

    outcome = scene.run(period)
    again = scene.run(period, id_="b2")

    assert ({"planned": 1}, {"skipped": 1}) == (outcome.verdicts, again.verdicts)
    assert [f"+10@{due}"] == column(desk.ledger, "select occurrence from occurrences")


def test_rungs_wait_for_their_hours(place: Place, open_desk: OpenDesk) -> None:
    """Outside of the hours of the ladder a backfill of it stops and says when it may go on."""
    write_rule(place, "invoice.overdue", days="[5]", template="overdue_notice")
    desk = at_noon(open_desk(place, ladder_hours="00:00-00:01"))
    scene = Scene(desk)
    invoices(desk, 1, due_date="2026-01-10", create_date="2025-12-10")

    outcome = scene.run()

    assert ("stopped", []) == (outcome.status, desk.signals())
    assert "00:00-00:01 in America/Chicago (DUEBELL_LADDER_HOURS)" in outcome.reason


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Request(date(2026, 2, 1), date(2026, 1, 1)), "is after until"),
        (Request(date(2199, 1, 1), date(2199, 1, 1)), "is in the future"),
        (Request(MONTH.since), "needs both days"),
        (replace(MONTH, events=("payment.create",)), "no rule is about payment.create"),
        (Request(resume="nothing"), "there is no backfill nothing"),
    ],
)
def test_what_makes_no_sense_is_refused(
    desk: Desk, scene: Scene, request_: Request, reason: str
) -> None:
    """A request that cannot mean anything is refused with a sentence, and nothing is begun."""
    with pytest.raises(BackfillRefused) as refusal:
        desk.run(scene.open().begin(request_))

    assert reason in str(refusal.value)
    assert [] == rows(desk.ledger, "select id from backfills")


def test_the_cursor_and_the_signals_are_one(desk: Desk, scene: Scene) -> None:
    """After every page the ledger knows how far it came."""
    invoices(desk, 3)

    scene.run()

    (stored,) = rows(desk.ledger, "select status, counts, cursor from backfills")
    assert "done" == stored[0]
    assert '"signals": 3' in stored[1]
    assert '"step": 1' in stored[2]
