"""Polls find what no webhook told, once, and cost little where there is nothing to find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from duebell.domain.books import Kind, Page
from duebell.domain.failures import ConnectionLost, TryAgain
from duebell.ledger import businesses, tokens
from duebell.providers.freshbooks.client import FreshBooksClient
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT
from tests.integration.services.place import Place
from tests.integration.services.poller import ALL_DAY, TEMPLATES, Poller, all_of, rulebook
from tests.ledger_scenes import Clock, column

OpenPoller = Callable[..., Poller]

#: Nouns whose creation and change a rule may tell.
CREATIONS = [event.partition(".")[0] for event in TEMPLATES if event.endswith(".create")]
CHANGES = {
    "invoice": {"description": "Other work"},
    "client": {"email": "other@alder.example"},
    "bill": {"number": "B-77"},
    "bill_vendor": {"phone": "+12125550177"},
}


@pytest.fixture
def clock() -> Clock:
    """A clock that shows what the sandbox's shows, so that what is there already is history."""
    return Clock(datetime.now(UTC) + timedelta(seconds=1))


@pytest.fixture
def open_poller(open_desk: OpenDesk, place: Place) -> OpenPoller:
    """Opens pollers on SQLite, with a rulebook about these events."""

    def open_one(*events: str, worker_id: str = "worker-1", **settings: object) -> Poller:
        write_rulebook(place.home, rulebook(*events))
        return Poller(open_desk(place, worker_id, ladder_hours=ALL_DAY, **settings))

    return open_one


def write_rulebook(home: Path, text: str) -> None:
    """The rulebook of the installation."""
    (home / "duebell.toml").write_text(text)


# -- what is found


@pytest.mark.parametrize("noun", CREATIONS)
def test_a_new_record_is_told_though_no_webhook_came(open_poller: OpenPoller, noun: str) -> None:
    """A record that was made since watching began is told once, however often it is polled."""
    poller = open_poller(f"{noun}.create")
    poller.look()

    poller.desk.later(minutes=5)
    id_ = poller.make(noun)
    texts = poller.look()
    poller.desk.later(minutes=5)

    assert 1 == len(texts)
    assert [] == poller.look()
    assert {(f"{noun}.create", id_): 1} == poller.told()


@pytest.mark.parametrize("noun", CHANGES)
def test_a_change_is_told_though_no_webhook_came(open_poller: OpenPoller, noun: str) -> None:
    """What is different from what was there before is told, once for each true change."""
    poller = open_poller(f"{noun}.update")
    id_ = poller.make(noun)
    poller.desk.later(minutes=1)
    poller.look()

    poller.desk.later(minutes=5)
    poller.change(noun, id_, **CHANGES[noun])
    texts = poller.look()
    poller.desk.later(minutes=5)

    assert 1 == len(texts)
    assert [] == poller.look()
    assert {(f"{noun}.update", id_): 1} == poller.told()


@pytest.mark.parametrize("noun", CREATIONS)
def test_what_was_there_before_is_told_to_nobody(open_poller: OpenPoller, noun: str) -> None:
    """The first polls of a firm with history send nothing and record no signal."""
    poller = open_poller(*(event for event in TEMPLATES if event.startswith(noun + ".")))
    for _ in range(5):
        poller.make(noun, updated_at=(poller.desk.clock() - timedelta(days=2)).isoformat())
    poller.desk.later(minutes=1)

    texts = poller.look()
    poller.desk.later(minutes=5)

    assert [] == texts + poller.look()
    assert [] == poller.signals()


def test_a_poll_remembers_the_firm(open_poller: OpenPoller) -> None:
    """Commands that ask FreshBooks nothing read from the ledger where the firm is."""
    poller = open_poller("invoice.create")

    poller.look()

    (firm,) = poller.desk.run(poller.desk.ledger.read(businesses.read_all))
    assert (ACCOUNT, "America/Chicago", "United States") == (
        firm.account_id,
        firm.time_zone,
        firm.country,
    )


