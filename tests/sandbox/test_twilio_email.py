"""Twilio Email: what is accepted, refused and rendered, and what becomes of it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.sandbox.scenarios import TWILIO_EMAIL
from tests.sandbox.emailing import emails_at, operation_of, settled
from tests.sandbox.program import EMAILS, READER, Program, send_email
from tests.sandbox.subscriber import wait_until

ID = "comms_{}_[0-7][a-hjkmnpqrstv-z0-9]{{25,34}}"


def test_an_email_is_accepted(twilio: httpx.Client, control: SandboxControl) -> None:
    """A good request gets 202 with an operation, and one email for the recipient."""
    answer = send_email(twilio)

    operation = answer.json()
    (email,) = emails_at(twilio, operationId=operation["operationId"])
    assert 202 == answer.status_code
    assert re.fullmatch(ID.format("operation"), operation["operationId"])
    assert operation["operationLocation"].endswith(f"/Operations/{operation['operationId']}")
    assert re.fullmatch(ID.format("email"), email["id"])
    assert {"nid": "ntf_01", "attempt": "1"} == email["tags"]
    assert [{"address": READER, "name": "Kim"}] == email["to"]
    (kept,) = control.emails()
    assert ("email", TWILIO_EMAIL, READER, "Invoice 1", "ntf_01") == (
        *(kept["channel"], kept["provider"], kept["to"], kept["subject"]),
        kept["notification_id"],
    )


def test_each_recipient_has_an_email(twilio: httpx.Client, control: SandboxControl) -> None:
    """Two recipients are two emails of one operation, each rendered with its own variables."""
    people = [
        {"address": f"{name}@alder.example", "variables": {"name": name}} for name in ("kim", "lee")
    ]

    operation = operation_of(twilio, to=people, content={"subject": "Dear {{ name }}"})

    found = {email["to"]: email["subject"] for email in control.emails()}
    assert {"kim@alder.example": "Dear kim", "lee@alder.example": "Dear lee"} == found
    stats = twilio.get(f"{EMAILS}/Operations/{operation}").json()["stats"]
    assert (2, 2) == (stats["total"], stats["recipients"])


def test_every_text_is_a_template(twilio: httpx.Client, control: SandboxControl) -> None:
    """Braces that somebody's name brings along vanish from subject, HTML, text and names."""
    hostile = {"subject": "a{{ x }}", "html": "<p>b{{ x }}</p>", "text": "c{{ x }}"}

    send_email(twilio, content=hostile, to=[{"address": READER, "name": "d{{ x }}"}])

    (email,) = control.emails()
    shown = (email["subject"], email["html"], email["text"], email["to_name"])
    assert ("a", "<p>b</p>", "c", "d") == shown


def test_every_fault_is_told(twilio: httpx.Client, control: SandboxControl) -> None:
    """A refusal is a problem document with as many faults as there are, and leaves no email."""
    answer = send_email(
        twilio,
        **{"from": {"address": "billing@elsewhere.example"}, "to": [{"address": "nobody"}]},
        content={"html": ""},
        tags={"nid": 1},
    )

    error = answer.json()
    assert (400, "application/problem+json") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert [
        "The domain elsewhere.example of field 'from' is not a verified sender",
        "Invalid value provided for field 'to[0].address'",
        "Invalid value provided for field 'content'",
        "Invalid value provided for field 'tags'",
    ] == [fault["detail"] for fault in error["errors"]]
    assert [] == control.emails()


@pytest.mark.parametrize(
    "changes",
    [
        {"content": {"html": ""}},
        {"content": {"subject": ""}},
        {"content": {"text": "{% if %}"}},
        {"content": {"text": "Dear {{ name"}},
        {"content": {"text": "x" * 5_000_000}},
        {"to": None},
        {"from": None},
        {"tags": {f"tag{number}": "1" for number in range(11)}},
        {"tags": {"nid": "x" * 257}},
    ],
)
def test_faulty_emails_are_refused(
    twilio: httpx.Client, control: SandboxControl, changes: dict[str, Any]
) -> None:
    """Each of these alone gets 400."""
    answer = send_email(twilio, **changes)

    assert (400, []) == (answer.status_code, control.emails())
    assert 1 == control.stats()["twilio-email.rejected"]


@pytest.mark.parametrize(
    ("auth", "status"),
    [
        (None, 401),
        ((credentials.API_KEY_SID, "wrong"), 401),
        ((credentials.ACCOUNT_SID, credentials.AUTH_TOKEN), 202),
    ],
)
def test_the_credentials_are_those_of_texts(
    program: Program, control: SandboxControl, auth: tuple[str, str] | None, status: int
) -> None:
    """The API key and the auth token open it; without them there is 401."""
    with httpx.Client(base_url=program.url, auth=auth) as http:
        assert status == send_email(http).status_code


def test_an_email_is_followed_by_asking(twilio: httpx.Client, control: SandboxControl) -> None:
    """Its status moves from QUEUED to DELIVERED; the operation is completed before that."""
    control.change_settings(final_after_seconds=30)
    operation = operation_of(twilio)
    email = settled(control, "SENT")

    found = twilio.get(f"{EMAILS}/{email['id']}").json()
    told = twilio.get(f"{EMAILS}/Operations/{operation}").json()

    assert ("SENT", email["id"]) == (found["status"], found["id"])
    assert ("COMPLETED", 1, 0) == (
        *(told["status"], told["stats"]["sent"]),
        told["stats"]["delivered"],
    )


@pytest.mark.parametrize(
    ("fate", "status", "errors"),
    [
        ("", "DELIVERED", 0),
        ("undelivered", "UNDELIVERED", 1),
        ("failed", "FAILED", 1),
        ("canceled", "CANCELED", 1),
        ("opened", "OPENED", 0),
        ("new-word", "TELEPORTED", 0),
    ],
)
def test_fates_of_emails(
    twilio: httpx.Client, control: SandboxControl, fate: str, status: str, errors: int
) -> None:
    """A fate decides the last status; what failed stands among the operation's errors."""
    if fate:
        control.set_scenario(fate, provider=TWILIO_EMAIL, match=READER)

    operation = operation_of(twilio)

    email = settled(control, status)
    assert (fate, 1) == (email["fate"], control.stats()[f"twilio-email.emails_{status.lower()}"])
    told = twilio.get(f"{EMAILS}/Operations/{operation}/Errors").json()["errors"]
    assert [email["id"]] * errors == [row["emailId"] for row in told]


@pytest.mark.parametrize(("fate", "status"), [("stays-queued", "QUEUED"), ("stays-sent", "SENT")])
def test_some_emails_have_no_end(
    twilio: httpx.Client, control: SandboxControl, fate: str, status: str
) -> None:
    """An email may stay where it is while the next one is delivered."""
    control.set_scenario(fate, provider=TWILIO_EMAIL, count=1)

    send_email(twilio)
    send_email(twilio)

    wait_until(lambda: control.emails()[1]["status"] == "DELIVERED")
    assert status == control.emails()[0]["status"]
