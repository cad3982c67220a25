"""Webhooks at FreshBooks: made once, verified by their own secret, mended when they break."""

from __future__ import annotations

import pytest

from duebell.domain.connections import KnownCallback
from duebell.domain.failures import TryAgain
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.subscriptions.subscribing import answer_handshakes, subscribe, unverified, webhook_url
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread
from tests.integration.services.webhooks_scene import subscribed
from tests.ledger_scenes import column, rows
from tests.sandbox.subscriber import wait_until

EVENTS = ["invoice.create", "invoice.delete", "invoice.update"]


def known(desk: Desk) -> list[KnownCallback]:
    """Our subscriptions."""
    return desk.run(desk.ledger.callbacks(desk.place.public_url))


def verified(desk: Desk) -> list[bool]:
    """Whether FreshBooks holds each of its subscriptions for verified."""
    return [callback["verified"] for callback in desk.sandbox.callbacks()]


@pytest.mark.parametrize("handshake_first", [True, False])
def test_webhooks_are_made_and_verified(desk: Desk, web: WebThread, handshake_first: bool) -> None:
    """Every event the rules need gets its own address and verifier, whichever answer is first."""
    desk.sandbox.change_settings(handshake_first=handshake_first)

    result = subscribed(desk)

    there = desk.sandbox.callbacks()
    assert (3, 3, []) == (result.wanted, result.created, result.faults)
    assert EVENTS == [callback["event"] for callback in there]
    assert [True] * 3 == verified(desk)
    expected = [webhook_url(desk.place.public_url, one.url_token) for one in known(desk)]
    assert expected == [callback["uri"] for callback in there]
    assert 3 == len({one.verifiers for one in known(desk)})


def test_a_verified_webhook_brings_signals(desk: Desk, web: WebThread) -> None:
    """What FreshBooks signs with the verifier is believed, and becomes a text."""
    subscribed(desk)

    desk.sandbox.fire(client="Alder Street Bakery", wait=True)
    desk.notify()

    assert 1 == len(desk.texts())
    assert [200] == [
        delivery["status"]
        for delivery in desk.sandbox.deliveries()
        if delivery["event"] == "invoice.create"
    ]


def test_subscribing_again_changes_nothing(desk: Desk, web: WebThread) -> None:
    """A second round finds everything as it should be."""
    subscribed(desk)
    before = desk.sandbox.callbacks()

    result = desk.run(subscribe(desk.runtime))

    assert (3, 0, 0) == (result.wanted, result.created, result.resent)
    assert before == desk.sandbox.callbacks()


def test_two_workers_that_know_each_others_addresses(
    open_desk: OpenDesk, place: Place, web: WebThread
) -> None:
    """A worker that subscribes after another one uses the addresses that are there."""
    one, other = open_desk(place), open_desk(place, "worker-2")
    subscribed(one)

    result = subscribed(other)

    assert (0, 3) == (result.created, len(one.sandbox.callbacks()))


class Deaf(FreshBooksClient):
    """FreshBooks, whose answers to writes get lost on the way back."""

    is_deaf = True

    async def _write(self, *order: object) -> dict[str, object]:
        answer = await super()._write(*order)  # type: ignore[arg-type]
        if self.is_deaf:
            raise TryAgain("the answer is lost")
        return dict(answer)


def test_a_webhook_whose_creation_was_not_answered_is_found(
    open_desk: OpenDesk, place: Place, web: WebThread
) -> None:
    """A create whose answer was lost is known by its address, and not repeated."""
    desk = open_desk(place, books_type=Deaf)
    for _ in range(2):
        with pytest.raises(TryAgain):
            desk.run(subscribe(desk.runtime))
    assert isinstance(desk.runtime.books, Deaf)
    desk.runtime.books.is_deaf = False
    unheard = {callback["uri"] for callback in desk.sandbox.callbacks()}

    result = subscribed(desk)

    uris = [callback["uri"] for callback in desk.sandbox.callbacks()]
    assert (3 - len(unheard), 3, 3) == (result.created, len(uris), len(set(uris)))
    assert set() < unheard < {*uris}
    assert [True] * 3 == verified(desk)


def test_a_verification_whose_answer_was_lost(
    open_desk: OpenDesk, place: Place, web: WebThread
) -> None:
    """Deliveries are believed from the moment the verifier was offered, answer or not."""
    desk = open_desk(place, books_type=Deaf)
    assert isinstance(desk.runtime.books, Deaf)
    desk.runtime.books.is_deaf = False
    desk.run(subscribe(desk.runtime))
    wait_until(lambda: len(desk.run(desk.ledger.unsettled_verifiers())) == 3)
    desk.runtime.books.is_deaf = True
    with pytest.raises(TryAgain):
        desk.run(answer_handshakes(desk.runtime))

    desk.sandbox.fire(client="Alder Street Bakery", wait=True)
    desk.runtime.books.is_deaf = False
    taken = desk.run(answer_handshakes(desk.runtime))

    assert [("invoice.create", 1)] == rows(desk.ledger, "select event, deliveries from signals")
    assert (3, []) == (taken, desk.run(unverified(desk.runtime)))


