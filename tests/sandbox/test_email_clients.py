"""The product's own clients for emails, against the sandbox' Twilio Email and SendGrid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from duebell.domain.delivery import FailureClass, OutcomeKind, OutgoingEmail, ReportedStatus
from duebell.domain.failures import CredentialsRefused
from duebell.domain.transports import EmailTransport
from duebell.providers.http import open_client
from duebell.providers.sendgrid.client import SendGridEmails
from duebell.providers.twilio.emails import TwilioEmails
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import READER, Program

#: What a person may be called, and what would happen to it in a template.
HOSTILE = "{{ email }} {% if a %} {{{% raw %}}} 100 %} { {"

EMAIL = OutgoingEmail(
    notification_id="ntf_01",
    attempt=1,
    to=READER,
    to_name="Kim",
    sender_name="Harbor Lane",
    subject=f"Invoice of {HOSTILE}",
    text=f"Dear {HOSTILE},\nplease pay.",
    html=f"<p>Dear {HOSTILE}</p>",
)

Use = Callable[[Any], Awaitable[Any]]


def twilio_through(program: Program, use: Use, secret: str = credentials.API_KEY_SECRET) -> Any:
    """Use Twilio's client once; gives what came of it."""

    async def run() -> Any:
        async with open_client(program.url) as http:
            key = (credentials.API_KEY_SID, secret)
            sender = credentials.EMAIL_FROM
            return await use(TwilioEmails(http, *key, sender=sender, api_url=program.url))

    return asyncio.run(run())


def sendgrid_through(program: Program, use: Use, key: str = credentials.SENDGRID_API_KEY) -> Any:
    """Use SendGrid's client once; gives what came of it."""

    async def run() -> Any:
        async with open_client(program.url) as http:
            sender = credentials.EMAIL_FROM
            return await use(SendGridEmails(http, key, sender=sender, api_url=program.url))

    return asyncio.run(run())


async def send(emails: EmailTransport) -> Any:
    """Send the email once."""
    return await emails.send(EMAIL)


async def check(emails: EmailTransport) -> None:
    """See whether the credentials serve."""
    await emails.check()


@pytest.mark.parametrize("through", [twilio_through, sendgrid_through])
def test_people_read_what_was_written(
    program: Program, control: SandboxControl, through: Callable[..., Any]
) -> None:
    """Braces in names come out of either provider as they went in."""
    outcome = through(program, send)

    (email,) = control.emails(READER)
    assert OutcomeKind.ACCEPTED is outcome.kind
    assert (EMAIL.subject, EMAIL.text) == (email["subject"], email["text"])
    assert EMAIL.html == email["html"].replace("&#123;", "{")
    assert ("ntf_01", READER) == (email["notification_id"], email["to"])


def test_an_email_is_followed_and_found(program: Program, control: SandboxControl) -> None:
    """An email is asked about by its operation until it has arrived, and found by its tags."""
    before = datetime.now(UTC)

    async def follow(emails: TwilioEmails) -> tuple[Any, Any]:
        outcome = await emails.send(EMAIL)
        async with asyncio.timeout(5):
            while True:
                message = await emails.fetch(outcome.provider_id)
                if message is not None and message.status is ReportedStatus.DELIVERED:
                    return message, await emails.find("ntf_01", 1, before)
                await asyncio.sleep(0.01)

    message, found = twilio_through(program, follow)

    assert (READER, "") == (message.to, message.error_code)
    assert ["DELIVERED"] == [one.raw_status for one in found]


def test_another_attempt_is_not_found(program: Program, control: SandboxControl) -> None:
    """Only the attempt that is in doubt is found."""

    async def find(emails: TwilioEmails) -> list[Any]:
        await emails.send(EMAIL)
        return await emails.find("ntf_01", 2, datetime.now(UTC))

    assert [] == twilio_through(program, find)


@pytest.mark.parametrize("through", [twilio_through, sendgrid_through])
def test_good_credentials_pass_the_check(
    program: Program, control: SandboxControl, through: Callable[..., Any]
) -> None:
    """The check sends nothing."""
    through(program, check)

    assert [] == control.emails()


@pytest.mark.parametrize("through", [twilio_through, sendgrid_through])
def test_wrong_credentials_stop_the_channel(
    program: Program, control: SandboxControl, through: Callable[..., Any]
) -> None:
    """With a wrong key the email is not lost: nothing was sent, and nothing more will be."""
    outcome = through(program, send, "wrong")

    assert (OutcomeKind.NOT_SENT, True) == (outcome.kind, outcome.stops_channel)
    assert FailureClass.CONFIGURATION is outcome.failure
    with pytest.raises(CredentialsRefused):
        through(program, check, "wrong")
