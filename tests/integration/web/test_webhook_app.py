"""The FreshBooks address on a real ledger: what is stored, and when it answers."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from duebell.ledger.verifiers import VerifierState
from tests.integration.web.deliveries import (
    ACCOUNT,
    NEWER_VERIFIER,
    VERIFIER,
    a_delivery,
    a_handshake,
    delivery,
)
from tests.integration.web.station import Station, run


def test_a_signed_delivery_is_stored(station: Station) -> None:
    """A delivery with the callback's signature becomes a signal and is answered 200, empty."""
    response = station.deliver(a_delivery())

    assert (200, b"", "0") == (
        response.status_code,
        response.content,
        response.headers["content-length"],
    )
    assert [(ACCOUNT, "invoice.create", "42", 1)] == station.signals()
    assert 1.0 == station.counted("webhooks_total", source="freshbooks", result="stored")
    assert 1.0 == station.counted("webhook_ack_seconds_count")


def test_a_delivery_twice_is_one_signal(station: Station) -> None:
    """A repeat is acknowledged too, and counted on the signal that waits."""
    station.deliver(a_delivery())

    response = station.deliver(a_delivery())

    assert 200 == response.status_code
    assert [(ACCOUNT, "invoice.create", "42", 2)] == station.signals()


def test_the_answer_waits_for_the_commit(station: Station) -> None:
    """While the signal is not committed there is no answer."""

    async def deliver() -> tuple[bool, int]:
        station.ledger.gate = asyncio.Event()
        async with station.client() as client:
            options = delivery(a_delivery(), VERIFIER)
            request = asyncio.create_task(client.post("/webhooks/freshbooks/invoices", **options))
            await asyncio.sleep(0.1)
            was_answered_early = request.done()
            station.ledger.gate.set()
            return was_answered_early, (await request).status_code

    outcome = run(deliver())

    assert (False, 200) == outcome
    assert 1 == len(station.signals())


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
def test_a_noun_covers_its_verbs(station: Station, verb: str) -> None:
    """A subscription to a noun is told of all its verbs."""
    response = station.deliver(a_delivery(name=f"payment.{verb}"), address="payments")

    assert 200 == response.status_code
    assert [(ACCOUNT, f"payment.{verb}", "42", 1)] == station.signals()
    assert 1.0 == station.counted("webhooks_total", source="freshbooks", result="stored")


@pytest.mark.parametrize("name", ["invoice.update", "client.create", "invoices.create"])
def test_an_unexpected_event_is_kept(station: Station, name: str) -> None:
    """An event that was not subscribed to, but is signed, is stored and counted by its own word."""
    response = station.deliver(a_delivery(name=name))

    assert 200 == response.status_code
    assert [(ACCOUNT, name, "42", 1)] == station.signals()
    assert 1.0 == station.counted("webhooks_total", source="freshbooks", result="unexpected")


def test_a_handshake_is_stored_unsigned(station: Station) -> None:
    """A handshake needs no signature: its verifier is stored, sealed, with FreshBooks' id."""
    response = station.deliver(a_handshake(object_id="777"), verifier=None)

    stored = station.rows(
        "SELECT remote_callback_id, sealed FROM verifiers WHERE callback = 1 ORDER BY id"
    )
    assert (200, b"") == (response.status_code, response.content)
    assert ["2001", "777"] == [row[0] for row in stored]
    assert not any(NEWER_VERIFIER in row[1] for row in stored)
    assert [] == station.signals()


def test_a_new_code_signs_nothing_by_itself(station: Station) -> None:
    """Whoever knows the URL can send a code, so it is not trusted before FreshBooks is asked."""
    station.deliver(a_handshake(), verifier=None)
    station.clock.advance(2)

    response = station.deliver(a_delivery(), NEWER_VERIFIER)

    assert 401 == response.status_code
    assert [] == station.signals()


def test_a_new_code_works_at_once_beside_the_old(station: Station) -> None:
    """As soon as a resent code is offered to FreshBooks, old and new sign; no second passes."""
    station.deliver(a_delivery(object_id="1"))
    station.deliver(a_handshake(), verifier=None)
    run(station.ledger.mark_verifier(1, NEWER_VERIFIER, VerifierState.OFFERED))

    answers = [
        station.deliver(a_delivery(object_id="2"), NEWER_VERIFIER),
        station.deliver(a_delivery(object_id="3"), VERIFIER),
    ]

    assert [200, 200] == [answer.status_code for answer in answers]
    assert 3 == len(station.signals())


def test_a_handshake_of_another_account_is_refused(station: Station) -> None:
    """A handshake that names another account than the callback's stores nothing."""
    response = station.deliver(a_handshake(account_id="xazq5"), verifier=None)

    assert 401 == response.status_code
    assert 2 == len(station.rows("SELECT id FROM verifiers"))


def test_good_deliveries_share_a_look_up(station: Station) -> None:
    """A burst on one callback reads it once a second, even when all come at the same moment."""

    async def burst() -> list[int]:
        async with station.client() as client:
            path = "/webhooks/freshbooks/invoices"
            forms = [delivery(a_delivery(object_id=str(n)), VERIFIER) for n in range(50)]
            answers = await asyncio.gather(*(client.post(path, **form) for form in forms))
            return [answer.status_code for answer in answers]

    before = station.ledger.lookups
    first = run(burst())
    station.clock.advance(1)
    second = run(burst())

    assert [200] * 100 == first + second
    assert 2 == station.ledger.lookups - before


@pytest.mark.parametrize(
    ("token", "status", "most_lookups"), [("invoices", 401, 2), ("unknown", 404, 1)]
)
def test_garbage_costs_few_look_ups(
    station: Station, token: str, status: int, most_lookups: int
) -> None:
    """However much is wrongly signed or addressed, one token costs two reads a second at most."""
    before = station.ledger.lookups

    answers = [station.deliver(a_delivery(), "wrong-verifier", token) for _ in range(20)]

    assert {status} == {answer.status_code for answer in answers}
    assert most_lookups == station.ledger.lookups - before


@pytest.mark.parametrize("table", ["signals", "callbacks"])
def test_what_cannot_be_stored_is_asked_for_again(station: Station, table: str) -> None:
    """When the ledger fails the sender is asked to come again, and then it is taken."""
    connection = sqlite3.connect(station.database)
    connection.execute(f"ALTER TABLE {table} RENAME TO away")

    failed = station.deliver(a_delivery())
    connection.execute(f"ALTER TABLE away RENAME TO {table}")
    connection.close()
    again = station.deliver(a_delivery())

    assert (503, "10") == (failed.status_code, failed.headers["retry-after"])
    assert 200 == again.status_code
    assert [(ACCOUNT, "invoice.create", "42", 1)] == station.signals()
    assert 1.0 == station.counted(
        "webhook_refused_total", source="freshbooks", reason="unavailable"
    )
