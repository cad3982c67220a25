"""How a text is told, signed, altered and listed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from twilio.request_validator import (  # type: ignore[import-untyped]
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import MESSAGES, RECIPIENT, send_text
from tests.sandbox.subscriber import Received, Subscriber, wait_until


def _told(received: list[Received]) -> list[tuple[str, str | None]]:
    return [(one.form["MessageStatus"], one.form.get("ErrorCode")) for one in received]


def test_callbacks_may_be_late(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """The text has reached its end before anything is told."""
    control.set_scenario("callbacks-late")

    send_text(twilio, StatusCallback=subscriber.url)

    wait_until(lambda: control.messages()[0]["status"] == "delivered")
    assert [] == subscriber.received
    assert {"sent", "delivered"} == {status for status, _ in _told(subscriber.wait_for(2))}


def test_fates_and_callbacks_go_together(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """How a text is told is decided apart from what becomes of it."""
    for name in ("undelivered", "callbacks-doubled", "callbacks-reordered"):
        control.set_scenario(name)

    send_text(twilio, StatusCallback=subscriber.url)

    told = [status for status, _ in _told(subscriber.wait_for(4))]
    assert ["undelivered", "undelivered", "sent", "sent"] == told


@pytest.mark.parametrize(
    ("how", "secret"),
    [
        ("auth-token", credentials.AUTH_TOKEN),
        ("second-token", credentials.SECOND_AUTH_TOKEN),
        ("shared-key-sha1", credentials.SHARED_KEY_SECRET),
        ("shared-key-sha256", credentials.SHARED_KEY_SECRET),
    ],
)
def test_signatures(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber, how: str, secret: str
) -> None:
    """Callbacks are signed with either token, or with a shared key that a header names."""
    control.change_settings(twilio_signs_with=how)

    send_text(twilio, StatusCallback=f"{subscriber.url}/status?n=1#rc=0")

    (one, _) = subscriber.wait_for(2)
    settings = one.headers.get(SIGNATURE_SETTINGS_HEADER.lower())
    algorithm = get_signature_algorithm(settings)
    assert how.startswith("shared") == (credentials.SHARED_KEY_SID in (settings or ""))
    assert RequestValidator(secret).validate(
        f"{subscriber.url}/status?n=1", one.form, one.headers["x-twilio-signature"], algorithm
    )


def test_signatures_may_be_strange(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """A signature can be made with a token that nobody was given."""
    control.change_settings(twilio_signs_with="unknown-token")

    send_text(twilio, StatusCallback=f"{subscriber.url}/")

    (one, _) = subscriber.wait_for(2)
    signature = one.headers["x-twilio-signature"]
    known = (credentials.AUTH_TOKEN, credentials.SECOND_AUTH_TOKEN)
    assert [False, False] == [
        RequestValidator(token).validate(f"{subscriber.url}/", one.form, signature)
        for token in known
    ]


@pytest.mark.parametrize(
    ("names", "body"),
    [
        (["smart-encoded"], "It's due - pay..."),
        (["trial-prefix"], "Sent from your Twilio trial account - It’s due – pay…"),
        (
            ["trial-prefix", "smart-encoded"],
            "Sent from your Twilio trial account - It's due - pay...",
        ),
    ],
)
def test_bodies_may_be_altered(
    twilio: httpx.Client, control: SandboxControl, names: list[str], body: str
) -> None:
    """Twilio answers, lists and keeps what it sends, which may not be what it was given."""
    for name in names:
        control.set_scenario(name)

    answer: dict[str, Any] = send_text(twilio, Body="It’s due – pay…").json()

    (listed,) = twilio.get(f"{MESSAGES}.json").json()["messages"]
    assert (body, body) == (answer["body"], listed["body"])


def test_lists_may_lag(twilio: httpx.Client, control: SandboxControl) -> None:
    """A new text can be fetched at once, and is listed only after a while."""
    control.change_settings(list_delay_seconds=30)
    sid = send_text(twilio).json()["sid"]

    fetched = twilio.get(f"{MESSAGES}/{sid}.json").status_code
    listed = twilio.get(f"{MESSAGES}.json", params={"To": RECIPIENT}).json()["messages"]
    control.change_settings(list_delay_seconds=0)

    later = twilio.get(f"{MESSAGES}.json", params={"To": RECIPIENT}).json()["messages"]
    assert (200, [], [sid]) == (fetched, listed, [text["sid"] for text in later])


def test_questions_may_fail(twilio: httpx.Client, control: SandboxControl) -> None:
    """A scenario spoils the answer to a list or a fetch, and not the text."""
    sid = send_text(twilio).json()["sid"]
    control.set_scenario("questions-fail", count=2)

    paths = (f"{MESSAGES}.json", f"{MESSAGES}/{sid}.json", f"{MESSAGES}/{sid}.json")

    assert [500, 500, 200] == [twilio.get(path).status_code for path in paths]