def test_a_draft_from_before_is_told_when_it_is_issued(open_poller: OpenPoller) -> None:
    """A draft that lay in the books as watching began is an invoice once it is issued; once."""
    poller = open_poller("invoice.create")
    two_days_ago = (poller.desk.clock() - timedelta(days=2)).isoformat()
    times = {"created_at": two_days_ago, "updated_at": two_days_ago}
    draft = poller.make("invoice", status="draft", **times)
    issued_long_ago = poller.make("invoice", **times)
    before = poller.look()

    poller.desk.later(minutes=5)
    poller.change("invoice", draft, status="sent")
    poller.change("invoice", issued_long_ago, description="Other work")
    texts = poller.look()
    poller.desk.later(minutes=5)

    assert ([], 1, []) == (before, len(texts), poller.look())
    assert {("invoice.create", draft): 1} == poller.told()


def test_an_old_payment_that_is_edited_is_no_new_one(open_poller: OpenPoller) -> None:
    """Payments do not say when they were entered; those that were known before are not new."""
    poller = open_poller("payment.create")
    old = poller.make("payment")
    deleted = poller.make("payment", vis_state=1)
    poller.desk.later(days=3)
    poller.look()

    poller.desk.later(minutes=5)
    poller.change("payment", old, note="by cheque")
    poller.change("payment", deleted, vis_state=0)
    new = poller.make("payment", date="2020-01-01")
    poller.look()

    assert {("payment.create", new): 1} == poller.told()


def test_a_payment_made_while_history_is_read_is_new(open_poller: OpenPoller) -> None:
    """What is touched after watching began and is of these days was entered just now."""
    poller = open_poller("payment.create")
    poller.desk.clock.pass_(seconds=-2)
    poller.poll()
    poller.desk.run(forget_history(poller))
    poller.desk.later(seconds=1)
    new = poller.make("payment", date=poller.desk.clock().date().isoformat())

    poller.look()

    assert {("payment.create", new): 1} == poller.told()


async def forget_history(poller: Poller) -> None:
    """As if reading history had broken off."""
    from duebell.ledger import watermarks

    mark = (await poller.desk.ledger.read(watermarks.read_all))[ACCOUNT, Kind.PAYMENT]
    await poller.desk.ledger.write(lambda c: watermarks.note(c, mark, baseline_done=False))


def test_deleted_records_are_nothing_and_archived_ones_tell_nobody(
    open_poller: OpenPoller,
) -> None:
    """Lists leave out what is deleted; what is archived is looked at and told to nobody."""
    poller = open_poller("bill.create")
    poller.look()
    poller.desk.later(minutes=5)
    for vis_state in (1, 2):
        poller.make("bill", vis_state=vis_state)

    texts = poller.look()

    assert [] == texts
    assert 1 == len(poller.signals())


def test_a_draft_is_looked_at_when_it_changes_and_not_in_between(open_poller: OpenPoller) -> None:
    """A held draft costs one look; once it is issued it is told, though no webhook says so."""
    poller = open_poller("invoice.create")
    poller.look()
    poller.desk.later(minutes=5)
    id_ = poller.make("invoice", status="draft")
    for _ in range(3):
        assert [] == poller.look()
        poller.desk.later(minutes=5)
    looks = len(poller.signals())
    poller.change("invoice", id_, status="sent")

    texts = poller.look()

    assert (1, 1) == (looks, len(texts))
    assert {("invoice.create", id_): 1} == poller.told()


def test_polls_say_that_they_are_polls(open_poller: OpenPoller) -> None:
    """Webhooks that are silent are known by what only polls found."""
    poller = open_poller("client.create")
    poller.look()
    poller.desk.later(minutes=5)
    poller.make("client")

    poller.poll()

    assert ["poll"] == column(poller.desk.ledger, "select source from signals")


# -- at the same time


def test_two_polls_and_a_webhook_at_once_are_one_text(
    open_poller: OpenPoller, open_desk: OpenDesk, place: Place
) -> None:
    """Two workers poll and work while webhooks tell the same; Twilio gets each fact once."""
    events = ("invoice.create", "payment.create", "bill.create", "client.update")
    first = open_poller(*events)
    second = Poller(open_desk(place, "worker-2", ladder_hours=ALL_DAY))
    client = first.make("client")
    first.desk.later(minutes=1)
    first.look()
    first.desk.later(minutes=5)
    made = {noun: first.make(noun) for noun in ("invoice", "bill")}
    made["payment"] = first.make("payment", invoice_id=0)
    first.change("client", client, email="other@alder.example")

    async def webhook(poller: Poller) -> None:
        for noun, id_ in made.items():
            await poller.desk.ledger.record_signal(poller.signal(f"{noun}.create", id_))
        await poller.desk.ledger.record_signal(poller.signal("client.update", client))
        await poller.desk.notified("from-webhooks")

    async def polling(poller: Poller) -> None:
        await poller.polled()
        await poller.desk.notified(f"of {poller.desk.runtime.worker.id}")

    first.desk.run(all_of(polling(first), polling(second), webhook(first)))
    for poller in (first, second):
        poller.look()

    facts = {(f"{noun}.create", id_) for noun, id_ in made.items()} | {("client.update", client)}
    assert dict.fromkeys(facts, 1) == first.told()
    assert len(facts) == len(first.desk.texts())


