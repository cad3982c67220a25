"""Twilio's Messages: what is accepted, refused, listed and reported."""

from __future__ import annotations

import re

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import MESSAGES, RECIPIENT, Program, send_text
from tests.sandbox.subscriber import Received, Subscriber, wait_until

SIGNATURE = "x-twilio-signature"


def _statuses(received: list[Received]) -> list[str]:
    return [callback.form["MessageStatus"] for callback in received]


def test_a_text_is_accepted(twilio: httpx.Client) -> None:
    """A good request gets 201 and the message in Twilio's types."""
    answer = send_text(twilio)

    text = answer.json()
    assert 201 == answer.status_code
    assert re.fullmatch("SM[0-9a-f]{32}", text["sid"])
    assert ("queued", RECIPIENT, credentials.FROM) == (text["status"], text["to"], text["from"])
    assert ("1", None, None) == (text["num_segments"], text["error_code"], text["date_sent"])
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000", text["date_created"])
    assert answer.headers["Twilio-Request-Id"].startswith("RQ")


def test_a_service_chooses_the_sender(twilio: httpx.Client, program: Program) -> None:
    """With a Messaging Service the message is accepted at first, with no sender yet."""
    form = {"To": RECIPIENT, "Body": "Hello", "MessagingServiceSid": "MG" + "0" * 32}

    text = twilio.post(f"{MESSAGES}.json", data=form).json()

    assert ("accepted", None, "0") == (text["status"], text["from"], text["num_segments"])


@pytest.mark.parametrize("auth", [None, ("SK" + "0" * 32, "wrong"), (credentials.API_KEY_SID, "")])
def test_wrong_credentials_are_refused(
    control: SandboxControl, program: Program, auth: tuple[str, str] | None
) -> None:
    """Without the key and its secret everything is 401 with code 20003."""
    answer = httpx.get(f"{program.url}{MESSAGES}.json", auth=auth)

    assert (401, 20003) == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": "12125550101"}, 21211),
        ({"To": "+1212555010"}, 21211),
        ({"To": ""}, 21604),
        ({"To": credentials.FROM}, 21266),
        ({"From": "+12125550109"}, 21606),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "/status"}, 21609),
        ({"StatusCallback": "https://my_host.example/status"}, 21609),
        ({"To": "+16465550190"}, 21610),
        ({"To": "+16465550191"}, 21614),
        ({"To": "+16465550192"}, 21612),
        ({"To": "+16465550193"}, 21408),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550009"}, 21614),
    ],
)
def test_faulty_messages_are_refused(
    twilio: httpx.Client, control: SandboxControl, fields: dict[str, str], code: int
) -> None:
    """Each fault has Twilio's code and shape, and leaves no message."""
    answer = send_text(twilio, **fields)

    error = answer.json()
    assert (400, code, 400) == (answer.status_code, error["code"], error["status"])
    assert f"https://www.twilio.com/docs/errors/{code}" == error["more_info"]
    assert [] == control.messages()


def test_status_is_told_with_a_signature(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Callbacks for sent and delivered follow, signed over the URL without its fragment."""
    url = f"{subscriber.url}/status?n=ntf_01&a=1"

    sid = send_text(twilio, StatusCallback=f"{url}#rc=3&rp=all").json()["sid"]

    received = subscriber.wait_for(2)
    assert ["sent", "delivered"] == _statuses(received)
    assert ["/status?n=ntf_01&a=1"] * 2 == [callback.path for callback in received]
    assert {sid} == {callback.form["MessageSid"] for callback in received}
    oracle = RequestValidator(credentials.AUTH_TOKEN)
    for callback in received:
        assert oracle.validate(url, callback.form, callback.headers[SIGNATURE])
    (message,) = control.messages()
    assert ("ntf_01", "delivered", sid) == (
        message["notification_id"],
        message["status"],
        message["sid"],
    )


def test_a_message_can_be_fetched(twilio: httpx.Client, control: SandboxControl) -> None:
    """A message shows its final status when asked for by sid; an unknown sid is 20404."""
    sid = send_text(twilio).json()["sid"]
    wait_until(lambda: control.messages()[0]["status"] == "delivered")

    text = twilio.get(f"{MESSAGES}/{sid}.json").json()
    unknown = twilio.get(f"{MESSAGES}/SM{'0' * 32}.json")

    assert "delivered" == text["status"]
    assert text["date_sent"] is not None
    assert (404, 20404) == (unknown.status_code, unknown.json()["code"])


@pytest.mark.parametrize(
    ("fragment", "statuses", "count"),
    [
        ("", [503], 2),
        ("#rc=3&rp=all", [503, 503], 4),
        ("#rc=1&rp=4xx", [503], 2),
        ("#rc=1&rp=5xx", [503], 3),
        ("#rc=0&rp=all", [503], 2),
    ],
)
def test_callbacks_are_repeated_as_asked(
    twilio: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    fragment: str,
    statuses: list[int],
    count: int,
) -> None:
    """Only what rc and rp ask for is tried again, under one idempotency token."""
    subscriber.script = list(statuses)

    send_text(twilio, StatusCallback=f"{subscriber.url}/status{fragment}")

    wait_until(lambda: "delivered" in _statuses(subscriber.received))
    received = subscriber.received
    assert count == len(received)
    assert 2 == len({callback.headers["i-twilio-idempotency-token"] for callback in received})


def test_lists_are_filtered_and_paged(twilio: httpx.Client, control: SandboxControl) -> None:
    """The list is newest first; next_page_uri leads through all of it, even as more arrive."""
    for number in range(5):
        send_text(twilio, Body=f"text {number}")
    send_text(twilio, To="+12125550102")
    query: dict[str, str | int] = {"To": RECIPIENT, "PageSize": 2}

    pages = [twilio.get(f"{MESSAGES}.json", params=query).json()]
    send_text(twilio, Body="one more")
    while pages[-1]["next_page_uri"]:
        pages.append(twilio.get(pages[-1]["next_page_uri"]).json())

    bodies = [text["body"] for page in pages for text in page["messages"]]
    assert [f"text {number}" for number in (4, 3, 2, 1, 0)] == bodies
    assert [0, 1, 2] == [page["page"] for page in pages]


def test_lists_are_filtered_by_day(twilio: httpx.Client, control: SandboxControl) -> None:
    """DateSent and its two ranges compare days; an unknown filter is ignored."""
    send_text(twilio)
    wait_until(lambda: control.messages()[0]["status"] == "delivered")
    day = control.messages()[0]["created"][:10]

    def found(name: str, word: str) -> int:
        return len(twilio.get(f"{MESSAGES}.json", params={name: word}).json()["messages"])

    assert [1, 1, 1] == [found(name, day) for name in ("DateSent", "DateSent<", "DateSent>")]
    assert (0, 0) == (found("DateSent>", "2999-01-01"), found("DateSent<", "2000-01-01"))
    assert (0, 1) == (found("From", "+12125550109"), found("DateCreated>", "2999-01-01"))
