"""The Twilio address on a real ledger: signed reports are recorded, others refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
from urllib.parse import urlencode

import pytest

from tests.integration.web.deliveries import (
    AUTH_TOKEN,
    FORM,
    a_report,
    twilio_signature,
)
from tests.integration.web.station import Station, run


def test_a_signed_report_is_recorded(station: Station) -> None:
    """A report signed for the public URL is stored with all it says, and answered 204."""
    response = station.report(a_report(MessageStatus="undelivered", ErrorCode="30003"))

    assert (204, b"") == (response.status_code, response.content)
    assert [("SM" + "a" * 32, "undelivered", "30003")] == station.rows(
        "SELECT provider_id, raw_status, error_code FROM delivery_reports"
    )
    assert 1.0 == station.counted("delivery_reports_total", result="unknown message")


def test_a_repeated_report_is_taken_once(station: Station) -> None:
    """The same report again is acknowledged and changes nothing."""
    station.report(a_report())

    response = station.report(a_report())

    assert 204 == response.status_code
    assert 1 == len(station.rows("SELECT id FROM delivery_reports"))
    assert 1.0 == station.counted("delivery_reports_total", result="repeated")


@pytest.mark.parametrize(
    ("params", "signature"),
    [
        (a_report(), ""),
        (a_report(), "garbage"),
        (a_report(), "é"),
        (a_report(), twilio_signature("?n=one&a=1", a_report(), "f" * 32)),
        (a_report(), twilio_signature("?n=two&a=1", a_report(), AUTH_TOKEN)),
        (a_report(), twilio_signature("?n=one&a=1", a_report()[:-1], AUTH_TOKEN)),
        (a_report(), twilio_signature("?n=one&a=1", a_report(ErrorCode="1"), AUTH_TOKEN)),
    ],
)
def test_a_wrongly_signed_report_is_refused(
    station: Station, params: list[tuple[str, str]], signature: str
) -> None:
    """Another token, another query or other parameters than were signed store nothing."""
    response = station.call(
        "POST",
        "/webhooks/twilio/status?n=one&a=1",
        content=urlencode(params).encode(),
        headers={"content-type": FORM, "x-twilio-signature": signature.encode("utf-8")},
    )

    assert 401 == response.status_code
    assert [] == station.rows("SELECT id FROM delivery_reports")
    assert 1.0 == station.counted("webhook_refused_total", source="twilio", reason="signature")


def test_the_host_header_is_not_believed(station: Station) -> None:
    """A signature for the URL that the Host header claims is refused."""
    query, params = "?n=one", a_report()
    text = f"https://evil.example/webhooks/twilio/status{query}"
    text += "".join(name + value for name, value in sorted(params))
    digest = hmac.new(AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()

    response = station.call(
        "POST",
        f"/webhooks/twilio/status{query}",
        content=urlencode(params).encode(),
        headers={
            "content-type": FORM,
            "host": "evil.example",
            "x-forwarded-proto": "https",
            "x-twilio-signature": base64.b64encode(digest).decode(),
        },
    )

    assert 401 == response.status_code


def test_the_query_is_taken_byte_for_byte(station: Station) -> None:
    """Escapes in the query stay as Twilio was given them."""
    response = station.report(a_report(), query="?n=a%2Db&a=1")

    assert 204 == response.status_code


def test_a_report_without_a_query_is_taken(station: Station) -> None:
    """A callback URL without a query is signed without a question mark."""
    response = station.report(a_report(), query="")

    assert 204 == response.status_code


def test_a_rotated_auth_token_works_at_once(station: Station) -> None:
    """A token that the worker has just told is found by a second look, and the old one stays."""
    station.report(a_report())
    run(station.ledger.put_auth_tokens(["f" * 32, AUTH_TOKEN]))

    answers = [
        station.report(a_report(MessageStatus="sent"), key="f" * 32),
        station.report(a_report(MessageStatus="queued"), key=AUTH_TOKEN),
    ]

    assert [204, 204] == [answer.status_code for answer in answers]


def test_reports_wait_for_an_auth_token(station: Station) -> None:
    """While no worker has told a token nothing can be verified, so Twilio is asked to wait."""
    connection = sqlite3.connect(station.database)
    connection.execute("DELETE FROM sealed_values")
    connection.commit()
    connection.close()

    response = station.report(a_report())

    assert (503, "10") == (response.status_code, response.headers["retry-after"])


def test_a_signed_report_without_a_message_is_refused(station: Station) -> None:
    """What is signed but names no message is answered 400."""
    response = station.report([("AccountSid", "AC" + "0" * 32)])

    assert 400 == response.status_code


def test_a_report_that_cannot_be_stored_is_asked_for_again(station: Station) -> None:
    """When the ledger fails a report is answered 503."""
    connection = sqlite3.connect(station.database)
    connection.execute("ALTER TABLE delivery_reports RENAME TO away")
    connection.close()

    response = station.report(a_report())

    assert 503 == response.status_code
