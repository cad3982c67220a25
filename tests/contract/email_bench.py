"""The two ways to send emails, side by side, so that what holds for both is tested once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import respx

from duebell.domain.delivery import OutgoingEmail
from duebell.domain.transports import EmailTransport
from duebell.providers.http import open_client
from duebell.providers.sendgrid.client import SendGridEmails
from duebell.providers.twilio.emails import TwilioEmails

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
SENDER = "billing@firm.example"
OPERATION = "comms_operation_01h9krwprkeee8fzqspvwy6nq8"
MESSAGE_ID = "LRzXl_NHStOGhQ4kofSm_A"

EMAIL = OutgoingEmail(
    notification_id="ntf_1",
    attempt=2,
    to="ann@client.example",
    to_name="Ann Müller",
    sender_name="Bücher & Söhne",
    subject="Invoice 42 is overdue",
    text="Invoice 42 is overdue: 5 €",
    html="<p>Invoice 42 is overdue: 5 €</p>",
    unsubscribe_url="https://hooks.firm.example/unsubscribe/abc",
)

Http = httpx.AsyncClient | tuple[httpx.AsyncClient, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send emails: how it is built, where it posts and how it is told yes."""

    name: str
    build: Callable[..., EmailTransport]
    path: str
    accepted: Callable[[], httpx.Response]
    provider_id: str
    code_prefix: str

    def __str__(self) -> str:
        return self.name


def twilio_on(http: Http, url: str = "https://comms.twilio.com", **changes: Any) -> TwilioEmails:
    return TwilioEmails(http, "SK1", "word", api_url=url, **{"sender": SENDER, **changes})


def sendgrid_on(
    http: Http, url: str = "https://api.sendgrid.com", **changes: Any
) -> SendGridEmails:
    options = {"sender": SENDER, "now": lambda: NOW, **changes}
    return SendGridEmails(http, "SG.key.word", api_url=url, **options)


TWILIO = Way(
    "twilio-email",
    twilio_on,
    "/v1/Emails",
    lambda: httpx.Response(202, json={"operationId": OPERATION, "operationLocation": "x"}),
    OPERATION,
    "email.http.",
)
SENDGRID = Way(
    "sendgrid",
    sendgrid_on,
    "/v3/mail/send",
    lambda: httpx.Response(202, headers={"X-Message-Id": MESSAGE_ID}),
    MESSAGE_ID,
    "sg.http.",
)

API = "https://emails.example"

Story = Callable[[Any, respx.MockRouter], Awaitable[None]]


def play(way: Way, story: Story, **changes: Any) -> None:
    """Tell a story about a transport and a mocked provider."""

    async def run() -> None:
        with respx.mock(base_url=API, assert_all_called=False) as api:
            async with open_client(API) as http:
                await story(way.build(http, API, **changes), api)

    asyncio.run(run())
