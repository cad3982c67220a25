"""The same fact found by several at once, each with a process and a ledger of its own: one text.

Counted at the provider, on both kinds of database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from duebell.domain.books import Kind
from duebell.domain.signals import Signal, SignalSource
from duebell.polling.ladder_scan import scan_ladder
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT
from tests.integration.services.place import Place
from tests.integration.services.poller import ALL_DAY, Poller, all_of, rulebook
from tests.ledger_scenes import Clock, column

OpenPollers = Callable[..., list[Poller]]

CREATIONS = ("invoice.create", "payment.create", "bill.create", "expense.create")
UPDATES = ("client.update", "bill_vendor.update")


@pytest.fixture
def clock() -> Clock:
    """A clock that shows what the sandbox's shows, so that what is there already is history."""
    return Clock(datetime.now(UTC) + timedelta(seconds=1))


@pytest.fixture
def open_pollers(open_desk: OpenDesk, each_place: Place) -> OpenPollers:
    """Opens three workers on one database, with a rulebook about these events."""

    def open_all(*events: str) -> list[Poller]:
        (each_place.home / "duebell.toml").write_text(rulebook(*events, days=(5,)))
        names = ("worker-1", "worker-2", "worker-3")
        return [Poller(open_desk(each_place, name, ladder_hours=ALL_DAY)) for name in names]

    return open_all


async def polling(poller: Poller) -> None:
    """One worker polls and works off what there is by then."""
    await poller.polled()
    await poller.desk.notified(f"polled by {poller.desk.runtime.worker.id}")


async def hearing(poller: Poller, *signals: Signal) -> None:
    """One worker hears webhooks, doubled, and works off what there is by then."""
    for signal in signals * 2:
        await poller.desk.ledger.record_signal(signal)
    await poller.desk.notified(f"heard by {poller.desk.runtime.worker.id}")


async def scanning(poller: Poller) -> None:
    """One worker looks through the ladder and works off what there is by then."""
    await scan_ladder(poller.desk.runtime, ACCOUNT, again=True)
    await poller.desk.notified(f"scanned by {poller.desk.runtime.worker.id}")


def texts_when_all_is_told(poller: Poller) -> list[str]:
    """The texts that Twilio has after one more look, when nobody holds anything any more."""
    poller.desk.later(minutes=16)
    poller.look()
    return [text["body"] for text in poller.desk.texts()]


def make_each(poller: Poller) -> dict[str, str]:
    """A record of each kind is made; its id by the event. The payment pays none of the invoices."""
    nouns = {event: event.partition(".")[0] for event in CREATIONS}
    fields = {"payment": {"invoice_id": 0}}
    return {event: poller.make(noun, **fields.get(noun, {})) for event, noun in nouns.items()}


def make_everything(poller: Poller) -> list[Signal]:
    """A record of each kind is made and two are changed; the webhooks that say so."""
    client, vendor = poller.make("client"), poller.make("bill_vendor")
    poller.desk.later(minutes=1)
    poller.look()
    poller.desk.later(minutes=5)
    made = make_each(poller)
    poller.change("client", client, email="other@alder.example")
    poller.change("bill_vendor", vendor, website="other.example")
    changed = dict(zip(UPDATES, (client, vendor), strict=True))
    return [Poller.signal(event, id_) for event, id_ in {**made, **changed}.items()]


def test_two_polls_and_a_webhook_at_once(open_pollers: OpenPollers) -> None:
    """What two workers poll while a third hears of it is told once, of every kind."""
    first, second, third = open_pollers(*CREATIONS, *UPDATES)
    signals = make_everything(first)

    first.desk.run(all_of(polling(first), polling(second), hearing(third, *signals)))

    texts = texts_when_all_is_told(third)
    facts = {(signal.event, signal.object_id): 1 for signal in signals}
    assert facts == first.told()
    assert len(facts) == len(texts) == len(set(texts))


