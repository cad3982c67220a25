"""Rungs that only the new rulebook has are worked out from due dates, where that can be known."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duebell.replaying.candidate import read_candidate
from duebell.replaying.comparing import Change
from tests.integration.services.backfill_scene import at_noon
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.integration.services.replay_scene import (
    CREATED,
    OVERDUE,
    days_ago,
    replayed,
    the_last_days,
)

LATER = OVERDUE.replace("[5]", "[5, 12]")
LATE = OVERDUE.replace("[5]", "[12]").replace("overdue_notice", "late")
BEFORE = """
[[rule]]
on = "invoice.due"
days = [-3]
to = "client"
channel = "sms"
template = "reminder_before_due"
"""


@pytest.fixture
def desk(place: Place, open_desk: OpenDesk) -> Desk:
    """A worker at noon, whose rulebook tells of new invoices and of a rung at five days."""
    (place.home / "duebell.toml").write_text(CREATED + OVERDUE)
    return at_noon(open_desk(place))


def an_invoice(desk: Desk, due: int, issued: int = 30) -> str:
    """An invoice that was due so many days ago, and is told of today."""
    id_ = desk.new_invoice(
        create_date=f"{days_ago(desk, issued)}", due_date=f"{days_ago(desk, due)}"
    )
    desk.notify(f"batch-{id_}")
    return id_


def test_a_new_rung_is_told_on_its_day(desk: Desk) -> None:
    """A rung of 12 days of an invoice that was due 18 days ago would have been told 6 days ago."""
    id_ = an_invoice(desk, due=18)
    own = desk.place.home / "templates" / "sms"
    own.mkdir(parents=True)
    (own / "late.txt.j2").write_text("{{ days_past_due }} days late, rung {{ rung }}")

    found = replayed(desk, CREATED + OVERDUE + LATE)

    one = found.only()
    business = desk.run(desk.runtime.business(one.fact.occurrence.account_id))
    local = one.fact.at.astimezone(ZoneInfo(business.time_zone))
    assert ((Change.MORE,), id_, True) == (
        one.changes,
        one.fact.occurrence.object_id,
        one.fact.is_derived,
    )
    assert (days_ago(desk, 6), 9) == (local.date(), local.hour)
    assert one.after is not None
    assert "12 days late, rung 12" == one.after.words.text
    assert (2, 3) == found.messages


@pytest.mark.parametrize("due", [-1, 11, 60])
def test_a_rung_that_was_not_in_the_days_is_none(desk: Desk, due: int) -> None:
    """A rung that is to come, and one from before the first day, are not told."""
    an_invoice(desk, due=due, issued=70)

    assert [] == replayed(desk, CREATED + LATER, the_last_days(desk, 30)).differences


def test_a_reminder_is_not_before_the_invoice(desk: Desk) -> None:
    """A rung before the due date counts where the invoice was issued by then."""
    an_invoice(desk, due=-1, issued=10)
    an_invoice(desk, due=-1, issued=2)

    one = replayed(desk, CREATED + OVERDUE + BEFORE).only()

    assert "-3" == one.fact.occurrence.occurrence.partition("@")[0]


def test_an_invoice_that_is_paid_by_now_is_left_out(desk: Desk) -> None:
    """Nobody knows when it was paid, so its new rungs are counted in a note and nowhere else."""
    desk.change(an_invoice(desk, due=18), status="paid")

    found = replayed(desk, CREATED + LATER)

    (note,) = [one for one in found.replay.notes if "left out because" in one]
    assert [] == found.differences
    assert note.startswith("1 new rungs are left out because the invoice is paid by now")


def test_a_rung_that_was_recorded_is_not_told_twice(desk: Desk) -> None:
    """What an earlier rulebook had recorded counts at its own time."""
    an_invoice(desk, due=8)
    file = desk.place.home / "shorter.toml"
    file.write_text(CREATED)
    desk.runtime.rulebook = read_candidate(file, desk.runtime.renderer)

    one = replayed(desk, CREATED + OVERDUE).only()

    assert ((Change.MORE,), False) == (one.changes, one.fact.is_derived)


def test_new_rungs_count_in_the_order_of_time(desk: Desk) -> None:
    """A budget counts a new rung on its day, though its invoice was come upon before."""
    an_invoice(desk, due=11)  # its rung of 12 days comes tomorrow at nine
    desk.clock.at = datetime.combine(days_ago(desk, -1), desk.clock().time(), desk.clock().tzinfo)
    desk.later(minutes=5)
    an_invoice(desk, due=1)  # a text five minutes after noon, tomorrow

    found = replayed(desk, "[business]\nbudget = { day = 1 }\n" + CREATED + LATER)

    (rung,) = [one for one in found.differences if one.fact.is_derived]
    (created,) = [
        one
        for one in found.differences
        if one.fact.occurrence.event_type == "invoice.create" and one.fact.at > rung.fact.at
    ]
    assert rung.after is not None
    assert created.after is not None
    assert "budget" == rung.after.held == created.after.held
    assert timedelta(hours=24) == created.after.leaves_at - rung.after.leaves_at
