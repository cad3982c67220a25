"""SendGrid's mail/send: what is accepted, refused and suppressed."""

from __future__ import annotations

import asyncio
import random
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.sandbox.exchange import HTML_TYPE, Call
from duebell.sandbox.scenarios import SENDGRID
from duebell.sandbox.world import World
from tests.sandbox.program import MAIL, READER, Program, send_mail
from tests.sandbox.subscriber import wait_until

PLAIN = {"type": "text/plain", "value": "Invoice 1"}
HTML = {"type": "text/html", "value": "<p>Invoice 1</p>"}


def _to(*addresses: str, **more: Any) -> dict[str, Any]:
    return {"personalizations": [{"to": [{"email": word} for word in addresses], **more}]}


def test_an_email_is_accepted(sendgrid: httpx.Client, control: SandboxControl) -> None:
    """A good request gets 202, nothing to read, and the id in a header."""
    headers = {"List-Unsubscribe": "<https://duebell.example/u/1>"}

    answer = send_mail(sendgrid, headers=headers)

    (email,) = control.emails()
    assert (202, b"") == (answer.status_code, answer.content)
    assert re.fullmatch(r"[\w-]{22}", answer.headers["X-Message-Id"])
    assert (answer.headers["X-Message-Id"], SENDGRID) == (email["batch_id"], email["provider"])
    assert ("Invoice 1", "<p>Invoice 1</p>", headers) == (
        *(email["text"], email["html"]),
        email["headers"],
    )
    assert {("ntf_01", READER): 1} == control.sends()


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"personalizations": None}, 400, "personalizations"),
        ({"personalizations": [{"to": []}]}, 400, "personalizations"),
        (_to("nobody"), 400, "personalizations.0.to.0.email"),
        (_to(READER, READER.upper()), 400, "personalizations.0.to"),
        (_to(*(f"p{number}@alder.example" for number in range(1001))), 400, "personalizations"),
        (_to(READER, custom_args={"attempt": 1}), 400, "personalizations.0.custom_args"),
        (_to(READER, custom_args={"a": "x" * 10_000}), 400, "personalizations.0.custom_args"),
        ({"subject": None}, 400, "subject"),
        ({"from": None}, 400, "from.email"),
        ({"from": {"email": "bílling@harborlane.example"}}, 400, "from.email"),
        ({"from": {"email": credentials.EMAIL_FROM, "name": "Lane, Harbor"}}, 400, "from.name"),
        ({"from": {"email": credentials.EMAIL_FROM, "name": "Café"}}, 400, "from.name"),
        ({"from": {"email": "billing@elsewhere.example"}}, 403, "from"),
        ({"content": None}, 400, "content"),
        ({"content": [HTML, PLAIN]}, 400, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, 400, "content.0.value"),
        ({"categories": [str(number) for number in range(11)]}, 400, "categories"),
    ],
)
def test_faulty_emails_are_refused(
    sendgrid: httpx.Client,
    control: SandboxControl,
    changes: dict[str, Any],
    status: int,
    field: str,
) -> None:
    """Each fault names its field in SendGrid's shape, and leaves no email."""
    answer = send_mail(sendgrid, **changes)

    (fault,) = answer.json()["errors"]
    assert (status, field, True) == (answer.status_code, fault["field"], bool(fault["message"]))
    assert [] == control.emails()


@pytest.mark.parametrize("content", [[PLAIN], [HTML], [PLAIN, HTML]])
def test_either_kind_of_content_will_do(
    sendgrid: httpx.Client, control: SandboxControl, content: list[dict[str, str]]
) -> None:
    """Unlike Twilio Email it takes a text alone."""
    assert 202 == send_mail(sendgrid, content=content).status_code


def test_a_trial_sends_nothing(sendgrid: httpx.Client, control: SandboxControl) -> None:
    """In SendGrid's own sandbox mode a good request gets 200, and no email."""
    answer = send_mail(sendgrid, mail_settings={"sandbox_mode": {"enable": True}})

    assert (200, []) == (answer.status_code, control.emails())


def test_too_much_is_refused_in_html() -> None:
    """The server in front of the API refuses what is too large, with a page."""
    world = World(None, lambda: datetime(2026, 3, 2, tzinfo=UTC), random.Random(1))
    bearer = f"Bearer {credentials.SENDGRID_API_KEY}".encode()
    scope = {"method": "POST", "path": MAIL, "headers": [(b"authorization", bearer)]}

    answer = asyncio.run(world.sendgrid.answer(Call(scope, b"x" * 30_000_001)))

    assert (413, (HTML_TYPE,)) == (answer.status, answer.headers)


@pytest.mark.parametrize("path", [MAIL, "/v3/scopes"])
def test_wrong_credentials_are_refused(
    program: Program, control: SandboxControl, path: str
) -> None:
    """Without the key everything is 401."""
    method = "GET" if path == "/v3/scopes" else "POST"

    answer = httpx.request(method, program.url + path, headers={"Authorization": "Bearer SG.x"})

    assert (401, None) == (answer.status_code, answer.json()["errors"][0]["field"])


def test_scopes_can_be_asked_for(sendgrid: httpx.Client, control: SandboxControl) -> None:
    """A harmless question shows that the key may send; other paths are not there."""
    scopes = sendgrid.get("/v3/scopes").json()["scopes"]

    assert (True, 404) == ("mail.send" in scopes, sendgrid.get("/v3/messages").status_code)


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        ("bounce", "Bounced Address"),
        ("bounce-async", "Bounced Address"),
        ("spamreport", "Spam Reporting Address"),
        ("unsubscribe", "Unsubscribed Address"),
        ("group-unsubscribe", "Unsubscribed Address"),
        ("blocked", ""),
        ("deferred", ""),
    ],
)
def test_some_addresses_are_suppressed(
    sendgrid: httpx.Client, control: SandboxControl, fate: str, reason: str
) -> None:
    """After a hard bounce, a complaint or an unsubscribe the next email is dropped, after 202."""
    control.set_scenario(fate, provider=SENDGRID, count=1)
    ends = {"bounce-async": "bounce", "deferred": "delivered"}
    send_mail(sendgrid)
    wait_until(lambda: control.emails()[0]["status"] == ends.get(fate, fate))

    answer = send_mail(sendgrid)

    last = "dropped" if reason else "delivered"
    wait_until(lambda: control.emails()[1]["status"] == last)
    assert (202, reason) == (answer.status_code, control.emails()[1]["fate_code"])
