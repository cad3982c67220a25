"""One message of a fact is sent again; whoever has heard the fact hears nothing for that.

A signal is looked at as a whole, by the rules as they are by then.
"""

from __future__ import annotations

from duebell.ledger import retrying
from duebell.ledger.retrying import Terms
from duebell.retrying.doubts import leaves_open
from duebell.rulebook.opening import open_rulebook
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place

CLIENT, STAFF, OTHERS = "client", "+12125550177", "+12125550199"
CLIENTS_NUMBER = "+12125550101"
TOO_LONG, HANDSET_OFF = "21617", "30003"


def rule(to: str, channel: str = "sms") -> str:
    """A rule as it stands in a rulebook."""
    fields = {"on": "invoice.create", "to": to, "channel": channel, "template": "invoice_created"}
    return "[[rule]]\n" + "".join(f'{name} = "{value}"\n' for name, value in fields.items())


def in_force(desk: Desk, text: str) -> None:
    """Put another rulebook into force."""
    desk.place.home.joinpath("duebell.toml").write_text(text)
    runtime = desk.runtime
    runtime.rulebook = open_rulebook(runtime.settings.config, runtime.renderer)


def told_but_one(open_desk: OpenDesk, place: Place, scenario: str, code: str) -> Desk:
    """An invoice of which the client was told, and staff was not."""
    (place.home / "duebell.toml").write_text(rule(STAFF) + rule(CLIENT))
    desk = open_desk(place)
    desk.sandbox.set_scenario(scenario, code=code, count=1, match=STAFF)
    desk.new_invoice()
    desk.notify()
    desk.await_receipts()
    desk.later(seconds=61)
    desk.reconcile()
    return desk


def retry(desk: Desk) -> None:
    """An operator has the failed message sent again."""
    terms = Terms("cli:dana", desk.clock(), leaves_open)
    ids = [one.id for one in desk.notifications() if one.failed]
    desk.run(desk.ledger.write(lambda connection: retrying.retry(connection, ids, terms)))
    desk.notify("again")


def test_a_rule_that_goes_by_email_now_tells_nobody_twice(
    open_desk: OpenDesk, place: Place
) -> None:
    """A retry for staff is no second message to the client, whose rule has another channel now."""
    desk = told_but_one(open_desk, place, "refused", TOO_LONG)
    in_force(desk, rule(STAFF) + rule(CLIENT, "email"))

    retry(desk)

    assert [CLIENTS_NUMBER, STAFF] == sorted(text["to"] for text in desk.texts())
    assert [] == desk.sandbox.emails()


def test_a_later_try_of_its_own_tells_nobody_twice(open_desk: OpenDesk, place: Place) -> None:
    """A phone that was off is tried again after an hour; nobody else hears of it again."""
    desk = told_but_one(open_desk, place, "undelivered", HANDSET_OFF)
    in_force(desk, rule(STAFF) + rule(CLIENT, "email"))

    desk.later(minutes=62)
    desk.notify("again")

    assert 2 == sum(text["to"] == STAFF for text in desk.texts())
    assert 1 == sum(text["to"] == CLIENTS_NUMBER for text in desk.texts())
    assert [] == desk.sandbox.emails()


def test_a_rule_that_came_later_tells_nothing_old(open_desk: OpenDesk, place: Place) -> None:
    """A retry days later is no reason to tell a fact to people whom a new rule names."""
    desk = told_but_one(open_desk, place, "refused", TOO_LONG)
    in_force(desk, rule(STAFF) + rule(CLIENT) + rule(OTHERS))
    desk.later(days=5)

    retry(desk)

    assert {CLIENTS_NUMBER, STAFF} == {text["to"] for text in desk.texts()}
    assert 2 == len(desk.texts())


def test_who_was_not_told_yet_may_be_told_another_way(open_desk: OpenDesk, place: Place) -> None:
    """A failed text is retried after its rule has gone over to email: that is what leaves."""
    desk = told_but_one(open_desk, place, "refused", TOO_LONG)
    (place.home / "duebell.toml").write_text("")
    in_force(desk, rule(CLIENT) + rule("lee@firm.example", "email"))

    retry(desk)

    assert [CLIENTS_NUMBER] == [text["to"] for text in desk.texts()]
    assert ["lee@firm.example"] == [email["to"] for email in desk.sandbox.emails()]