def test_a_backfill_a_webhook_and_a_poll_at_once(open_pollers: OpenPollers) -> None:
    """A backfill finds the same occurrences that polls and webhooks find."""
    first, second, third = open_pollers(*CREATIONS, *UPDATES)
    signals = make_everything(first)
    filled = [
        Signal(ACCOUNT, signal.event, signal.object_id, SignalSource.BACKFILL)
        for signal in signals
        if signal.event in CREATIONS
    ]

    first.desk.run(all_of(polling(first), hearing(second, *filled), hearing(third, *signals)))

    texts = texts_when_all_is_told(third)
    assert len(signals) == len(texts) == len(set(texts))


def test_a_backfill_of_what_was_told_tells_nothing(open_pollers: OpenPollers) -> None:
    """Whatever was told by a poll is told already when a backfill comes upon it."""
    first, second, _ = open_pollers(*CREATIONS)
    first.look()
    first.desk.later(minutes=5)
    made = make_each(first)
    told = len(first.look())
    filled = [Signal(ACCOUNT, event, id_, SignalSource.BACKFILL) for event, id_ in made.items()]

    second.desk.run(hearing(second, *filled))

    assert len(CREATIONS) == told == len(texts_when_all_is_told(second))


def test_two_scans_and_an_update_at_once(open_pollers: OpenPollers) -> None:
    """A rung that two scans find while a webhook makes a third worker look is told once."""
    first, second, third = open_pollers("invoice.overdue")
    due_on = first.desk.clock().date() - timedelta(days=7)
    days = {"create_date": "2026-01-01", "due_date": due_on.isoformat(), "status": "sent"}
    ids = [first.make("invoice", number=f"INV-{number}", **days) for number in range(8)]
    updates = [Poller.signal("invoice.update", id_) for id_ in ids]

    first.desk.run(all_of(scanning(first), scanning(second), hearing(third, *updates)))

    texts = texts_when_all_is_told(third)
    numbers = Counter(number for number in range(8) if any(f"INV-{number} " in t for t in texts))
    assert (8, 8) == (len(texts), len(numbers))


def test_two_first_polls_at_once_tell_nothing_of_history(open_pollers: OpenPollers) -> None:
    """Two workers that begin to watch together agree since when, and history is told to nobody."""
    first, second, _ = open_pollers(*CREATIONS, *UPDATES)
    for event in CREATIONS:
        yesterday = (first.desk.clock() - timedelta(days=2)).isoformat()
        first.make(event.partition(".")[0], updated_at=yesterday)

    first.desk.run(all_of(polling(first), polling(second)))

    assert [] == texts_when_all_is_told(second)
    assert first.mark(Kind.PAYMENT).since == second.mark(Kind.PAYMENT).since


# -- what nobody saw


def test_two_changes_between_two_looks_are_told_as_one(open_pollers: OpenPollers) -> None:
    """Books show what is and not what was: what changed twice unseen has changed once."""
    poller, _, _ = open_pollers("client.update")
    client = poller.make("client")
    poller.desk.later(minutes=1)
    poller.look()

    for address in ("first@alder.example", "second@alder.example"):
        poller.desk.later(minutes=1)
        poller.change("client", client, email=address)
    poller.desk.later(minutes=5)
    poller.look()

    assert 1 == len(texts_when_all_is_told(poller))


def test_there_and_back_unseen_is_no_change(open_pollers: OpenPollers) -> None:
    """A change that was taken back before anybody looked is told to nobody, webhook or not."""
    poller, _, _ = open_pollers("client.update")
    client = poller.make("client", email="old@alder.example")
    poller.desk.later(minutes=1)
    poller.look()

    for address in ("new@alder.example", "old@alder.example"):
        poller.desk.later(minutes=1)
        poller.change("client", client, email=address)
    poller.desk.run(hearing(poller, Poller.signal("client.update", client)))

    assert [] == texts_when_all_is_told(poller)
    assert {"skipped"} == set(column(poller.desk.ledger, "select verdict from decisions"))


def test_there_and_back_with_a_look_between_are_two_changes(open_pollers: OpenPollers) -> None:
    """A change that was seen was told, so taking it back is told as well."""
    poller, _, _ = open_pollers("client.update")
    client = poller.make("client", email="old@alder.example")
    poller.desk.later(minutes=1)
    poller.look()

    for address in ("new@alder.example", "old@alder.example"):
        poller.desk.later(minutes=5)
        poller.change("client", client, email=address)
        poller.look()

    assert 2 == len(texts_when_all_is_told(poller))
