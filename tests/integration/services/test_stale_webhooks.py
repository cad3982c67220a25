"""Webhooks that nothing needs any more: ours are deleted, others' never."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest

from duebell.domain.failures import TryAgain
from duebell.providers.freshbooks.wire import SIGNATURE_HEADER, signature
from duebell.subscriptions.stale import remove_ours, remove_stale
from duebell.subscriptions.subscribing import subscribe, webhook_url
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread
from tests.integration.services.webhooks_scene import (
    events_there,
    every,
    foreign,
    need,
    ours,
    subscribed,
    there,
)
from tests.ledger_scenes import column, rows

OTHER_ACCOUNT = "9XyZw"


@pytest.fixture(autouse=True)
def _listening(web: WebThread) -> None:
    """Handshakes are heard in all of these tests."""


def test_what_no_rule_needs_is_deleted(desk: Desk) -> None:
    """A webhook goes with its last rule; the others stay, and so does its row."""
    need(desk, "payment.create", "client.update")
    subscribed(desk)
    need(desk, "payment.create")

    result = desk.run(remove_stale(desk.runtime))

    gone = [one.event for one in every(desk) if not one.is_wanted]
    assert (2, []) == (result.removed, result.faults)
    assert ["payment.create"] == events_there(desk)
    assert ["client.create", "client.update"] == sorted(gone)
    assert ["no rule needs the event any more"] * 2 == column(
        desk.ledger, "select reason from audit_records where action = 'retired'"
    )


def test_removing_again_does_nothing(desk: Desk) -> None:
    """A round that finds nothing stale deletes nothing and writes nothing."""
    need(desk, "payment.create")
    subscribed(desk)
    trail = rows(desk.ledger, "select id from audit_records")

    result = desk.run(remove_stale(desk.runtime))

    assert (0, []) == (result.removed, result.faults)
    assert trail == rows(desk.ledger, "select id from audit_records")


def test_a_late_delivery_is_a_true_hint(desk: Desk) -> None:
    """What FreshBooks signed for a deleted webhook is taken like any other delivery."""
    need(desk, "payment.create", "client.create")
    subscribed(desk)
    known = desk.run(desk.ledger.find_callback(ours(desk, "client.create").url_token))
    assert known is not None
    need(desk, "payment.create")
    desk.run(remove_stale(desk.runtime))
    form = {"name": "client.create", "object_id": "4711", "account_id": ACCOUNT}

    answer = httpx.post(
        webhook_url(desk.place.public_url, known.url_token),
        content=urlencode(form),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            SIGNATURE_HEADER: signature(form, known.verifiers[0]),
        },
    )

    assert 200 == answer.status_code
    assert [("client.create", "4711")] == rows(desk.ledger, "select event, object_id from signals")


def test_what_is_needed_again_is_made_anew(desk: Desk) -> None:
    """A webhook whose rule comes back is made and verified again, at the same address."""
    need(desk, "payment.create", "expense.create")
    subscribed(desk)
    before = ours(desk, "expense.create")
    need(desk, "payment.create")
    desk.run(remove_stale(desk.runtime))
    need(desk, "payment.create", "expense.create")

    result = subscribed(desk)

    after = ours(desk, "expense.create")
    assert (1, True, True) == (result.created, after.is_wanted, after.is_verified)
    assert before.url_token == after.url_token
    assert before.callback_id != after.callback_id
    assert ["expense.create", "payment.create"] == sorted(events_there(desk))


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/hook",
        "https://other.example/webhooks/freshbooks/{token}",
        "{base}/webhooks/freshbooks/somebody-elses-token",
        "{base}/webhooks/twilio/{token}",
        "{base}/webhooks/freshbooks/{token}/",
    ],
)
def test_others_are_left_alone(desk: Desk, address: str) -> None:
    """Only an address of ours makes a webhook ours: its place and its token."""
    need(desk, "payment.create")
    subscribed(desk)
    token = ours(desk, "payment.create").url_token
    theirs = foreign(desk, address.format(base=desk.place.public_url, token=token))

    stale = desk.run(remove_stale(desk.runtime))
    everything = desk.run(remove_ours(desk.runtime))

    assert (0, 1) == (stale.removed, everything.removed)
    assert [theirs.id] == [one.id for one in there(desk)]


def test_a_second_one_of_the_same_is_deleted(desk: Desk) -> None:
    """Of two webhooks with one address the one that we are bound to stays."""
    need(desk, "payment.create")
    subscribed(desk)
    known = ours(desk, "payment.create")
    foreign(desk, webhook_url(known.base_url, known.url_token), "payment.create")

    subscribed(desk)
    result = desk.run(remove_stale(desk.runtime))

    assert 1 == result.removed
    assert [(known.callback_id, True)] == [(one.id, one.is_verified) for one in there(desk)]


def test_our_address_with_another_event_is_deleted(desk: Desk) -> None:
    """A webhook of ours that somebody has changed to another event is replaced."""
    need(desk, "payment.create")
    subscribed(desk)
    known = ours(desk, "payment.create")
    desk.run(desk.runtime.books.delete_callback(ACCOUNT, known.callback_id or ""))
    foreign(desk, webhook_url(known.base_url, known.url_token), "estimate.create")

    made = subscribed(desk)
    result = desk.run(remove_stale(desk.runtime))

    assert (1, 1) == (made.created, result.removed)
    assert ["payment.create"] == events_there(desk)


@pytest.fixture
def moved(open_desk: OpenDesk, place: Place) -> Desk:
    """A worker whose public URL has changed since the webhooks were made; both reach us."""
    before = open_desk(place)
    need(before, "payment.create")
    subscribed(before)
    url = place.public_url.replace("127.0.0.1", "localhost")
    after = open_desk(place, "worker-2", public_url=url)
    need(after, "payment.create")
    return after


def test_the_old_address_goes_when_the_new_one_works(moved: Desk) -> None:
    """After a change of the public URL the old webhook is deleted, as the new one is verified."""
    subscribed(moved)

    result = moved.run(remove_stale(moved.runtime))

    (left,) = there(moved)
    assert (1, True) == (result.removed, left.is_verified)
    assert left.uri.startswith(moved.runtime.settings.public_url)


def test_the_old_address_stays_until_the_new_one_works(moved: Desk) -> None:
    """While nobody knows whether FreshBooks reaches the new address, the old one is kept."""
    moved.run(subscribe(moved.runtime))  # no handshake has been answered

    result = moved.run(remove_stale(moved.runtime))

    assert (0, [True, False]) == (result.removed, [one.is_verified for one in there(moved)])


def test_an_account_that_is_not_chosen_any_more(desk: Desk) -> None:
    """Its webhooks are deleted; that another account cannot be reached does not matter."""
    need(desk, "payment.create")
    subscribed(desk)
    desk.runtime.account_ids = (OTHER_ACCOUNT,)

    result = desk.run(remove_stale(desk.runtime))

    assert (1, []) == (result.removed, there(desk))
    assert [OTHER_ACCOUNT] == [fault.split()[1].rstrip(":") for fault in result.faults]


def test_a_removal_that_broke_off_is_finished(desk: Desk) -> None:
    """What FreshBooks did not delete today it deletes tomorrow."""
    need(desk, "payment.create", "expense.create")
    subscribed(desk)
    need(desk, "payment.create")
    desk.sandbox.set_scenario("500", provider="freshbooks")
    with pytest.raises(TryAgain):
        desk.run(remove_stale(desk.runtime))
    desk.sandbox.clear_scenarios()

    result = desk.run(remove_stale(desk.runtime))

    assert (1, ["payment.create"]) == (result.removed, events_there(desk))


def test_what_is_gone_already_is_forgotten(desk: Desk) -> None:
    """A stale webhook that somebody deleted by hand is not asked about for ever."""
    need(desk, "payment.create", "expense.create")
    subscribed(desk)
    known = ours(desk, "expense.create")
    desk.run(desk.runtime.books.delete_callback(ACCOUNT, known.callback_id or ""))
    need(desk, "payment.create")

    result = desk.run(remove_stale(desk.runtime))

    assert (0, None) == (result.removed, ours(desk, "expense.create").callback_id)


def test_handshakes_of_a_deleted_webhook_wake_nobody(desk: Desk) -> None:
    """What is sent to a deleted webhook's address is no reason for another round of upkeep."""
    need(desk, "payment.create", "expense.create")
    subscribed(desk)
    known = ours(desk, "expense.create")
    need(desk, "payment.create")
    desk.run(remove_stale(desk.runtime))

    desk.run(desk.ledger.record_handshake(known, "a-late-verifier", known.callback_id or ""))

    assert [] == desk.run(desk.ledger.unsettled_verifiers())


def test_all_of_ours_can_be_deleted(desk: Desk) -> None:
    """Who leaves FreshBooks leaves nothing behind there, and the next round would make it anew."""
    need(desk, "payment.create", "expense.create")
    subscribed(desk)

    result = desk.run(remove_ours(desk.runtime))
    left = there(desk)
    again = subscribed(desk)

    assert (2, [], 2) == (result.removed, left, again.created)
