"""``/metrics`` shows the ledger, reads it seldom, and never holds up a delivery."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from duebell.measuring.source import FRESH_SECONDS, LedgerNumbers
from duebell.settings import load_settings
from duebell.web.app import create_app
from tests.integration.web.deliveries import PUBLIC_URL, a_delivery
from tests.integration.web.station import Station


class Seconds:
    """A clock for how long an answer is good."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    """The time by which answers grow stale."""
    return Seconds()


@pytest.fixture
def measured(station: Station, seconds: Seconds) -> Iterator[Station]:
    """The application with numbers of its ledger."""
    url = f"sqlite:///{station.database}"
    numbers = LedgerNumbers(url, PUBLIC_URL, now=station.clock, clock=seconds)
    settings = load_settings(_env_file=None, public_url=PUBLIC_URL)
    station.app = create_app(
        station.ledger, settings, station.metrics, now=station.clock, numbers=numbers
    )
    yield station
    numbers.close()


def value(station: Station, name: str) -> float | None:
    """The value of a metric without labels; None where it is not shown."""
    text = station.call("GET", "/metrics").text
    samples = (one for family in parse(text) for one in family.samples)
    return next((one.value for one in samples if one.name == f"duebell_{name}"), None)


def test_the_ledger_stands_beside_the_counters(measured: Station) -> None:
    """What waits in the inbox shows, with its age, beside what the process counted."""
    measured.deliver(a_delivery())
    measured.clock.advance(90)

    found = [
        value(measured, name) for name in ("signals_waiting", "oldest_signal_seconds", "workers")
    ]

    assert [1, 90, 0] == found
    assert 1 == measured.counted("webhooks_total", source="freshbooks", result="stored")


def test_webhooks_are_counted(measured: Station) -> None:
    """How many webhooks should be there and how many are verified, and what is missing in all."""
    asyncio.run(measured.ledger.bind_callback(1, "2001", is_verified=True))
    names = ("webhooks_expected", "webhooks_verified", "readiness_missing")

    expected, verified, missing = (value(measured, name) for name in names)

    assert (2, 1) == (expected, verified)
    assert missing


def test_an_answer_is_given_again_for_a_while(measured: Station, seconds: Seconds) -> None:
    """However many ask, the ledger is read once in a few seconds."""
    before = value(measured, "signals_waiting")
    measured.deliver(a_delivery())

    soon = value(measured, "signals_waiting")
    seconds.now += FRESH_SECONDS
    later = value(measured, "signals_waiting")

    assert (0, 0, 1) == (before, soon, later)


def test_an_unreadable_ledger_is_told(measured: Station) -> None:
    """Where the ledger cannot be read, that shows, and the process' own counters stay."""
    connection = sqlite3.connect(measured.database)
    connection.execute("DROP TABLE workers")
    connection.close()

    assert 0 == value(measured, "ledger_readable")
    assert value(measured, "workers") is None
    assert 200 == measured.call("GET", "/metrics").status_code


def test_those_who_ask_together_share_one_look(measured: Station) -> None:
    """Twenty scrapes at once get the same answer, also if the first one who asked goes away."""

    async def story() -> list[str]:
        async with measured.client() as client:
            first = asyncio.create_task(client.get("/metrics"))
            others = [asyncio.create_task(client.get("/metrics")) for _ in range(20)]
            await asyncio.sleep(0)
            first.cancel()
            return [answer.text for answer in await asyncio.gather(*others)]

    texts = asyncio.run(story())

    assert 20 == len(texts)
    assert 1 == len(set(texts))
