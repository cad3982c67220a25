"""What we send, held against the providers' published descriptions of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
import respx
from jsonschema import Draft202012Validator

from duebell.domain.delivery import OutgoingEmail, OutgoingText
from duebell.domain.transports import EmailTransport
from duebell.providers.http import open_client
from duebell.providers.twilio.messages import TwilioMessages
from tests.contract.email_bench import API, EMAIL, SENDGRID, TWILIO, Way, play
from tests.unit.providers.samples import sample

ACCOUNT, SERVICE = "AC" + "0" * 32, "MG" + "1" * 32
TEXT = OutgoingText("ntf_1", 2, "+12125550101", "Invoice 42 is overdue: 5 €")

#: Names and words that people have, or make up.
EMAILS = [
    EMAIL,
    replace(EMAIL, unsubscribe_url="", to_name="", sender_name=""),
    replace(EMAIL, sender_name="Łódź, Straße; «Øre» 東京", to_name="Müller, Ann; Mrs\r\nBcc: x"),
    replace(EMAIL, sender_name="東京"),
    replace(EMAIL, subject="{{ email }} {% if", text="{{{%", html="<p>{{ a }}{% b</p>"),
    replace(EMAIL, notification_id="ntf_0123456789abcdef01234567", attempt=12),
]

SCHEMAS = {TWILIO: "twilio/emails_create.schema.json", SENDGRID: "sendgrid/mail_send.schema.json"}


def faults_in(schema: Mapping[str, Any], payload: object) -> list[str]:
    """What the description has against a request."""
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(payload)]


def sent_by(way: Way, email: OutgoingEmail) -> Any:
    """The request that a client really makes for an email."""
    requests: list[bytes] = []

    async def story(emails: EmailTransport, api: respx.MockRouter) -> None:
        route = api.post(way.path).mock(return_value=way.accepted())
        await emails.send(email)
        requests.append(route.calls.last.request.content)

    play(way, story)
    return json.loads(requests[0])


def form_of(text: OutgoingText, sender: str) -> dict[str, str]:
    """The form that the client really posts for a text."""
    url = f"{API}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    async def run() -> bytes:
        with respx.mock() as api:
            route = api.post(url).respond(201, json=sample("twilio/message.json"))
            async with open_client(API) as http:
                messages = TwilioMessages(
                    http,
                    ACCOUNT,
                    "SK1",
                    "word",
                    sender=sender,
                    status_callback_base="https://hooks.firm.example",
                    api_url=API,
                )
                await messages.send(text)
            content: bytes = route.calls.last.request.content
            return content

    return dict(parse_qsl(asyncio.run(run()).decode(), strict_parsing=True))


@pytest.mark.parametrize("way", [TWILIO, SENDGRID], ids=str)
@pytest.mark.parametrize("email", EMAILS, ids=range(len(EMAILS)))
def test_emails_are_as_described(way: Way, email: OutgoingEmail) -> None:
    """Every email's request has the fields, types and lengths that the provider publishes."""
    payload = sent_by(way, email)

    assert [] == faults_in(sample(SCHEMAS[way]), payload)


@pytest.mark.parametrize("sender", ["+12125550199", SERVICE])
@pytest.mark.parametrize("valid_for", [None, 1, 600, 36_000])
def test_texts_are_as_described(sender: str, valid_for: int | None) -> None:
    """Every text's form has the names, types and ranges that Twilio publishes."""
    form = form_of(replace(TEXT, valid_for=valid_for), sender)

    assert [] == faults_in(sample("twilio/messages_create.schema.json"), form)
    assert (None if valid_for is None else str(valid_for)) == form.get("ValidityPeriod")


@pytest.mark.parametrize(
    ("asked", "said"), [(0, "1"), (-5, "1"), (36_001, "36000"), (10**9, "36000")]
)
def test_a_wait_is_kept_within_what_twilio_takes(asked: int, said: str) -> None:
    """A worth outside Twilio's range would have the text refused, so it is brought into it."""
    form = form_of(replace(TEXT, valid_for=asked), SERVICE)

    assert said == form["ValidityPeriod"]


@pytest.mark.parametrize(
    ("way", "change"),
    [
        (TWILIO, {"content": {"subject": "s", "text": "t"}}),
        (TWILIO, {"tags": {"nid": "a b"}}),
        (TWILIO, {"headers": {}}),
        (TWILIO, {"to": []}),
        (SENDGRID, {"subject": "a\nb"}),
        (SENDGRID, {"from": {"email": "a@firm.example", "name": "Müller"}}),
        (SENDGRID, {"from": {"email": "a@firm.example", "name": "A, B"}}),
        (SENDGRID, {"content": [{"type": "text/html", "value": "<p>"}]}),
        (SENDGRID, {"headers": {"Subject": "x"}}),
        (SENDGRID, {"custom_args": {"attempt": 1}}),
    ],
)
def test_the_descriptions_notice_faults(way: Way, change: dict[str, Any]) -> None:
    """A request that the provider would refuse is refused by its description, too."""
    payload = {**sent_by(way, EMAIL), **change}

    assert [] != faults_in(sample(SCHEMAS[way]), payload)


@pytest.mark.parametrize(
    "change",
    [
        {"ValidityPeriod": "0"},
        {"ValidityPeriod": "36001"},
        {"To": "ann@client.example"},
        {"Body": "a" * 1601},
        {"StatusCallback": "https://my_hooks.example/x"},
        {"Tags": "nid"},
    ],
)
def test_the_description_of_texts_notices_faults(change: dict[str, str]) -> None:
    """A form that Twilio would refuse is refused by its description, too."""
    form = {**form_of(TEXT, SERVICE), **change}

    assert [] != faults_in(sample("twilio/messages_create.schema.json"), form)
