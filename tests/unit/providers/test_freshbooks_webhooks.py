"""Deliveries of FreshBooks: what is signed, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from duebell.domain.failures import WebhookRefused
from duebell.providers.freshbooks.wire import (
    Handshake,
    handshake_from,
    is_signed,
    parse_form,
    read_delivery,
    signature,
)
from tests.unit.providers.samples import sample

VECTORS: list[dict[str, Any]] = sample("freshbooks/signatures.json")
BODY = b"name=invoice.create&object_id=1234567&account_id=6BApk&user_id=1"
VERIFIER = "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_signature_vectors(vector: dict[str, Any]) -> None:
    """Every known signature is computed from the body as received, and found right."""
    fields = parse_form(vector["body"].encode())

    assert vector["signature"] == signature(fields, vector["verifier"])
    assert is_signed(fields, f" {vector['signature']} ", ["another", vector["verifier"]])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_a_changed_field_is_not_signed(vector: dict[str, Any]) -> None:
    """A signature holds for its own fields alone."""
    fields = {**parse_form(vector["body"].encode()), "object_id": "666"}

    assert not is_signed(fields, vector["signature"], [vector["verifier"]])


@pytest.mark.parametrize("header", [None, "", " ", "AAAA", "\u00e9"])
def test_without_a_good_header_nothing_is_signed(header: str | None) -> None:
    """A missing or odd header is an answer, not an error."""
    assert not is_signed(parse_form(BODY), header, [VERIFIER])


@pytest.mark.parametrize("verifiers", [[], [""]])
def test_without_a_verifier_nothing_is_signed(verifiers: list[str]) -> None:
    """An empty secret would let anybody sign."""
    fields = parse_form(BODY)

    assert not is_signed(fields, signature(fields, ""), verifiers)


def test_read_delivery() -> None:
    """A delivery names the event, the record and the account, and keeps the order of its fields."""
    delivery = read_delivery(BODY)

    assert (
        delivery.name,
        delivery.object_id,
        delivery.account_id,
    ) == ("invoice.create", "1234567", "6BApk")
    assert list(delivery.fields) == ["name", "object_id", "account_id", "user_id"]
    assert handshake_from(delivery) is None


def test_read_handshake() -> None:
    """The handshake names the callback and brings its secret, which no repr shows."""
    delivery = read_delivery(VECTORS[3]["body"].encode())

    handshake = handshake_from(delivery)

    assert Handshake("778599", "xf8pxDkZfSXuak7S4qaGQBvxArpMvqR", "xazq5") == handshake
    assert "xf8px" not in f"{handshake!r}{delivery!r}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"name",
        b"\xff\xfe",
        b"name=%FF&object_id=1&account_id=6BApk",
        BODY + b"&name=invoice.update",
        BODY + b"&&",
        b"object_id=1&account_id=6BApk",
        b"name=&object_id=1&account_id=6BApk",
        b"name=invoice create&object_id=1&account_id=6BApk",
        b"name=invoice.create&account_id=6BApk",
        b"name=invoice.create&object_id=1%0A2&account_id=6BApk",
        b"name=invoice.create&object_id=1%2F..%2F2&account_id=6BApk",
        b"name=invoice.create&object_id=1&account_id=",
        b"name=invoice.create&object_id=1&account_id=" + b"x" * 65,
        b"name=" + b"x" * 65 + b"&object_id=1&account_id=6BApk",
        BODY + b"".join(b"&f%d=1" % number for number in range(64)),
    ],
)
def test_malformed_deliveries_are_refused(raw: bytes) -> None:
    """What cannot be a delivery is the sender's fault, never ours."""
    with pytest.raises(WebhookRefused, match="malformed") as refused:
        read_delivery(raw)

    assert refused.value.status == 400


@pytest.mark.parametrize(
    "verifier", ["", "&verifier=", "&verifier=short", "&verifier=a%20b%20c%20d"]
)
def test_a_handshake_without_a_secret_is_refused(verifier: str) -> None:
    """A handshake without a plausible verifier cannot be completed."""
    raw = f"name=callback.verify&object_id=7&account_id=6BApk{verifier}".encode()

    with pytest.raises(WebhookRefused, match="malformed verifier"):
        handshake_from(read_delivery(raw))