def a_handshake(desk: Desk, callback: KnownCallback, verifier: str, remote_id: str) -> None:
    """Somebody who knows the address posts a verifier."""
    desk.run(desk.ledger.record_handshake(callback, verifier, remote_id))


def test_a_wrong_verifier_is_refused(desk: Desk, web: WebThread) -> None:
    """A verifier that FreshBooks did not send is never trusted, and the right one still is."""
    subscribed(desk)
    first = known(desk)[0]
    a_handshake(desk, first, "made-up-verifier", first.callback_id or "")

    taken = desk.run(answer_handshakes(desk.runtime))

    assert (0, []) == (taken, desk.run(unverified(desk.runtime)))
    assert first.verifiers == known(desk)[0].verifiers
    assert 1 == desk.sandbox.stats()["freshbooks.refused_verifiers"]
    assert ["accepted", "accepted", "accepted", "refused"] == column(
        desk.ledger, "select state from verifiers order by id"
    )


def test_a_verifier_for_a_webhook_that_is_gone(desk: Desk, web: WebThread) -> None:
    """A handshake for a webhook that FreshBooks no longer has does not hold up the others."""
    desk.run(desk.ledger.ensure_callback(ACCOUNT, EVENTS[0], desk.place.public_url, "token"))
    a_handshake(desk, known(desk)[0], "verifier-of-a-lost-webhook", "1999")

    result = subscribed(desk)

    assert (3, [True] * 3) == (result.created, verified(desk))
    assert "refused" == column(desk.ledger, "select state from verifiers order by id")[0]


def test_a_webhook_that_is_missing_is_made_again(desk: Desk, web: WebThread) -> None:
    """What somebody deleted at FreshBooks is noticed, and made anew at the same address."""
    subscribed(desk)
    before = known(desk)[0]
    desk.run(desk.runtime.books.delete_callback(ACCOUNT, before.callback_id or ""))

    result = subscribed(desk)

    after = known(desk)[0]
    assert (1, 3) == (result.created, len(desk.sandbox.callbacks()))
    assert before.url_token == after.url_token
    assert before.callback_id != after.callback_id
    assert [True] * 3 == verified(desk)


def test_a_webhook_that_freshbooks_disabled_is_mended(desk: Desk, web: WebThread) -> None:
    """An unverified webhook gets a new handshake, and deliveries are believed as before."""
    subscribed(desk)
    desk.sandbox.disable_callback(int(known(desk)[0].callback_id or ""))

    result = subscribed(desk)
    desk.sandbox.fire(client="Alder Street Bakery", wait=True)

    assert (0, 1) == (result.created, result.resent)
    assert [True] * 3 == verified(desk)
    assert [("invoice.create", 1)] == rows(desk.ledger, "select event, deliveries from signals")


def test_what_is_not_verified_is_told(desk: Desk) -> None:
    """While nobody listens at our address no handshake comes, and the events are named."""
    desk.sandbox.change_settings(delivery_tries=1)
    before = desk.run(unverified(desk.runtime))

    desk.run(subscribe(desk.runtime))
    desk.run(answer_handshakes(desk.runtime))

    assert ([], EVENTS) == (before, desk.run(unverified(desk.runtime)))
    assert [False] * 3 == verified(desk)


def test_a_new_public_url_gets_webhooks_of_its_own(
    open_desk: OpenDesk, place: Place, web: WebThread
) -> None:
    """An installation that moved subscribes at its new address; the old one is left alone."""
    subscribed(open_desk(place))
    moved = open_desk(place, "worker-2", public_url="http://127.0.0.1:9")

    result = moved.run(subscribe(moved.runtime))

    assert (3, 6) == (result.created, len(moved.sandbox.callbacks()))


def test_trouble_with_freshbooks_is_told_to_the_caller(desk: Desk) -> None:
    """What cannot be asked now is raised, so that the step is repeated; nothing is half known."""
    desk.sandbox.set_scenario("500", provider="freshbooks")
    with pytest.raises(TryAgain):
        desk.run(subscribe(desk.runtime))
    desk.sandbox.clear_scenarios()

    result = desk.run(subscribe(desk.runtime))

    assert 3 == result.created == len(desk.sandbox.callbacks())
