"""Doubts and reports about emails: the sandbox makes them, the product's own code reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from duebell.domain.delivery import OutcomeKind, OutgoingEmail, ReportedStatus
from duebell.providers.http import open_client
from duebell.providers.sendgrid.client import SendGridEmails
from duebell.providers.sendgrid.events import reports_from
from duebell.providers.sendgrid.signatures import is_signed, public_key_from
from duebell.providers.twilio.emails import TwilioEmails
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.sandbox.sendgrid_events import SIGNATURE, TIMESTAMP
from tests.sandbox.program import READER, Program
from tests.sandbox.subscriber import Subscriber, wait_until

EMAIL = OutgoingEmail(
    notification_id="ntf_01",
    attempt=2,
    to=READER,
    to_name="Kim",
    sender_name="Harbor Lane Accounting",
    subject="Invoice 1",
    text="Dear Kim",
    html="<p>Dear Kim</p>",
    unsubscribe_url="https://duebell.example/u/1",
)
BEGAN = datetime(2026, 3, 2, tzinfo=UTC)


def _with_twilio(program: Program, work: Callable[[TwilioEmails], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_client(program.url) as http:
            key = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
            sender = credentials.EMAIL_FROM
            await work(TwilioEmails(http, *key, sender=sender, api_url=program.url))

    asyncio.run(run())


def test_an_email_is_found_after_a_doubt(program: Program, control: SandboxControl) -> None:
    """What was accepted without an answer is found by its tags, and followed to its end."""
    control.set_scenario("drop-after-accept", provider="twilio-email")

    async def work(emails: TwilioEmails) -> None:
        outcome = await emails.send(EMAIL)
        (found,) = await emails.find("ntf_01", 2, BEGAN)
        others = await emails.find("ntf_01", 1, BEGAN)
        wait_until(lambda: control.emails()[0]["status"] == "DELIVERED")
        told = await emails.fetch(found.provider_id)

        assert (OutcomeKind.UNKNOWN, [], READER) == (outcome.kind, others, found.to)
        assert told is not None
        assert ReportedStatus.DELIVERED is told.status

    _with_twilio(program, work)


@pytest.mark.parametrize(
    ("fate", "code"), [("failed", "email.failed"), ("undelivered", "email.undelivered")]
)
def test_the_end_of_an_operation_is_read(
    program: Program, control: SandboxControl, fate: str, code: str
) -> None:
    """An operation that was accepted leads to what became of its email, with a code."""
    control.set_scenario(fate, provider="twilio-email")

    async def work(emails: TwilioEmails) -> None:
        outcome = await emails.send(replace(EMAIL, attempt=1))
        wait_until(lambda: control.emails()[0]["status"] == fate.upper())
        told = await emails.fetch(outcome.provider_id)

        assert told is not None
        assert (ReportedStatus.UNDELIVERED, code) == (told.status, told.error_code)

    _with_twilio(program, work)


@pytest.mark.parametrize(
    ("fate", "statuses"),
    [
        ("bounce", [ReportedStatus.QUEUED, ReportedStatus.UNDELIVERED]),
        ("opened", [ReportedStatus.QUEUED, ReportedStatus.DELIVERED]),
    ],
)
def test_sendgrids_events_are_read(
    program: Program,
    control: SandboxControl,
    subscriber: Subscriber,
    fate: str,
    statuses: list[ReportedStatus],
) -> None:
    """What SendGrid signs and tells of an email is verified and bound to its notification."""
    control.change_settings(sendgrid_events_url=subscriber.url, event_batch_seconds=0.2)
    control.set_scenario(fate, provider="sendgrid")

    accepted = asyncio.run(_send_by_sendgrid(program.url))

    (batch, *_) = subscriber.wait_for(1)
    raw = batch.body.encode()
    key = public_key_from(credentials.SENDGRID_WEBHOOK_KEY)
    signature, timestamp = (batch.headers[name.lower()] for name in (SIGNATURE, TIMESTAMP))
    assert is_signed(timestamp, raw, signature, key)
    reports = [event.report for event in reports_from(raw) if event.report is not None]
    assert statuses == [report.status for report in reports]
    assert {(accepted, "ntf_01")} == {
        (report.provider_id, report.notification_id) for report in reports
    }
    assert "List-Unsubscribe" in control.emails()[0]["headers"]


async def _send_by_sendgrid(url: str) -> str:
    async with open_client(url) as http:
        emails = _sendgrid(http, url)
        await emails.check()
        return (await emails.send(EMAIL)).provider_id


def _sendgrid(http: httpx.AsyncClient, url: str) -> SendGridEmails:
    return SendGridEmails(
        http, credentials.SENDGRID_API_KEY, sender=credentials.EMAIL_FROM, api_url=url
    )
