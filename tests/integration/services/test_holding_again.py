"""What waits is looked at again and again: nothing spins, nothing is told twice or forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from duebell.domain.books import Invoice
from duebell.domain.circumstances import Paused
from duebell.domain.failures import RequestRefused
from duebell.ledger import pauses, unsent
from duebell.providers.freshbooks.client import FreshBooksClient
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.holding_scene import (
    NEW_YORK,
    QUIET,
    RULE,
    another_rulebook,
    at,
    begin_on_wednesday,
    under,
)
from tests.integration.services.place import Place
from tests.ledger_scenes import Clock, column

ABROAD = """
[business]
time_zone = "America/Toronto"
quiet_hours = { from = "20:00", to = "09:00" }
[client."20001"]
sms = "+6591234567"
[[rule]]
on = "invoice.overdue"
days = [1]
to = "client"
channel = "sms"
template = "overdue_notice"
"""


@pytest.fixture(autouse=True)
def ten_o_clock(clock: Clock) -> None:
    """It is 10 in the morning of a Wednesday, not long ago."""
    begin_on_wednesday(clock)


def next_looks(desk: Desk) -> list[object]:
    """When each signal that is put off is due."""
    return column(desk.ledger, "select not_before from signals where status = 'deferred'")


def office(name: str) -> str:
    """A rulebook that tells the client, in quiet hours not, and the office at once."""
    return f"""{QUIET}{RULE}
[lists]
{name} = [{{ name = "Dana", sms = "+12125550188" }}]
[[rule]]
on = "invoice.create"
to = "list:{name}"
channel = "sms"
template = "invoice_created"
urgent = true
"""


def test_a_budget_that_holds_again_names_the_next_day(place: Place, open_desk: OpenDesk) -> None:
    """Of three invoices one is told a day; what waits is not looked at in between."""
    desk = under(place, open_desk, "[business]\nbudget = { day = 1 }\n" + RULE)
    for _ in range(3):
        desk.new_invoice()
    desk.notify("first")

    desk.later(hours=24, seconds=1)
    desk.notify("second")
    looks = [desk.notify(f"look {number}") for number in range(3)]

    assert [{}] * 3 == looks
    assert 2 == len(desk.texts())
    desk.later(hours=24, seconds=1)
    desk.notify("third")
    assert 3 == len(desk.texts())


def test_longer_quiet_hours_hold_until_their_end(place: Place, open_desk: OpenDesk) -> None:
    """What waited for eleven waits for twelve when the rulebook says so, without spinning."""
    desk = under(place, open_desk, QUIET + RULE)
    desk.new_invoice()
    desk.notify("first")

    another_rulebook(desk, QUIET.replace("11:00", "12:00") + RULE)
    at(desk, 11)
    looks = [desk.notify(f"look {number}") for number in range(3)]

    assert [{"put off": 1}, {}, {}] == looks
    at(desk, 12)
    desk.notify("last")
    assert 1 == len(desk.texts())


def test_shorter_quiet_hours_let_go_at_once(place: Place, open_desk: OpenDesk) -> None:
    """What another rulebook does not hold leaves when that is in force, not when its time was."""
    desk = under(place, open_desk, QUIET + RULE)
    desk.new_invoice()
    desk.notify("first")

    another_rulebook(desk, RULE)
    waiting = desk.run(desk.ledger.write(lambda c: unsent.look_again(c, desk.clock())))
    desk.notify("second")

    assert (1, 1) == (waiting, len(desk.texts()))


def test_a_rung_reaches_a_reader_at_the_other_end_of_the_world(
    place: Place, open_desk: OpenDesk
) -> None:
    """Begun in the ladder's hours, a rung leaves when it is day where the reader is."""
    desk = under(place, open_desk, ABROAD)
    today = desk.clock().astimezone(NEW_YORK).date()
    days = {"create_date": today - timedelta(days=20), "due_date": today - timedelta(days=1)}
    invoice = desk.new_invoice(**{name: day.isoformat() for name, day in days.items()})
    desk.hear("invoice.overdue", invoice)

    for hour in range(24):
        desk.notify(f"hour {hour}")
        desk.later(hours=1)

    assert ["+6591234567"] == [text["to"] for text in desk.texts()]


