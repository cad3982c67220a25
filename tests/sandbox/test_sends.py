"""What was sent by all providers together, and where SendGrid's events go by default."""

from __future__ import annotations

from pathlib import Path

import httpx

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import (
    EMAILS,
    READER,
    RECIPIENT,
    Program,
    send_email,
    send_mail,
    send_text,
)
from tests.sandbox.subscriber import Subscriber, wait_until


def test_sends_are_counted(
    twilio: httpx.Client, sendgrid: httpx.Client, control: SandboxControl
) -> None:
    """How often a notification was accepted for a recipient is counted over all providers."""
    url = "https://duebell.example/status?n=ntf_01"
    for _ in range(2):
        send_text(twilio, StatusCallback=url)
    send_email(twilio)
    send_mail(sendgrid)

    assert {("ntf_01", RECIPIENT): 2, ("ntf_01", READER): 2} == control.sends()
    assert [READER, READER] == [email["to"] for email in control.emails(READER)]
    assert [] == control.emails("nobody@alder.example")


def test_emails_are_forgotten_by_a_reset(
    twilio: httpx.Client, sendgrid: httpx.Client, control: SandboxControl
) -> None:
    """A fresh sandbox has no emails, no suppressed address, and nothing to find by tag."""
    control.set_scenario("bounce", provider="sendgrid")
    send_email(twilio)
    send_mail(sendgrid)
    wait_until(lambda: control.emails()[1]["status"] == "bounce")

    control.reset()

    listed = twilio.get(EMAILS, params={"tags": "nid:ntf_01;"}).json()["emails"]
    send_mail(sendgrid)
    assert ([], [""]) == (listed, [email["fate_code"] for email in control.emails()])


def test_events_go_where_the_program_was_told(tmp_path: Path, subscriber: Subscriber) -> None:
    """An option says where SendGrid posts its events, also after a reset."""
    options = ("--events-url", f"{subscriber.url}/from-option")
    program = Program(tmp_path / "state.json", *options)
    headers = {"Authorization": f"Bearer {credentials.SENDGRID_API_KEY}"}
    with (
        SandboxControl(program.url) as control,
        httpx.Client(base_url=program.url, headers=headers) as http,
    ):
        control.reset()
        send_mail(http)
        subscriber.wait_for(1)
    program.end()

    assert "/from-option" == subscriber.received[0].path
