"""What may become of a text, at once or later."""

from __future__ import annotations

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import MESSAGES, RECIPIENT, send_text
from tests.sandbox.subscriber import Received, Subscriber, wait_until

SERVICE = "MG" + "0" * 32


def _told(received: list[Received]) -> list[tuple[str, str | None]]:
    return [(one.form["MessageStatus"], one.form.get("ErrorCode")) for one in received]


def _send_through_a_service(twilio: httpx.Client, **fields: str) -> httpx.Response:
    form = {"To": RECIPIENT, "Body": "Hello", "MessagingServiceSid": SERVICE, **fields}
    return twilio.post(f"{MESSAGES}.json", data=form)


@pytest.mark.parametrize(
    ("fate", "code", "told"),
    [
        ("failed", None, [("failed", "30001")]),
        ("failed", 30034, [("failed", "30034")]),
        ("undelivered", None, [("sent", None), ("undelivered", "30003")]),
        ("undelivered", "30007", [("sent", None), ("undelivered", "30007")]),
        ("expired", None, [("failed", "30036")]),
        ("partially-delivered", None, [("sent", None), ("partially_delivered", None)]),
        ("read", None, [("sent", None), ("delivered", None), ("read", None)]),
        ("new-word", None, [("sent", None), ("teleported", None)]),
        ("contradicted", None, [("sent", None), ("delivered", None), ("undelivered", "30003")]),
    ],
)
def test_fates(
    twilio: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    fate: str,
    code: object,
    told: list[tuple[str, str | None]],
) -> None:
    """A fate decides the statuses that are told; asking shows the last of them, with its code."""
    order = {"name": fate, "code": code}
    httpx.post(f"{control.base_url}/_sandbox/scenarios", json=order).raise_for_status()

    sid = send_text(twilio, StatusCallback=subscriber.url).json()["sid"]

    assert told == _told(subscriber.wait_for(len(told)))
    shown = twilio.get(f"{MESSAGES}/{sid}.json").json()
    last = (told[-1][0], None if told[-1][1] is None else int(told[-1][1]))
    assert last == (shown["status"], shown["error_code"])


@pytest.mark.parametrize(("fate", "status"), [("stays-queued", "queued"), ("stays-sent", "sent")])
def test_some_texts_have_no_end(
    twilio: httpx.Client, control: SandboxControl, fate: str, status: str
) -> None:
    """A text may stay where it is while the next one is delivered."""
    control.set_scenario(fate, count=1)

    send_text(twilio)
    send_text(twilio)

    wait_until(lambda: control.messages()[1]["status"] == "delivered")
    assert status == control.messages()[0]["status"]


@pytest.mark.parametrize(
    ("name", "code"), [("stays-sent", "1"), ("failed", "many"), ("429", "20429")]
)
def test_codes_go_with_some_scenarios(control: SandboxControl, name: str, code: str) -> None:
    """A code where none is looked at, or one that is no number, is refused."""
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.set_scenario(name, code=code)

    assert 422 == refusal.value.response.status_code


@pytest.mark.parametrize(
    ("recipient", "code"), [("+16465550190", 21610), ("+16465550191", 21614), (RECIPIENT, 21610)]
)
def test_a_service_fails_later(
    twilio: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    recipient: str,
    code: int,
) -> None:
    """What a number is refused for at once, a Messaging Service accepts, and then it fails."""
    if recipient == RECIPIENT:
        control.reply(RECIPIENT, "STOP")

    answer = _send_through_a_service(twilio, To=recipient, StatusCallback=subscriber.url)
    at_once = send_text(twilio, To=recipient)

    assert (201, "accepted") == (answer.status_code, answer.json()["status"])
    assert (400, code) == (at_once.status_code, at_once.json()["code"])
    assert [("failed", str(code))] == _told(subscriber.wait_for(1))


def test_a_service_may_refuse_at_once(twilio: httpx.Client, control: SandboxControl) -> None:
    """Which of the two it does, a setting says."""
    control.change_settings(service_fails_later=False)

    answer = _send_through_a_service(twilio, To="+16465550190")

    assert (400, 21610) == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("period", ["0", "36001", "-5", "soon", ""])
def test_the_validity_period_has_bounds(
    twilio: httpx.Client, control: SandboxControl, period: str
) -> None:
    """A period out of 1 to 36000 seconds is refused with 21624."""
    answer = send_text(twilio, ValidityPeriod=period)

    assert (400, 21624) == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("period", [1, 36000])
def test_the_validity_period_is_kept(
    twilio: httpx.Client, control: SandboxControl, period: int
) -> None:
    """The control interface shows how long a text may wait."""
    send_text(twilio, ValidityPeriod=str(period))

    assert period == control.messages()[0]["valid_for"]


def test_a_long_queue_outlasts_a_text(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Where texts are queued for longer than one is worth, it fails with 30036, and not before."""
    control.change_settings(sent_after_seconds=60)

    send_text(twilio, ValidityPeriod="1", StatusCallback=subscriber.url)

    assert "queued" == control.messages()[0]["status"]
    assert [("failed", "30036")] == _told(subscriber.wait_for(1))
