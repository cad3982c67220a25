"""The address for texts that people send: signed ones are obeyed, and nothing else is kept."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.integration.web.deliveries import AUTH_TOKEN, FORM, twilio_signature
from tests.integration.web.station import Station, run

SENDER = "+12125550101"
SHARED_KEY = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
IN_FORCE = "SELECT channel, address, source FROM suppressions WHERE lifted_at IS NULL"


def a_text(body: str = "STOP", sid: str = "SM" + "a" * 32, **changes: str) -> list[tuple[str, str]]:
    """The parameters of an inbound text."""
    form = {"MessageSid": sid, "SmsStatus": "received", "From": SENDER, "Body": body}
    return list({**form, "To": "+12125550100", "NumMedia": "0", **changes}.items())


def post(
    station: Station,
    params: list[tuple[str, str]],
    *,
    key: str = AUTH_TOKEN,
    algorithm: str = "sha1",
    **headers: str,
) -> httpx.Response:
    """Post a text as Twilio does."""
    signature = twilio_signature("", params, key, address="inbound", algorithm=algorithm)
    options: dict[str, Any] = {
        "content": urlencode(params).encode(),
        "headers": {"content-type": FORM, "x-twilio-signature": signature, **headers},
    }
    return station.call("POST", "/webhooks/twilio/inbound", **options)


def counted(station: Station, result: str) -> float | None:
    """How many texts came to this."""
    return station.counted("webhooks_total", source="twilio_inbound", result=result)


def test_stop_is_kept(station: Station) -> None:
    """A signed STOP suppresses the number, and Twilio is told to answer nothing."""
    response = post(station, a_text())

    assert (200, b"<Response/>") == (response.status_code, response.content)
    assert "text/xml" == response.headers["content-type"]
    assert [("sms", SENDER, "stop")] == station.rows(IN_FORCE)
    assert 1.0 == counted(station, "opted out")


def test_start_lifts_it(station: Station) -> None:
    """A signed START takes a STOP back."""
    post(station, a_text())

    response = post(station, a_text("start", "SM" + "b" * 32))

    assert (200, []) == (response.status_code, station.rows(IN_FORCE))
    assert 1.0 == counted(station, "opted in")


def test_a_repeat_is_acknowledged_and_changes_nothing(station: Station) -> None:
    """Twilio's retry of an old STOP does not undo the START that came after it."""
    post(station, a_text())
    post(station, a_text("START", "SM" + "b" * 32))

    response = post(station, a_text())

    assert (200, []) == (response.status_code, station.rows(IN_FORCE))
    assert 1.0 == counted(station, "repeated")


@pytest.mark.parametrize(
    ("params", "result"),
    [
        (a_text("When is it due?"), "no keyword"),
        (a_text("HELP"), "no keyword"),
        (a_text("STOP", OptOutType="HELP"), "no keyword"),
        (a_text(From=f"whatsapp:{SENDER}"), "other channel"),
    ],
)
def test_what_else_people_write_is_only_counted(
    station: Station, params: list[tuple[str, str]], result: str
) -> None:
    """Conversations are none of ours: the text is acknowledged, counted and kept nowhere."""
    response = post(station, params)

    assert (200, b"<Response/>") == (response.status_code, response.content)
    assert 1.0 == counted(station, result)
    assert [] == station.rows("SELECT id FROM suppressions")
    assert [] == station.rows("SELECT id FROM audit_records WHERE entity = 'inbound'")


def test_any_of_our_secrets_may_sign(station: Station) -> None:
    """A token that was rotated in just now counts, and so does a shared key with SHA-256."""
    post(station, a_text("Hello"))
    run(station.ledger.put_auth_tokens(["f" * 32, AUTH_TOKEN]))
    shared = {"x-twilio-webhooks-signature-settings": SHARED_KEY}

    answers = [
        post(station, a_text(), key="f" * 32),
        post(station, a_text("START", "SM" + "b" * 32), algorithm="sha256", **shared),
    ]

    assert [200, 200] == [answer.status_code for answer in answers]
    assert [] == station.rows(IN_FORCE)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-twilio-signature": ""},
        {"x-twilio-signature": "garbage"},
        {"x-twilio-signature": twilio_signature("", a_text(), "f" * 32, address="inbound")},
        {"x-twilio-signature": twilio_signature("", a_text(), AUTH_TOKEN, address="status")},
        {
            "x-twilio-signature": twilio_signature(
                "", a_text(From="+12125550102"), AUTH_TOKEN, address="inbound"
            )
        },
    ],
)
def test_unsigned_texts_are_refused(station: Station, headers: dict[str, str]) -> None:
    """Nobody else can opt a person out or in: without our secret over this very text it is 401."""
    response = post(station, a_text(), **headers)

    assert 401 == response.status_code
    assert [] == station.rows("SELECT id FROM suppressions")
    labels = {"source": "twilio_inbound", "reason": "signature"}
    assert 1.0 == station.counted("webhook_refused_total", **labels)


def test_a_text_without_an_id_is_refused(station: Station) -> None:
    """What is signed but names no message is answered 400."""
    response = post(station, a_text(sid="none"))

    assert 400 == response.status_code


def test_a_stop_that_cannot_be_stored_is_asked_for_again(station: Station) -> None:
    """When the ledger fails Twilio is not told that the STOP was taken."""
    connection = sqlite3.connect(station.database)
    connection.execute("ALTER TABLE suppressions RENAME TO away")
    connection.close()

    response = post(station, a_text())

    assert 503 == response.status_code
