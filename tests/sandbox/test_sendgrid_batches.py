"""The batches of SendGrid's Event Webhook: signed, gathered, doubled, lost and repeated."""

from __future__ import annotations

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from duebell.sandbox.scenarios import SENDGRID
from duebell.sandbox.sendgrid_events import SIGNATURE
from tests.sandbox.eventing import hear, is_signed, words_of
from tests.sandbox.program import READER, send_mail
from tests.sandbox.subscriber import Subscriber, wait_until


@pytest.fixture(autouse=True)
def _told(control: SandboxControl, subscriber: Subscriber) -> None:
    """Events come to the subscriber."""
    control.change_settings(sendgrid_events_url=f"{subscriber.url}/events")


def test_events_come_in_signed_batches(sendgrid: httpx.Client, subscriber: Subscriber) -> None:
    """A batch is a JSON array that ends its line; its very bytes are signed with its time."""
    message_id = send_mail(sendgrid).headers["X-Message-Id"]

    events = hear(subscriber, 2)

    assert ["processed", "delivered"] == [event["event"] for event in events]
    assert {(READER, "ntf_01", "1", message_id)} == {
        (event["email"], event["nid"], event["attempt"], event["sg_message_id"].split(".")[0])
        for event in events
    }
    assert 2 == len({event["sg_event_id"] for event in events})
    for batch in subscriber.received:
        assert ("/events", "application/json") == (batch.path, batch.headers["content-type"])
        assert (True, True) == (batch.body.endswith("]\r\n"), is_signed(batch))


def test_events_of_one_moment_come_together(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """What happens within the batch's time is posted at once."""
    control.change_settings(event_batch_seconds=0.2)
    for _ in range(3):
        send_mail(sendgrid)

    hear(subscriber, 6)

    assert 1 == len(subscriber.received)
    assert 1 == control.stats()["sendgrid.batches.200"]


def test_events_may_be_doubled(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """An event comes twice in its batch and once in another, always under its id."""
    control.set_scenario("events-doubled", provider=SENDGRID)

    send_mail(sendgrid)

    events = hear(subscriber, 6)
    ids = [event["sg_event_id"] for event in events]
    assert [3, 3] == [ids.count(word) for word in sorted(set(ids))]


def test_events_may_be_reordered(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """The end is told before the beginning."""
    control.set_scenario("events-reordered", provider=SENDGRID)

    send_mail(sendgrid)

    assert ["delivered", "processed"] == [event["event"] for event in hear(subscriber, 2)]


def test_events_may_be_lost(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """The email fares as ever, and nobody hears of it."""
    control.set_scenario("events-lost", provider=SENDGRID)

    send_mail(sendgrid)

    wait_until(lambda: control.stats().get("sendgrid.events_lost") == 2)
    assert ("delivered", []) == (control.emails()[0]["status"], subscriber.received)


def test_events_may_be_late(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """The email has reached its end before anything is told."""
    control.set_scenario("events-late", provider=SENDGRID)

    send_mail(sendgrid)

    wait_until(lambda: control.emails()[0]["status"] == "delivered")
    assert [] == subscriber.received
    assert ["processed", "delivered"] == [event["event"] for event in hear(subscriber, 2)]


def test_strange_company(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Unknown events, other people's and broken entries stand beside the good ones."""
    control.set_scenario("events-strange", provider=SENDGRID)

    send_mail(sendgrid)

    events = hear(subscriber, 8)
    assert 2 == events.count("broken")
    assert ["delivered", "delivered", "delivered", "processed", "teleported", "teleported"] == (
        sorted(words_of(subscriber))
    )


def test_batches_are_tried_again(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """A batch that is not taken comes again, the same to the byte, until it is."""
    control.change_settings(event_batch_seconds=0.1)
    subscriber.script = [500, 302]

    send_mail(sendgrid)

    batches = subscriber.wait_for(3)
    assert 1 == len({(batch.body, batch.headers[SIGNATURE.lower()]) for batch in batches})
    wait_until(lambda: control.stats().get("sendgrid.batches.200") == 1)


@pytest.mark.parametrize(("how", "signed"), [("wrongly", [False]), ("not", [])])
def test_signatures_may_be_wrong(
    sendgrid: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    how: str,
    signed: list[bool],
) -> None:
    """Batches can be signed with a key that nobody was given, or not at all."""
    control.change_settings(sendgrid_signs=how, event_batch_seconds=0.1)

    send_mail(sendgrid)

    batches = subscriber.wait_for(1)
    assert signed == [is_signed(batch) for batch in batches if SIGNATURE.lower() in batch.headers]


def test_without_an_address_nothing_is_posted(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Where nobody said where events go, they go nowhere."""
    control.change_settings(sendgrid_events_url="")

    send_mail(sendgrid)

    wait_until(lambda: control.stats().get("sendgrid.batches.nowhere", 0) > 0)
    assert [] == subscriber.received
