"""What becomes of polls once clocks, rules and accounts are not what they were at the start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from duebell.domain.books import Kind
from duebell.ledger import watermarks
from duebell.polling.ingesting import watch_chosen_only
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT
from tests.integration.services.place import Place
from tests.integration.services.poller import ALL_DAY, Poller, rulebook
from tests.ledger_scenes import Clock, column

OpenPoller = Callable[..., Poller]


@pytest.fixture
def clock() -> Clock:
    """A clock that shows what the sandbox's shows, so that what is there already is history."""
    return Clock(datetime.now(UTC) + timedelta(seconds=1))


@pytest.fixture
def open_poller(open_desk: OpenDesk, place: Place) -> OpenPoller:
    """Opens workers, each with the rulebook that the installation has from then on."""
    opened: list[Poller] = []

    def open_one(*events: str) -> Poller:
        (place.home / "duebell.toml").write_text(rulebook(*events))
        worker_id = f"worker-{len(opened) + 1}"
        opened.append(Poller(open_desk(place, worker_id, ladder_hours=ALL_DAY)))
        return opened[-1]

    return open_one


def an_old(poller: Poller, noun: str, **fields: object) -> str:
    """A record from before anybody watched."""
    long_ago = (poller.desk.clock() - timedelta(days=2)).isoformat()
    return poller.make(noun, **{"created_at": long_ago, "updated_at": long_ago, **fields})


# -- clocks


def test_a_clock_that_was_a_year_ahead_silences_nobody(open_poller: OpenPoller) -> None:
    """Once it is right again, what came meanwhile is told, and what comes from then on; once."""
    poller = open_poller("payment.create", "client.update")
    client = poller.make("client")
    poller.desk.later(minutes=1)
    poller.look()
    truth = poller.desk.clock.at
    poller.change("client", client, email="first@alder.example")
    poller.desk.later(days=365)
    poller.look()
    unseen = poller.make("payment", updated_at=(truth + timedelta(days=1)).isoformat())
    meanwhile = poller.look()

    poller.desk.clock.at = truth + timedelta(days=2)
    poller.desk.later(minutes=5)
    new = poller.make("payment")
    poller.change("client", client, email="second@alder.example")
    poller.look()
    poller.desk.later(minutes=5)

    assert ([], []) == (meanwhile, poller.look())
    told = {("payment.create", unseen): 1, ("payment.create", new): 1}
    assert told | {("client.update", client): 2} == poller.told()


def test_a_look_with_a_clock_ahead_is_not_repeated_for_ever(open_poller: OpenPoller) -> None:
    """What is remembered from the future gives way to the next look; then polls are quiet."""
    poller = open_poller("client.update")
    client = poller.make("client")
    poller.desk.later(minutes=1)
    poller.look()
    truth = poller.desk.clock.at
    poller.change("client", client, email="first@alder.example")
    poller.desk.later(days=365)
    poller.look()
    poller.desk.clock.at = truth
    poller.desk.later(minutes=5)
    poller.change("client", client)

    poller.look()
    looks = len(poller.signals())
    poller.desk.later(minutes=5)
    poller.look()

    assert looks == len(poller.signals())


def test_a_refusal_noted_with_a_clock_ahead_is_forgotten(open_poller: OpenPoller) -> None:
    """The hour in which bills are not asked for does not begin in a year."""
    poller = open_poller("bill.create")
    poller.poll()
    poller.desk.sandbox.set_scenario("no-bills")
    truth = poller.desk.clock.at
    poller.desk.later(days=365)
    poller.poll()
    poller.desk.sandbox.clear_scenarios()

    poller.desk.clock.at = truth
    poller.desk.later(minutes=5)
    found = poller.poll()[Kind.BILL]

    assert (False, "") == (found.is_waiting, found.fault)


# -- rules


