"""Health, readiness and metrics; and that nothing else is served."""

from __future__ import annotations

import sqlite3

import pytest

from duebell.ledger.workers import Worker
from tests.integration.web.deliveries import (
    a_delivery,
)
from tests.integration.web.station import Station, run


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/webhooks", 404),
        ("POST", "/webhooks/freshbooks", 404),
        ("POST", "/webhooks/freshbooks/", 404),
        ("POST", "/webhooks/freshbooks/invoices/", 404),
        ("POST", "/webhooks/freshbooks/invoices/more", 404),
        ("POST", "/webhooks/twilio/status/", 404),
        ("GET", "/webhooks/freshbooks/invoices", 405),
        ("PUT", "/webhooks/twilio/status", 405),
        ("POST", "/healthz", 405),
    ],
)
def test_nothing_else_is_served(station: Station, method: str, path: str, status: int) -> None:
    """Other addresses are 404 and other methods 405; nothing is ever redirected."""
    response = station.call(method, path)

    assert status == response.status_code


def test_health_says_that_the_process_lives(station: Station) -> None:
    """``/healthz`` is 200 even where the ledger is gone."""
    station.ledger.close()

    response = station.call("GET", "/healthz")

    assert 200 == response.status_code


def test_readiness_lists_what_is_missing(station: Station) -> None:
    """``/readyz`` is 503 with one sentence for each missing thing."""
    response = station.call("GET", "/readyz")

    assert 503 == response.status_code
    assert "application/json" == response.headers["content-type"]
    assert "No worker is running: start one with `duebell worker`." in response.json()


def test_readiness_survives_a_broken_ledger(station: Station) -> None:
    """Where the ledger cannot be read, ``/readyz`` says so."""
    connection = sqlite3.connect(station.database)
    connection.execute("DROP TABLE workers")
    connection.close()

    response = station.call("GET", "/readyz")

    assert 503 == response.status_code
    assert ["The ledger cannot be read or written."] == response.json()


def test_a_ready_installation_says_so(station: Station) -> None:
    """With nothing missing ``/readyz`` is 200 with an empty list."""

    run(station.ledger.seed_connection("refresh-token"))
    run(station.ledger.bind_callback(1, "2001", is_verified=True))
    run(station.ledger.bind_callback(2, "2002", is_verified=True))
    run(station.ledger.beat(Worker("w1", "host", 1)))

    response = station.call("GET", "/readyz")

    assert (200, []) == (response.status_code, response.json())


def test_metrics_are_served(station: Station) -> None:
    """``/metrics`` shows what was counted, in Prometheus' format."""
    station.deliver(a_delivery())

    response = station.call("GET", "/metrics")

    assert 200 == response.status_code
    expected = 'duebell_webhooks_total{result="stored",source="freshbooks"} 1.0'
    assert expected in response.text
    assert response.headers["content-type"].startswith("text/plain")
