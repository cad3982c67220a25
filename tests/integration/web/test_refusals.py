"""The FreshBooks address on a real ledger: what is refused stores nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from tests.integration.web.deliveries import (
    ACCOUNT,
    FORM,
    NEWER_VERIFIER,
    VERIFIER,
    a_delivery,
    delivery,
    freshbooks_signature,
)
from tests.integration.web.station import Station


def test_a_missing_signature_is_refused(station: Station) -> None:
    """A delivery without a signature is answered 401 and stores nothing."""
    response = station.deliver(a_delivery(), verifier=None)

    assert 401 == response.status_code
    assert [] == station.signals()
    assert 1.0 == station.counted("webhook_refused_total", source="freshbooks", reason="signature")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "garbage",
        "é",
        freshbooks_signature(a_delivery(object_id="43"), VERIFIER),
        freshbooks_signature(dict(sorted(a_delivery().items())), VERIFIER),
        freshbooks_signature(a_delivery(), NEWER_VERIFIER),
    ],
)
def test_a_wrong_signature_is_refused(station: Station, signature: str) -> None:
    """A signature over other fields, another order or by another verifier stores nothing."""
    options = delivery(a_delivery(), VERIFIER)
    options["headers"]["x-freshbooks-hmac-sha256"] = signature.encode("utf-8")

    response = station.call("POST", "/webhooks/freshbooks/invoices", **options)

    assert 401 == response.status_code
    assert [] == station.signals()


def test_another_account_is_refused(station: Station) -> None:
    """A good signature over another account than the callback's stores nothing."""
    response = station.deliver(a_delivery(account_id="xazq5"))

    assert (401, b"account\n") == (response.status_code, response.content)
    assert [] == station.signals()


@pytest.mark.parametrize("token", ["unknown", "x" * 200, "%00", "INVOICES"])
def test_an_unknown_address_is_not_found(station: Station, token: str) -> None:
    """A URL whose token no callback has is answered 404."""
    response = station.deliver(a_delivery(), address=token)

    assert 404 == response.status_code
    assert [] == station.signals()


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data", None]
)
def test_only_forms_are_taken(station: Station, content_type: str | None) -> None:
    """Another content type, or none, is answered 415."""
    headers = {} if content_type is None else {"content-type": content_type}

    response = station.call("POST", "/webhooks/freshbooks/invoices", content=b"{}", headers=headers)

    assert 415 == response.status_code


@pytest.mark.parametrize("suffix", ["; charset=UTF-8", ";charset=utf-8", " "])
def test_a_form_may_name_its_charset(station: Station, suffix: str) -> None:
    """Parameters of the content type do not matter."""
    options = delivery(a_delivery(), VERIFIER)
    options["headers"]["content-type"] = FORM.upper() + suffix

    response = station.call("POST", "/webhooks/freshbooks/invoices", **options)

    assert 200 == response.status_code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"name",
        b"name=invoice.create&object_id=42",
        b"name=a&name=b&object_id=42&account_id=6BApk",
    ],
)
def test_a_malformed_form_is_refused(station: Station, body: bytes) -> None:
    """What is no delivery is answered 400."""
    response = station.call(
        "POST", "/webhooks/freshbooks/invoices", content=body, headers={"content-type": FORM}
    )

    assert 400 == response.status_code
    assert [] == station.signals()


def test_a_large_body_is_refused_by_its_header(station: Station) -> None:
    """An announced length over the limit is answered 413, and the connection ends."""
    response = station.deliver(a_delivery(note="x" * 70_000))

    assert (413, "close") == (response.status_code, response.headers["connection"])
    assert [] == station.signals()


def test_a_large_body_is_refused_while_reading(station: Station) -> None:
    """A body that does not announce its length is refused as soon as it passes the limit."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1000
            yield b"x" * 1000

    response = station.call(
        "POST",
        "/webhooks/freshbooks/invoices",
        content=endless(),
        headers={"content-type": FORM},
    )

    assert 413 == response.status_code
    assert sent < 70_000


def test_a_body_at_the_limit_is_read(station: Station) -> None:
    """64 KiB is not too much."""
    fields = a_delivery(note="")
    fields["note"] = "x" * (64 * 1024 - len(urlencode(fields)))

    response = station.deliver(fields)

    assert 200 == response.status_code


def test_a_refusal_is_logged_without_content(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says which callback refused what and why, and holds nothing of the body."""
    with caplog.at_level(logging.DEBUG, logger="duebell"):
        station.deliver(a_delivery(name="secret.event", object_id="987654"), "wrong-verifier")

    (record,) = caplog.records
    assert "webhook.refused" == record.getMessage()
    assert ("signature", 401, ACCOUNT) == (
        record.__dict__["reason"],
        record.__dict__["status"],
        record.__dict__["account_id"],
    )
    assert not any(word in str(record.__dict__) for word in ("987654", "secret.event", VERIFIER))