def test_the_same_message_counts_once_in_a_budget(place: Place, open_desk: OpenDesk) -> None:
    """However many signals of a batch come to a fact, and however old it is."""
    desk = under(place, open_desk, "[business]\nbudget = { day = 2 }\n" + RULE)
    for _ in range(2):
        desk.hear("invoice.update", desk.new_invoice())
    desk.notify("first")
    assert 2 == len(desk.texts())

    desk.later(days=3)
    old = column(desk.ledger, "select object_id from notifications")
    for object_id in old:
        desk.hear("invoice.create", object_id)
    desk.new_invoice()
    desk.new_invoice()
    desk.notify("second")

    assert 4 == len(desk.texts())


def test_a_refusal_of_the_morning_does_not_end_what_waited_for_the_night(
    place: Place, open_desk: OpenDesk
) -> None:
    """FreshBooks that refuses for once is asked again, however long the message waited before."""

    class Refusing(FreshBooksClient):
        refuses = False

        async def invoice(self, account_id: str, id: str, *, in_full: bool = False) -> Invoice:
            """An invoice, or a refusal."""
            if self.refuses:
                raise RequestRefused("FreshBooks answered 403")
            return await super().invoice(account_id, id, in_full=in_full)

    desk = under(place, open_desk, QUIET + RULE, books_type=Refusing)
    desk.new_invoice()
    desk.notify("first")
    at(desk, 11)

    Refusing.refuses = True
    refused = desk.notify("second")
    Refusing.refuses = False
    desk.later(minutes=1)
    desk.notify("third")

    assert ({"put off": 1}, 1) == (refused, len(desk.texts()))


def test_a_list_that_is_renamed_is_not_told_again(place: Place, open_desk: OpenDesk) -> None:
    """Dana was told at night; under another list's name she is the same person in the morning."""
    desk = under(place, open_desk, office("office"))
    desk.new_invoice()
    desk.notify("first")

    another_rulebook(desk, office("team"))
    at(desk, 11)
    desk.notify("second")

    assert ["+12125550101", "+12125550188"] == sorted(text["to"] for text in desk.texts())
    assert "merged" in desk.verdicts()


def test_one_record_that_cannot_be_decided_about_stops_no_other(
    place: Place, open_desk: OpenDesk
) -> None:
    """A fault of ours with one record is tried again by itself; the others are told."""
    desk = under(place, open_desk, RULE)
    first, second = desk.new_invoice(), desk.new_invoice()
    batch = desk.batch()
    desk.run(batch.claim(10))
    desk.run(batch.look_up())
    broken = next(one for one in batch.signals if one.signal.object_id == first)
    found = batch._lookup.found[broken.id]
    client = replace(found.client, mobile_phone=None)  # type: ignore[type-var]
    batch._lookup.found[broken.id] = replace(found, client=client)

    desk.run(batch.decide())
    counts = desk.send(batch)

    assert {"planned": 1, "put off": 1} == counts
    assert [second] == column(desk.ledger, "select object_id from notifications")


@pytest.mark.parametrize("name", ["invoice_id", "invoice_number"])
def test_a_pause_is_of_the_invoice_by_either_name(
    place: Place, open_desk: OpenDesk, name: str
) -> None:
    """A payment that is about to leave is held back by a pause of its invoice, by id or number."""
    rule = RULE.replace("invoice.create", "payment.create")
    desk = under(place, open_desk, rule.replace("invoice_created", "payment_received"))
    fired = desk.sandbox.fire(event="payment.create", deliver=False)
    desk.hear("payment.create", str(fired[-1]["id"]))
    batch = desk.decided()
    [invoice] = column(desk.ledger, f"select {name} from notifications")  # noqa: S608
    now = desk.clock()
    until = now.date() + timedelta(days=5)

    stopped = desk.run(
        desk.ledger.write(
            lambda c: pauses.pause(c, "", Paused.INVOICE, invoice, until, by="cli:dana", now=now)
        )
    )
    desk.send(batch)

    assert (1, []) == (stopped, desk.texts())
    assert f"the invoice is paused until {until}" == desk.notification().reason