class BreaksOff(FreshBooksClient):
    """A client that once cannot read the second page of a list."""

    is_broken = False

    async def list_page(self, account_id: str, kind: Kind, page: int, *rest: Any) -> Page:
        """One page, but for the second one."""
        if page == 2 and self.is_broken:
            raise TryAgain("FreshBooks was not reached.")
        return await super().list_page(account_id, kind, page, *rest)


def test_a_poll_repeats_what_broke_off(open_desk: OpenDesk, place: Place) -> None:
    """Nothing counts as read before all of it is on disk as signals: a poll that breaks off after
    some signals is done again from where the one before it ended.
    """
    write_rulebook(place.home, rulebook("invoice.create"))
    poller = Poller(open_desk(place, books_type=BreaksOff))
    poller.look()
    poller.desk.later(minutes=5)
    ids = {poller.make("invoice") for _ in range(130)}
    begun = poller.mark(Kind.INVOICE).read_through
    books = poller.desk.runtime.books
    assert isinstance(books, BreaksOff)
    books.is_broken = True

    _, said = poller.poll_in_trouble()
    found, stayed = len(poller.signals()), poller.mark(Kind.INVOICE).read_through
    books.is_broken = False
    poller.look()

    assert ("FreshBooks was not reached.", 100) == (said, found)
    assert begun == stayed < poller.mark(Kind.INVOICE).read_through
    assert dict.fromkeys([("invoice.create", id_) for id_ in ids], 1) == poller.told()


# -- what it costs


def test_a_poll_that_finds_nothing_costs_one_request_for_each_kind(
    open_poller: OpenPoller,
) -> None:
    """Once history is known, a quiet round asks for one page of each kind and signals nothing."""
    poller = open_poller(*TEMPLATES)
    poller.desk.sandbox.populate(clients=20, invoices=30, payments=10, spread_days=300)
    poller.desk.later(minutes=1)
    poller.look()
    before = poller.pages_asked()
    poller.desk.later(days=2)

    found = poller.poll()

    after = poller.pages_asked()
    asked = {noun: after[noun] - before[noun] for noun in after}
    assert dict.fromkeys(asked, 1) == asked
    assert 0 == sum(one.signals.total() for one in found.values())
    assert set(Kind) == set(found)


def test_a_long_downtime_is_caught_up_page_by_page(open_poller: OpenPoller) -> None:
    """Weeks later the day that FreshBooks is asked for is still that of the last poll."""
    poller = open_poller("invoice.create")
    poller.look()
    ids = set()
    for _ in range(25):
        poller.desk.later(days=1)
        ids |= {poller.make("invoice") for _ in range(10)}

    found = poller.poll()

    assert 3 == found[Kind.INVOICE].pages
    assert {("invoice.create", id_) for id_ in ids} == set(poller.signals())


def test_an_ignored_filter_is_noticed_and_the_list_read_less_often(
    open_poller: OpenPoller,
) -> None:
    """A list that comes whole is held against the watermark here, and read again only after
    twenty seconds for each of its pages.
    """
    poller = open_poller("bill.create", poll_seconds=30)
    poller.desk.sandbox.populate(bills=250, spread_days=300)
    poller.desk.later(minutes=5)
    poller.look()

    poller.desk.later(seconds=59)
    too_early = poller.poll()[Kind.BILL]
    poller.desk.later(seconds=2)
    id_ = poller.make("bill")
    found = poller.poll()[Kind.BILL]

    assert (True, 0) == (too_early.is_waiting, too_early.pages)
    assert (3, 251, {"bill.create": 1}) == (found.pages, found.rows, dict(found.signals))
    assert [("bill.create", id_)] == poller.signals()


# -- trouble


