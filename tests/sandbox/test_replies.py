"""People who answer the sandbox's texts."""

from __future__ import annotations

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.sandbox.state import State, dump, parse
from tests.sandbox.program import RECIPIENT, send_text
from tests.sandbox.subscriber import Subscriber


@pytest.mark.parametrize(("stop", "start"), [("STOP", "START"), ("quit", "Yes"), ("end", "unstop")])
def test_stop_and_start_are_obeyed(
    twilio: httpx.Client, control: SandboxControl, stop: str, start: str
) -> None:
    """After STOP texts to the number are refused with 21610, after START they are taken."""
    stopped = control.reply(RECIPIENT, stop)
    refused = send_text(twilio)
    started = control.reply(RECIPIENT, start)
    taken = send_text(twilio)

    assert (True, False) == (stopped["opted_out"], started["opted_out"])
    assert (400, 21610) == (refused.status_code, refused.json()["code"])
    assert 201 == taken.status_code


def test_other_words_and_other_people_change_nothing(
    twilio: httpx.Client, control: SandboxControl
) -> None:
    """A keyword inside a sentence is none, and one person's STOP is not another's."""
    control.reply(RECIPIENT, "please stop")
    control.reply("+12125550102", "STOP")

    answer = send_text(twilio)

    assert 201 == answer.status_code


def test_the_webhook_goes_beside_the_status_callback(
    twilio: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Whoever texted last is told of the answer, signed as Twilio signs, with its fields."""
    send_text(twilio, StatusCallback=f"{subscriber.url}/hooks/status?n=1#rc=0")
    subscriber.wait_for(2)
    subscriber.received.clear()

    told = control.reply(RECIPIENT, "Stop", opt_out_type="STOP")

    (received,) = subscriber.received
    form, signature = received.form, received.headers["x-twilio-signature"]
    assert ("/hooks/inbound", 200) == (received.path, told["status"])
    assert (RECIPIENT, credentials.FROM, "Stop") == (form["From"], form["To"], form["Body"])
    assert ("STOP", told["sid"]) == (form["OptOutType"], form["MessageSid"])
    oracle = RequestValidator(credentials.AUTH_TOKEN)
    assert oracle.validate(f"{subscriber.url}/hooks/inbound", form, signature)
    assert 1 == control.stats()["twilio.inbound.200"]


def test_the_webhook_goes_where_the_number_says(
    control: SandboxControl, subscriber: Subscriber
) -> None:
    """An address that is set for the number is taken, with its retries."""
    control.change_settings(twilio_inbound_url=f"{subscriber.url}/texts#rc=1&rp=5xx")
    subscriber.script = [503]

    told = control.reply(RECIPIENT, "Hello")

    assert (200, ["/texts"] * 2) == (told["status"], [one.path for one in subscriber.received])


def test_without_an_address_nobody_is_told(control: SandboxControl) -> None:
    """Where no webhook is known Twilio obeys all the same."""
    told = control.reply(RECIPIENT, "STOP")

    assert (None, "", True) == (told["status"], told["url"], told["opted_out"])


def test_a_reply_needs_a_sender(control: SandboxControl) -> None:
    """An order that does not say who answers is refused."""
    with pytest.raises(httpx.HTTPStatusError) as refused:
        control.reply("", "STOP")

    assert 422 == refused.value.response.status_code


def test_opt_outs_survive_a_restart() -> None:
    """The list is in the file; a file from before there was one has none."""
    state = State(opted_out=[RECIPIENT])
    older = dump(state).replace(b'"opted_out"', b'"something"')

    assert [RECIPIENT] == parse(dump(state)).opted_out
    assert [] == parse(older).opted_out