def test_a_rule_about_changes_tells_nothing_from_before_it(open_poller: OpenPoller) -> None:
    """Records that were looked at long ago are compared with what they were as the rule came."""
    first = open_poller("client.create")
    old = an_old(first, "client")
    first.look()
    first.desk.later(days=10)
    client = first.make("client")
    first.look()
    first.desk.later(days=60)
    for id_ in (old, client):
        first.change("client", id_, email="first@alder.example")
    first.look()
    first.desk.later(days=10)
    second = open_poller("client.create", "client.update")
    at_first = second.look()

    second.desk.later(minutes=5)
    for id_ in (old, client):
        second.change("client", id_)
    touched = second.look()
    second.desk.later(minutes=5)
    second.change("client", client, email="second@alder.example")
    second.look()

    assert ([], []) == (at_first, touched)
    assert {("client.create", client): 1, ("client.update", client): 1} == second.told()


@pytest.mark.parametrize("in_between", ["client.create", "invoice.overdue"])
def test_a_rule_about_changes_that_is_put_back_tells_nothing_from_in_between(
    open_poller: OpenPoller, in_between: str
) -> None:
    """Whether the kind was watched meanwhile or not: what changed then is history."""
    first = open_poller("client.update")
    client = an_old(first, "client")
    first.look()
    first.desk.later(minutes=5)
    first.change("client", client, email="first@alder.example")
    first.look()
    without = open_poller(in_between)
    without.look()
    without.desk.later(days=60)
    without.change("client", client, email="second@alder.example")
    without.look()
    without.desk.later(days=1)

    back = open_poller("client.update")
    at_first = back.look()
    back.desk.later(minutes=5)
    back.change("client", client)
    touched = back.look()
    back.desk.later(minutes=5)
    back.change("client", client, email="third@alder.example")
    texts = back.look()

    assert ([], [], 1) == (at_first, touched, len(texts))
    assert {("client.update", client): 2} == back.told()


def test_changes_are_found_though_reading_history_broke_off(open_poller: OpenPoller) -> None:
    """What was read before it broke off is not overwritten: a change since then is told."""
    poller = open_poller("client.update")
    client = an_old(poller, "client")
    poller.poll()
    mark = poller.mark(Kind.CLIENT)
    write = poller.desk.ledger.write
    poller.desk.run(write(lambda c: watermarks.note(c, mark, baseline_done=False)))
    poller.desk.later(minutes=5)
    poller.change("client", client, email="first@alder.example")

    poller.look()

    assert poller.mark(Kind.CLIENT).baseline_done
    assert {("client.update", client): 1} == poller.told()


def test_drafts_are_told_though_the_rule_was_added_later(open_poller: OpenPoller) -> None:
    """A draft that is older than any watching is told once it is issued, whatever was watched
    first.
    """
    first = open_poller("invoice.overdue")
    draft, issued = an_old(first, "invoice", status="draft"), an_old(first, "invoice")
    first.look()
    first.desk.later(days=10)
    second = open_poller("invoice.overdue", "invoice.create")
    second.look()
    pages = second.pages_asked()["invoices"]

    second.desk.later(minutes=5)
    second.change("invoice", draft, status="sent")
    second.change("invoice", issued)
    texts = second.look()
    second.desk.later(minutes=5)

    assert (1, []) == (len(texts), second.look())
    assert {("invoice.create", draft): 1} == second.told()
    assert 2 == second.pages_asked()["invoices"] - pages


# -- accounts


def test_an_account_that_is_chosen_again_is_watched_anew(open_poller: OpenPoller) -> None:
    """What happened while it was not chosen is history; the chosen ones are watched on."""
    poller = open_poller("bill.create")
    runtime = poller.desk.runtime
    poller.poll()
    before = poller.mark(Kind.BILL)
    poller.desk.run(watch_chosen_only(runtime))
    stayed = poller.mark(Kind.BILL)
    runtime.account_ids = ("another",)
    poller.desk.run(watch_chosen_only(runtime))
    marks = column(poller.desk.ledger, "select account_id from watermarks")
    poller.desk.later(days=10)
    poller.make("bill")
    poller.desk.later(minutes=1)

    runtime.account_ids = (ACCOUNT,)
    poller.desk.run(watch_chosen_only(runtime))
    at_first = poller.look()
    poller.desk.later(minutes=5)
    bill = poller.make("bill")
    poller.look()

    assert (before, [], []) == (stayed, marks, at_first)
    assert {("bill.create", bill): 1} == poller.told()
