"""SendGrid's Event Webhook: what is told of an email."""

from __future__ import annotations

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from duebell.sandbox.scenarios import SENDGRID
from tests.sandbox.eventing import hear
from tests.sandbox.program import READER, send_mail
from tests.sandbox.subscriber import Subscriber


@pytest.fixture(autouse=True)
def _told(control: SandboxControl, subscriber: Subscriber) -> None:
    """Events come to the subscriber."""
    control.change_settings(sendgrid_events_url=f"{subscriber.url}/events")


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        ("bounce", ["processed", "bounce"]),
        ("bounce-async", ["processed", "delivered", "bounce"]),
        ("blocked", ["processed", "bounce"]),
        ("dropped", ["dropped"]),
        ("deferred", ["processed", "deferred", "delivered"]),
        ("spamreport", ["processed", "delivered", "spamreport"]),
        ("unsubscribe", ["processed", "delivered", "unsubscribe"]),
        ("group-unsubscribe", ["processed", "delivered", "group_unsubscribe"]),
        ("opened", ["processed", "delivered", "open", "click"]),
    ],
)
def test_fates_of_emails(
    sendgrid: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    fate: str,
    words: list[str],
) -> None:
    """Each fate is told in SendGrid's words."""
    control.set_scenario(fate, provider=SENDGRID, match=READER)

    send_mail(sendgrid)

    assert words == [event["event"] for event in hear(subscriber, len(words))]


@pytest.mark.parametrize(("fate", "word"), [("bounce", "bounce"), ("blocked", "blocked")])
def test_bounces_have_a_type(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber, fate: str, word: str
) -> None:
    """A refusal of this email alone is a bounce, too, of another type."""
    control.set_scenario(fate, provider=SENDGRID)

    send_mail(sendgrid)

    assert word == hear(subscriber, 2)[1]["type"]


@pytest.mark.parametrize(
    ("fate", "labels"),
    [("bounce-async", {"nid": "ntf_01", "attempt": "1"}), ("bounce-bare", {})],
)
def test_late_bounces_lack_the_message_id(
    sendgrid: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    fate: str,
    labels: dict[str, str],
) -> None:
    """A bounce after the delivery has no sg_message_id, and perhaps nothing but the address."""
    control.set_scenario(fate, provider=SENDGRID)

    send_mail(sendgrid)

    bounce = hear(subscriber, 3)[2]
    assert ("bounce", READER, False) == (
        *(bounce["event"], bounce["email"]),
        "sg_message_id" in bounce,
    )
    assert labels == {name: bounce[name] for name in ("nid", "attempt") if name in bounce}


def test_an_events_own_fields_win(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Where a custom_arg has the name of an event's field, the field is what is told."""
    control.set_scenario("deferred", provider=SENDGRID)

    send_mail(sendgrid)

    assert ["1", "5", "1"] == [event["attempt"] for event in hear(subscriber, 3)]


def test_a_reason_can_be_given(
    sendgrid: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """What SendGrid drops it drops for the reason that the scenario brings."""
    control.set_scenario("dropped", provider=SENDGRID, code="Spam Content")

    send_mail(sendgrid)

    assert "Spam Content" == hear(subscriber, 1)[0]["reason"]
