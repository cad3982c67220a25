"""Records that cannot be read: nothing is lost, and what is gone is said to be gone."""

from __future__ import annotations

import pytest

from duebell.domain.failures import Throttled, TryAgain
from duebell.domain.signals import Signal
from duebell.sandbox import credentials
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column


def test_a_record_that_is_not_there_yet_is_looked_for_again(desk: Desk) -> None:
    """A 404 soon after the announcement puts the signal off; after a minute it is gone."""
    invoice = desk.new_invoice()
    desk.change(invoice, removed=True)
    counts = []

    for number in range(3):
        counts.append(desk.notify(f"batch-{number}"))
        desk.later(seconds=31)

    ((status, outcome),) = desk.signals()
    assert [{"put off": 1}, {"put off": 1}] == counts[:2]
    assert "done" == status
    assert "FreshBooks does not have this invoice" == outcome
    assert ([], ["skipped"]) == (desk.texts(), desk.verdicts())


def test_signals_are_put_off_longer_and_longer(desk: Desk) -> None:
    """While FreshBooks does not answer, the pauses double up to a quarter of an hour."""
    desk.sandbox.set_scenario("500", provider="freshbooks")
    desk.new_invoice()
    pauses = []

    for number in range(12):
        asked_at = desk.clock()
        desk.notify(f"batch-{number}")
        (due,) = column(desk.ledger, "select not_before from signals")
        desk.clock.at = desk.runtime.now().fromisoformat(f"{due}+00:00")
        pauses.append(round((desk.clock() - asked_at).total_seconds()))
        desk.later(seconds=0)

    assert [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] == pauses


@pytest.mark.parametrize("fault", ["500", "429"])
def test_nothing_is_lost_while_freshbooks_is_in_trouble(desk: Desk, fault: str) -> None:
    """A signal whose record could not be read is worked off when it can be."""
    desk.new_invoice()
    desk.sandbox.set_scenario(fault, provider="freshbooks")
    counts = desk.notify()
    desk.sandbox.clear_scenarios()
    desk.later(seconds=3)

    told = desk.notify("batch-2")

    assert ({"put off": 1}, {"planned": 1}) == (counts, told)
    assert 1 == len(desk.texts())


def test_one_refusal_for_too_many_requests_is_waited_out(desk: Desk) -> None:
    """A single 429 costs the pause it asks for, and no second run."""
    desk.new_invoice()
    desk.sandbox.set_scenario("429", count=1, provider="freshbooks")
    began = desk.clock()

    counts = desk.notify()

    assert ({"planned": 1}, 1) == (counts, len(desk.texts()))
    assert (desk.clock() - began).total_seconds() >= 1


def test_a_refused_access_token_is_replaced(desk: Desk) -> None:
    """A 401 leads to one refresh, and the record is read with the new token."""
    desk.new_invoice()
    desk.notify()
    desk.clock.pass_(minutes=2)
    desk.sandbox.set_scenario("401-once", provider="freshbooks")
    desk.new_invoice()

    desk.notify("batch-2")

    assert (2, 2) == (len(desk.texts()), desk.sandbox.stats()["freshbooks.refreshes"])


def test_a_lost_connection_loses_no_signal(desk: Desk) -> None:
    """While nobody is connected signals wait; when a person has connected again they are told."""
    desk.run(desk.ledger.seed_connection("0" * 64))
    desk.new_invoice()
    lost = desk.notify()
    desk.later(seconds=5)

    desk.run(desk.ledger.seed_connection(desk.sandbox.credentials()["refresh_token"]))
    told = desk.notify("batch-2")

    told_of_it = {"planned": 1, "no rule is about connection.lost": 1}
    assert ({"put off": 1}, told_of_it) == (lost, told)
    assert 1 == len(desk.texts())


def test_the_failures_worth_asking_again_are_told(desk: Desk) -> None:
    """The step gives the passing failures to whoever repeats it, and none once all is read."""
    desk.new_invoice()
    desk.sandbox.set_scenario("429", provider="freshbooks")
    batch = desk.batch()
    desk.run(batch.claim(10))
    failed = desk.run(batch.look_up())
    desk.sandbox.clear_scenarios()

    mended = desk.run(batch.look_up())

    assert [Throttled] == [type(failure) for failure in failed]
    assert isinstance(failed[0], TryAgain)
    assert [] == mended


def test_one_unreadable_record_does_not_hold_up_the_others(desk: Desk) -> None:
    """A record that is gone is put off alone; the rest of its batch is told."""
    removed = desk.new_invoice()
    desk.new_invoice()
    desk.change(removed, removed=True)

    counts = desk.notify()

    assert ({"put off": 1, "planned": 1}, 1) == (counts, len(desk.texts()))


def test_an_account_that_is_not_ours_is_explained(desk: Desk) -> None:
    """A signal for an account that FreshBooks does not know is ended, after an hour, with its word.

    Until then somebody may have mended what is wrong.
    """
    desk.run(desk.ledger.record_signal(Signal("zz999", "invoice.create", "1")))
    early = desk.notify()
    desk.later(hours=1)

    desk.notify("batch-2")

    ((status, outcome),) = desk.signals()
    assert ({"put off": 1}, "done") == (early, status)
    assert "Account not found" in (outcome or "")


def test_the_firm_is_asked_for_once(desk: Desk) -> None:
    """What a process knows of a business it does not ask again."""
    first = desk.run(desk.runtime.business(credentials.ACCOUNT_ID))
    desk.sandbox.set_scenario("500", provider="freshbooks")

    second = desk.run(desk.runtime.business(credentials.ACCOUNT_ID))

    assert credentials.BUSINESS_NAME == first.name
    assert first == second


@pytest.mark.parametrize(
    ("event", "table", "field"),
    [
        ("payment.create", "invoices", "invoice_id"),
        ("bill.create", "vendors", "vendor_id"),
        ("expense.create", "clients", "client_id"),
    ],
)
def test_a_record_is_told_though_what_belongs_to_it_is_gone(
    open_desk: OpenDesk, place: Place, event: str, table: str, field: str
) -> None:
    """A payment of an invoice that is gone for good is told, after the minute in which the invoice
    might only be late; so are bills of vendors and expenses for clients that are gone.
    """
    write_rule(place, event)
    desk = open_desk(place)
    fields = {"client_id": 20001} if table == "clients" else {}
    made = desk.sandbox.fire(event, fields=fields, deliver=False)[0]
    desk.sandbox.change_record(table, int(made[field]), removed=True)
    desk.hear(event, str(made["id"]))

    early = desk.notify()
    desk.later(seconds=61)
    desk.notify("batch-2")

    assert ({"put off": 1}, 1) == (early, len(desk.texts()))
    assert ["planned"] == desk.verdicts()


def write_rule(place: Place, event: str) -> None:
    """A rulebook that tells the staff of one event, in words about the record alone."""
    noun = event.partition(".")[0]
    folder = place.home / "templates" / "sms"
    folder.mkdir(parents=True)
    (folder / "plain.txt.j2").write_text(f"{{{{ {noun}.amount }}}}")
    rule = {"on": event, "to": "+12125550188", "channel": "sms", "template": "plain"}
    lines = [f'{key} = "{value}"' for key, value in rule.items()]
    (place.home / "duebell.toml").write_text("\n".join(["[[rule]]", *lines]))
