"""What waits, what is stopped while it waits, and what leaves in the end: counted at Twilio."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.domain.circumstances import Paused
from duebell.domain.consent import Source
from duebell.domain.decisions import Hold
from duebell.domain.rules import Channel
from duebell.ledger import brakes, pauses, suppressions
from duebell.ledger.brake_reading import BRAKES
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.holding_scene import (
    CLIENT,
    QUIET,
    RULE,
    STAFF,
    another_rulebook,
    at,
    begin_on_wednesday,
    holds,
    under,
)
from tests.integration.services.place import Place
from tests.ledger_scenes import Clock, column, rows


@pytest.fixture(autouse=True)
def ten_o_clock(clock: Clock) -> None:
    """It is 10 in the morning of a Wednesday, not long ago."""
    begin_on_wednesday(clock)


@pytest.fixture
def quiet_desk(place: Place, open_desk: OpenDesk) -> Desk:
    """A desk in quiet hours."""
    return under(place, open_desk, QUIET + RULE)


def test_a_text_waits_for_the_end_of_quiet_hours(quiet_desk: Desk) -> None:
    """In the hour of the reader it is held; when that is over it leaves, once."""
    quiet_desk.new_invoice()
    held = quiet_desk.notify("first")
    at(quiet_desk, 10, 59)
    early = quiet_desk.notify("second")

    at(quiet_desk, 11)
    quiet_desk.notify("third")
    quiet_desk.notify("fourth")

    assert ({"put off": 1}, {}) == (held, early)
    assert [CLIENT] == [text["to"] for text in quiet_desk.texts()]
    assert ["held", "planned"] == quiet_desk.verdicts()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "paid"}, "the invoice is paid"),
        ({"status": "disputed"}, "the invoice is disputed"),
        ({"vis_state": 1}, "the invoice is deleted or archived"),
    ],
)
def test_what_waits_is_stopped_the_moment_it_must_not_be_told(
    quiet_desk: Desk, change: dict[str, object], reason: str
) -> None:
    """Not when its time comes but when the books say so is a held text suppressed."""
    invoice = quiet_desk.new_invoice()
    quiet_desk.notify("first")
    quiet_desk.change(invoice, **change)

    quiet_desk.hear("invoice.update", invoice)
    quiet_desk.notify("second")

    only = quiet_desk.notification()
    assert ("suppressed", reason) == (only.status, only.reason)
    at(quiet_desk, 12)
    quiet_desk.notify("third")
    assert [] == quiet_desk.texts()


def test_what_waits_is_stopped_by_a_pause(quiet_desk: Desk) -> None:
    """Pausing the client suppresses what waits for it, and says how much that was."""
    quiet_desk.new_invoice()
    quiet_desk.notify("first")
    client = column(quiet_desk.ledger, "select client_id from notifications")[0]
    now = quiet_desk.clock()
    until = now.date() + timedelta(days=5)

    count = quiet_desk.run(
        quiet_desk.ledger.write(
            lambda c: pauses.pause(c, "", Paused.CLIENT, client, until, by="cli:dana", now=now)
        )
    )

    at(quiet_desk, 12)
    quiet_desk.notify("second")
    assert (1, []) == (count, quiet_desk.texts())
    assert f"the client is paused until {until}" == quiet_desk.notification().reason


@pytest.mark.parametrize("brake", ["stop", "pause"])
def test_nothing_comes_between_the_decision_and_the_call(desk: Desk, brake: str) -> None:
    """A STOP or a pause that is recorded after the decision stops the text all the same."""
    desk.new_invoice()
    batch = desk.decided()
    client = column(desk.ledger, "select client_id from notifications")[0]
    now, until = desk.clock(), desk.clock().date() + timedelta(days=5)
    if brake == "stop":
        desk.run(
            desk.ledger.write(
                lambda c: suppressions.suppress(
                    c,
                    Channel.SMS,
                    CLIENT,
                    source=Source.STOP,
                    reason="the person answered STOP",
                    by="recipient",
                    now=now,
                )
            )
        )
    else:
        desk.run(
            desk.ledger.write(
                lambda c: pauses.pause(c, "", Paused.CLIENT, client, until, by="cli:x", now=now)
            )
        )

    desk.send(batch)

    assert ([], "suppressed", 0) == (
        desk.texts(),
        desk.notification().status,
        desk.notification().attempts,
    )


def test_quiet_hours_that_begin_meanwhile_hold_a_text_back(
    place: Place, open_desk: OpenDesk
) -> None:
    """Decided in time and not sent in time: the text is held, and leaves in the morning."""
    desk = under(place, open_desk, QUIET.replace("08:00", "10:30").replace("11", "12") + RULE)
    desk.new_invoice()
    batch = desk.decided("first")
    desk.later(minutes=31)

    desk.send(batch)
    desk.notify("second")

    assert ([], [Hold.QUIET_HOURS.value]) == (desk.texts(), holds(desk))
    at(desk, 13)
    desk.notify("third")
    assert 1 == len(desk.texts())


def test_the_budget_of_a_person_counts_within_a_batch(place: Place, open_desk: OpenDesk) -> None:
    """Of three invoices that come together two are told today, and the third tomorrow."""
    desk = under(place, open_desk, "[business]\nbudget = { day = 2 }\n" + RULE)
    for _ in range(3):
        desk.new_invoice()

    desk.notify("first")

    assert [False, False, True] == sorted(hold == Hold.BUDGET for hold in holds(desk))
    assert 2 == len(desk.texts())
    desk.later(hours=24, seconds=1)
    desk.notify("second")
    assert 3 == len(desk.texts())


def test_a_brake_holds_and_tells_and_lets_go(place: Place, open_desk: OpenDesk) -> None:
    """Over the cap nothing leaves, staff hears of it once, and a release sends all that is true."""
    desk = under(place, open_desk, STAFF + RULE, max_sends_per_run=2)
    invoices = [desk.new_invoice() for _ in range(3)]

    desk.notify("first")
    desk.notify("second")

    assert ["+12125550188"] == [text["to"] for text in desk.texts()]
    assert "3 messages in one run; the cap is 2" in desk.texts()[0]["body"]
    desk.change(invoices[0], status="paid")
    now, [(brake, status)] = desk.clock(), rows(desk.ledger, "select id, status from brakes")
    desk.run(desk.ledger.write(lambda c: brakes.release(c, brake, by="cli:dana", now=now)))
    desk.notify("third")
    assert (BRAKES.name, "engaged") == ("brakes", status)
    assert 3 == len(desk.texts())
    assert [0] == column(desk.ledger, "select count(*) from notifications where hold is not null")


def test_safe_mode_sends_everything_to_one_number(place: Place, open_desk: OpenDesk) -> None:
    """With a safe number nobody else is texted; with a safe email alone no text leaves."""
    safe = under(place, open_desk, RULE, safe_phone="+12125550199")
    safe.new_invoice()
    safe.notify("first")
    mail = open_desk(place, "worker-2", safe_email="test@firm.example")
    mail.new_invoice()
    mail.notify("second")

    assert ["+12125550199"] == [text["to"] for text in safe.texts()]
    assert [(CLIENT, "+12125550199")] == rows(
        safe.ledger, "select recipient, diverted_to from notifications where status = 'accepted'"
    )
    lack = (
        "safe mode is on, and has no number for texts (DUEBELL_SAFE_PHONE, or `sms` in [safe_mode])"
    )
    assert [lack] == column(
        safe.ledger, "select reason from notifications where status = 'suppressed'"
    )


def test_what_is_told_in_safe_mode_is_told(place: Place, open_desk: OpenDesk) -> None:
    """When safe mode has ended, the person is not told again of what it was tried with."""
    safe = under(place, open_desk, RULE, safe_phone="+12125550199")
    invoice = safe.new_invoice()
    safe.notify("first")
    real = open_desk(place, "worker-2")

    real.hear("invoice.create", invoice)
    real.notify("second")

    assert ["+12125550199"] == [text["to"] for text in real.texts()]
    assert ["planned", "repeated"] == real.verdicts()


def test_a_rule_may_cap_the_segments(place: Place, open_desk: OpenDesk) -> None:
    """A text that would cost more than the rule allows is not sent, and says why."""
    desk = under(place, open_desk, RULE + "max_segments = 1\n")
    (place.home / "templates" / "sms").mkdir(parents=True)
    long = "{{ invoice.number }} \N{SNOWMAN} " + "word " * 20
    (place.home / "templates" / "sms" / "invoice_created.txt.j2").write_text(long, "utf-8")

    desk.new_invoice()
    desk.notify()

    only = desk.notification()
    assert ([], "rejected", True) == (desk.texts(), only.status, only.failed)
    assert "the text has 2 segments because of \N{SNOWMAN}; the rule allows 1" == only.reason


def test_another_rulebook_counts_from_the_next_decision_on(
    place: Place, open_desk: OpenDesk
) -> None:
    """What the rulebook says when a record is decided about is what happens, and is on record."""
    desk = under(place, open_desk, RULE)
    desk.new_invoice()
    desk.notify("first")

    another_rulebook(desk, '[client."1"]\nsilence = true\n')
    desk.new_invoice()
    desk.notify("second")

    assert 1 == len(desk.texts())
    versions = column(desk.ledger, "select rulebook from decisions order by id")
    assert 2 == len(set(versions))


def test_a_text_that_was_held_for_days_is_not_old(place: Place, open_desk: OpenDesk) -> None:
    """Its worth counts from when it might leave: a busy Twilio on Monday does not end it."""
    days = 'quiet_hours = { from = "20:00", to = "08:00", days = ["wed", "thu", "fri"] }'
    desk = under(place, open_desk, f"[business]\n{days}\n{RULE}")
    desk.new_invoice()
    desk.notify("first")
    desk.later(days=3, minutes=1)
    desk.sandbox.set_scenario("429-retry-after", count=1)

    desk.notify("second")
    desk.later(minutes=10)
    desk.notify("third")

    assert 1 == len(desk.texts())
    assert [None] == holds(desk)