def test_a_plan_without_bills_stops_nothing_else(open_poller: OpenPoller) -> None:
    """What the plan lacks is said once an hour; the other kinds are read as ever."""
    poller = open_poller("bill.create", "client.create")
    poller.desk.sandbox.set_scenario("no-bills")

    first = poller.poll()[Kind.BILL]
    poller.desk.later(minutes=5)
    client = poller.make("client")
    waiting = poller.poll()[Kind.BILL]
    poller.desk.sandbox.clear_scenarios()
    poller.desk.later(minutes=56)
    mended = poller.poll()[Kind.BILL]

    assert (False, True, False) == (first.is_waiting, waiting.is_waiting, mended.is_waiting)
    assert "403" in first.fault
    assert first.fault == waiting.fault
    assert ("", None) == (mended.fault, poller.mark(Kind.BILL).fault)
    assert [("client.create", client)] == poller.signals()


def test_an_inactive_account_is_told_to_people(open_poller: OpenPoller) -> None:
    """FreshBooks' 1042 is reported as a lost connection, once, and asked about rarely."""
    poller = open_poller("client.create", "invoice.overdue")
    poller.poll()
    poller.desk.sandbox.set_scenario("account-inactive")

    poller.desk.later(minutes=5)
    faults = [found.fault for found in poller.poll().values()]
    scan = poller.scan()
    poller.desk.later(minutes=5)
    again = [found.is_waiting for found in poller.poll().values()]

    assert all("1042" in fault for fault in faults)
    assert ([True, True], "") == (again, scan.fault)
    assert ["connection.lost"] == [event for event, _ in poller.signals()]


def test_trouble_with_one_kind_does_not_stop_the_others(open_poller: OpenPoller) -> None:
    """What FreshBooks cannot answer now is said at the end, after the other kinds were read."""
    poller = open_poller("client.create", "invoice.create")
    poller.poll()
    poller.desk.later(minutes=5)
    client = poller.make("client")
    poller.desk.sandbox.set_scenario("500", count=1, provider="freshbooks")

    found, said = poller.poll_in_trouble()

    assert "FreshBooks answered 500" in said
    assert [Kind.CLIENT] == list(found)
    assert [("client.create", client)] == poller.signals()


def test_a_lost_connection_ends_the_poll_and_moves_nothing(open_poller: OpenPoller) -> None:
    """Nobody can read anything any more; the watermarks wait for the next connection."""
    poller = open_poller("client.create")
    poller.poll()
    before = poller.mark(Kind.CLIENT)
    generation = column(poller.desk.ledger, "select generation from token_pairs")[0]
    poller.desk.run(
        poller.desk.ledger.write(
            lambda c: tokens.mark_lost(c, generation, "invalid_grant", poller.desk.clock())
        )
    )
    poller.desk.later(days=1)

    with pytest.raises(ConnectionLost):
        poller.poll()

    assert before == poller.mark(Kind.CLIENT)


def test_a_kind_that_no_rule_names_any_more_is_watched_anew_later(
    open_poller: OpenPoller, open_desk: OpenDesk, place: Place
) -> None:
    """What happened while nobody wanted to hear of it is history once somebody does again."""
    poller = open_poller("bill.create", "client.create")
    poller.poll()
    for events in (["client.create"], ["bill.create", "client.create"]):
        poller.desk.later(days=10)
        meanwhile = poller.make("bill")
        poller.desk.later(minutes=1)
        write_rulebook(place.home, rulebook(*events))
        poller = Poller(open_desk(place, f"worker-{len(events)}"))
        poller.poll()

    poller.desk.later(minutes=5)
    id_ = poller.make("bill")
    poller.poll()

    assert meanwhile != id_
    assert [("bill.create", id_)] == poller.signals()


def test_a_rule_about_changes_that_is_added_later_reads_history_then(
    open_poller: OpenPoller, open_desk: OpenDesk, place: Place
) -> None:
    """The first change after the rule was added is told, and nothing from before it."""
    poller = open_poller("client.create")
    client = poller.make("client")
    poller.desk.later(minutes=1)
    poller.poll()
    poller.desk.later(days=10)
    poller.change("client", client, email="first@alder.example")
    write_rulebook(place.home, rulebook("client.create", "client.update"))
    poller = Poller(open_desk(place, "worker-2"))
    poller.desk.later(days=1)
    poller.look()

    poller.desk.later(minutes=5)
    poller.change("client", client, email="second@alder.example")
    poller.look()

    assert {("client.update", client): 1} == poller.told()
