"""The doors of the three senders: how fast they take messages, and how they misbehave."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from duebell.sandbox.intake import Bucket
from duebell.sandbox.scenarios import AFTER_ACCEPT, SENDGRID, TWILIO, TWILIO_EMAIL
from tests.sandbox.program import RECIPIENT, send_email, send_mail, send_text
from tests.sandbox.subscriber import Subscriber, wait_until

Sender = Callable[..., httpx.Response]
Door = tuple[str, httpx.Client, Sender]

SENDERS: dict[str, Sender] = {
    TWILIO: send_text,
    TWILIO_EMAIL: send_email,
    SENDGRID: send_mail,
}


@pytest.fixture(params=sorted(SENDERS))
def door(request: pytest.FixtureRequest, twilio: httpx.Client, sendgrid: httpx.Client) -> Door:
    """A provider, who may talk to it, and how it is asked to send."""
    provider: str = request.param
    return provider, sendgrid if provider == SENDGRID else twilio, SENDERS[provider]


def _accepted(control: SandboxControl) -> int:
    return sum(control.sends().values())


def test_refusals(door: Door, control: SandboxControl) -> None:
    """Each refusal has its status, leaves nothing behind, and strikes as often as told."""
    provider, http, send = door
    wanted = {"429": 429, "401": 401, "refused": 400, "503-bare": 503, "500-before-accept": 500}
    found = {}
    for name in wanted:
        control.set_scenario(name, count=1, provider=provider)
        answer = send(http)
        found[name] = answer.status_code
        assert answer.json()
        assert "retry-after" not in answer.headers

    assert (wanted, 0) == (found, _accepted(control))
    assert send(http).is_success


@pytest.mark.parametrize("name", ["429-retry-after", "503-retry-after"])
def test_some_refusals_say_when(door: Door, control: SandboxControl, name: str) -> None:
    """Twilio says after how many seconds, SendGrid at which second if it is for the rate."""
    provider, http, send = door
    control.set_scenario(name, count=1, provider=provider)

    answer = send(http)

    assert (int(name[:3]), 0) == (answer.status_code, _accepted(control))
    if (provider, name) == (SENDGRID, "429-retry-after"):
        assert 0 <= int(answer.headers["x-ratelimit-reset"]) - time.time() + 1 <= 2
        assert "retry-after" not in answer.headers
    else:
        assert "1" == answer.headers["retry-after"]


@pytest.mark.parametrize(("name", "status"), [("403", 403), ("413", 413)])
def test_sendgrid_forbids(
    sendgrid: httpx.Client, control: SandboxControl, name: str, status: int
) -> None:
    """SendGrid may forbid to send, and its front server finds an email too large."""
    control.set_scenario(name, count=1)

    assert (status, 0) == (send_mail(sendgrid).status_code, _accepted(control))


@pytest.mark.parametrize(
    ("name", "status"), [("500-after-accept", 500), ("502-html-after-accept", 502)]
)
def test_answers_that_mislead(door: Door, control: SandboxControl, name: str, status: int) -> None:
    """The message is accepted whatever the answer says."""
    provider, http, send = door
    control.set_scenario(name, count=1, provider=provider)

    answer = send(http)

    assert (status, 1) == (answer.status_code, _accepted(control))


def test_answers_that_say_nothing(door: Door, control: SandboxControl) -> None:
    """The status is good, and the id is nowhere."""
    provider, http, send = door
    control.set_scenario("unreadable-answer", count=1, provider=provider)

    answer = send(http)

    assert (True, 1) == (answer.is_success, _accepted(control))
    assert "x-message-id" not in answer.headers
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()


@pytest.mark.parametrize(
    ("name", "accepted"), [("drop-before-accept", 0), ("drop-after-accept", 1)]
)
def test_connections_that_drop(
    door: Door, control: SandboxControl, name: str, accepted: int
) -> None:
    """The connection closes without an answer, whether or not the message was accepted."""
    provider, http, send = door
    control.set_scenario(name, count=1, provider=provider)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        send(http)

    assert accepted == _accepted(control)


def test_an_answer_that_never_comes(door: Door, control: SandboxControl) -> None:
    """The message is accepted and the caller waits in vain."""
    provider, http, send = door
    control.set_scenario("no-answer", count=1, provider=provider)
    http.timeout = httpx.Timeout(0.2)

    with pytest.raises(httpx.ReadTimeout):
        send(http)

    assert 1 == _accepted(control)


def test_reports_overtake_a_slow_answer(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """The status callbacks are there before the answer that names the text."""
    control.set_scenario("slow-answer")

    sid = send_text(twilio, StatusCallback=subscriber.url).json()["sid"]

    assert {sid} == {one.form["MessageSid"] for one in subscriber.received}


def test_every_spoilt_answer_is_tested() -> None:
    """What may happen after an acceptance is above, each by its name."""
    known = {"500-after-accept", "502-html-after-accept", "unreadable-answer", "no-answer"}

    assert known | {"drop-after-accept", "slow-answer"} == AFTER_ACCEPT


def test_a_rate_is_kept(door: Door, control: SandboxControl) -> None:
    """Beyond a second's worth at once there is 429, which is counted, and nothing is accepted."""
    provider, http, send = door
    control.change_settings(texts_per_second=1, emails_per_second=1)

    found = [send(http).status_code for _ in range(6)]

    refused = found.count(429)
    assert (True, 6 - refused) == (refused >= 2, _accepted(control))
    assert refused == control.stats()[f"{provider}.429s"]
    assert {"x-ratelimit-reset", "retry-after"} & set(_refusal(door).headers) == (
        {TWILIO: set(), TWILIO_EMAIL: {"retry-after"}, SENDGRID: {"x-ratelimit-reset"}}[provider]
    )


