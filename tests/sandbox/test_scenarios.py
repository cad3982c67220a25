"""What goes wrong when it is told to, how often, and for whom."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.sandbox.scenarios import SCENARIOS
from duebell.sandbox.tunables import Tunables
from tests.sandbox.program import BOOKS, ROOT, Program, log_in, refresh, send_text, subscribe
from tests.sandbox.subscriber import Subscriber, wait_until

CLIENTS = f"{BOOKS}/users/clients"


@pytest.mark.parametrize(
    ("name", "status", "accepted"),
    [
        ("429", 429, 0),
        ("429-retry-after", 429, 0),
        ("500-before-accept", 500, 0),
        ("500-after-accept", 500, 1),
        ("502-html-after-accept", 502, 1),
    ],
)
def test_answers_that_mislead(
    twilio: httpx.Client, control: SandboxControl, name: str, status: int, accepted: int
) -> None:
    """The status says nothing of whether the text was accepted; the next one fares normally."""
    control.set_scenario(name, count=1)

    answer = send_text(twilio)

    assert (status, accepted) == (answer.status_code, len(control.messages()))
    assert ("1" if name == "429-retry-after" else None) == answer.headers.get("retry-after")
    assert 201 == send_text(twilio).status_code


@pytest.mark.parametrize(
    ("name", "accepted"), [("drop-before-accept", 0), ("drop-after-accept", 1)]
)
def test_connections_that_drop(
    twilio: httpx.Client, control: SandboxControl, name: str, accepted: int
) -> None:
    """The connection closes without an answer, whether or not the text was accepted."""
    control.set_scenario(name, count=1)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        send_text(twilio)

    assert accepted == len(control.messages())


def test_an_answer_that_never_comes(program: Program, control: SandboxControl) -> None:
    """The text is accepted and the caller waits in vain."""
    control.set_scenario("no-answer")
    key = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
    with (
        httpx.Client(base_url=program.url, auth=key, timeout=0.3) as hurried,
        pytest.raises(httpx.ReadTimeout),
    ):
        send_text(hurried)

    assert 1 == len(control.messages())


def test_a_scenario_may_be_for_one_recipient(twilio: httpx.Client, control: SandboxControl) -> None:
    """With match only that recipient is struck."""
    control.set_scenario("429", match="+12125550102")

    found = [send_text(twilio, To=to).status_code for to in ("+12125550101", "+12125550102")]

    assert [201, 429] == found


def test_scenarios_end_when_cleared(twilio: httpx.Client, control: SandboxControl) -> None:
    """Without a count a scenario lasts until all are switched off."""
    control.set_scenario("429")
    during = [send_text(twilio).status_code for _ in range(3)]

    control.clear_scenarios()

    assert ([429] * 3, 201) == (during, send_text(twilio).status_code)
    assert 3 == control.stats()["faults.twilio.429"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("callbacks-doubled", ["sent", "sent", "delivered", "delivered"]),
        ("callbacks-reordered", ["delivered", "sent"]),
        ("undelivered", ["sent", "undelivered"]),
    ],
)
def test_fates_of_texts(
    twilio: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    name: str,
    told: list[str],
) -> None:
    """Callbacks come doubled, out of order, or bring bad news."""
    control.set_scenario(name)

    send_text(twilio, StatusCallback=subscriber.url)

    final = "undelivered" if name == "undelivered" else "delivered"
    wait_until(lambda: control.messages()[0]["status"] == final)
    received = subscriber.wait_for(len(told))
    assert told == [callback.form["MessageStatus"] for callback in received]
    codes = {callback.form.get("ErrorCode") for callback in received} - {None}
    assert ({"30003"} if name == "undelivered" else set()) == codes


def test_callbacks_that_are_lost(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """The text reaches its end, asking shows it, and nobody was told."""
    control.set_scenario("callbacks-lost")

    send_text(twilio, StatusCallback=subscriber.url)

    wait_until(lambda: control.stats().get("twilio.callbacks_lost") == 2)
    assert "delivered" == control.messages()[0]["status"]
    assert [] == subscriber.received


def test_a_lost_token_answer_costs_the_connection(
    control: SandboxControl, program: Program
) -> None:
    """The token is spent although its successor never arrived."""
    control.set_scenario("token-answer-lost", count=1)
    with httpx.Client(base_url=program.url) as http:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            refresh(http, credentials.REFRESH_TOKEN)

        second = refresh(http, credentials.REFRESH_TOKEN)

    assert "invalid_grant" == second.json()["error"]


@pytest.mark.parametrize(("name", "status"), [("401-once", 401), ("429", 429), ("500", 500)])
def test_calls_that_are_refused(
    books: httpx.Client, control: SandboxControl, name: str, status: int
) -> None:
    """A good call is refused once, and then answered."""
    control.set_scenario(name, count=None if name == "401-once" else 1, provider="freshbooks")

    found = [books.get(CLIENTS).status_code for _ in range(2)]

    assert [status, 200] == found


def test_calls_that_are_slow(books: httpx.Client, control: SandboxControl) -> None:
    """A slow call takes slow_seconds."""
    control.set_scenario("slow", count=1)

    slow, quick = books.get(CLIENTS), books.get(CLIENTS)

    assert slow.elapsed.total_seconds() >= 0.3 > quick.elapsed.total_seconds()


@pytest.mark.parametrize(("name", "count"), [("deliveries-doubled", 2), ("deliveries-lost", 0)])
def test_deliveries_that_double_or_vanish(
    books: httpx.Client,
    control: SandboxControl,
    subscriber: Subscriber,
    name: str,
    count: int,
) -> None:
    """A delivery comes twice or not at all; the record shows which."""
    subscribe(books, subscriber, "invoice.create")
    control.set_scenario(name)

    control.fire(wait=True)

    assert count == len(subscriber.received)
    failures = [delivery["failure"] for delivery in control.deliveries()[1:]]
    assert (["lost"] if count == 0 else ["", ""]) == failures


def test_an_unknown_scenario_is_told_the_names(control: SandboxControl) -> None:
    """The refusal lists every scenario of every provider."""
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.set_scenario("earthquake")

    answer = refusal.value.response
    assert 404 == answer.status_code
    assert {name: list(rows) for name, rows in SCENARIOS.items()} == answer.json()["scenarios"]


def test_only_texts_have_recipients(control: SandboxControl) -> None:
    """Limiting a FreshBooks scenario to a recipient is refused, not ignored."""
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.set_scenario("slow", match="+12125550101")

    assert 422 == refusal.value.response.status_code


def test_every_scenario_is_documented() -> None:
    """The table in the documentation names exactly the scenarios that exist."""
    page = Path(ROOT / "docs" / "sandbox.md").read_text()

    rows = re.findall(r"^\| ([a-z-]+) \| `([^`]+)` \| [^|]+ \|$", page, re.MULTILINE)

    expected = [(provider, name) for provider, names in SCENARIOS.items() for name in names]
    assert expected == rows


def test_the_gate_counts_the_refused(program: Program, control: SandboxControl) -> None:
    """Scenarios strike calls with a good token only, so a bad one does not use them up."""
    control.set_scenario("500", count=1)
    with httpx.Client(base_url=program.url) as http:
        without = http.get(CLIENTS).status_code
        log_in(http, control)

        struck = http.get(CLIENTS).status_code

    assert (401, 500) == (without, struck)


def test_every_setting_is_documented() -> None:
    """The table of settings names exactly those that exist, with their defaults."""
    page = Path(ROOT / "docs" / "sandbox.md").read_text()
    table = page.partition("### Settings\n")[2].partition("\n## ")[0]

    rows = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]*)`? \|", table, re.MULTILINE))

    assert {name: _in_words(value) for name, value in vars(Tunables()).items()} == rows


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