def _refusal(door: Door) -> httpx.Response:
    _, http, send = door
    answers = (send(http) for _ in range(10))
    return next(answer for answer in answers if answer.status_code == 429)


def test_a_bucket_fills_as_time_goes_by() -> None:
    """A second's worth may pass at once, then one for each that the rate allows."""
    clock = [datetime(2026, 3, 2, tzinfo=UTC)]
    bucket = Bucket(lambda: clock[0])

    def passing(milliseconds: int) -> int:
        clock[0] += timedelta(milliseconds=milliseconds)
        return sum(bucket.take(100) for _ in range(1000))

    assert [100, 0, 50, 1, 100, 100] == [passing(ms) for ms in (0, 0, 500, 10, 1000, 60_000)]


def test_a_bucket_without_a_rate_is_open() -> None:
    """Zero is no limit."""
    bucket = Bucket(lambda: datetime(2026, 3, 2, tzinfo=UTC))

    assert all(bucket.take(0) for _ in range(1000))


def test_so_many_at_once(twilio: httpx.Client, control: SandboxControl) -> None:
    """Beyond so many requests under way there is 429; the most at a time are counted."""
    control.change_settings(answer_seconds=0.2, most_at_once=2)

    def send(number: int) -> int:
        return send_text(twilio, Body=f"text {number}").status_code

    with ThreadPoolExecutor(5) as pool:
        found = sorted(pool.map(send, range(5)))

    stats: dict[str, Any] = control.stats()
    assert (2, len(found)) == (found.count(201), 5)
    assert (2, 3, 3) == (_accepted(control), stats["twilio.429s"], stats["twilio.most_at_once"])


def test_a_refusal_may_be_any(twilio: httpx.Client, control: SandboxControl) -> None:
    """Twilio refuses with the code that the scenario brings, for the recipient it is about."""
    control.set_scenario("refused", match=RECIPIENT, code=21408)

    answers = [send_text(twilio), send_text(twilio, To="+12125550102")]

    assert (400, 21408, 201) == (
        *(answers[0].status_code, answers[0].json()["code"]),
        answers[1].status_code,
    )
    wait_until(lambda: control.messages()[0]["status"] == "delivered")
