"""Ledgers on a fresh database, and the clock that all of them read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cryptography.fernet import Fernet

from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from tests.ledger_scenes import Clock

OpenLedger = Callable[[str], Ledger]


@pytest.fixture
def clock() -> Clock:
    """The time, for everybody in the test."""
    return Clock()


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    """A sealer with a key of its own."""
    return Sealer(Fernet.generate_key().decode())


@pytest.fixture
def open_ledger(sealer: Sealer, clock: Clock) -> Iterator[OpenLedger]:
    """Opens ledgers, as several processes would, and closes them after the test."""
    opened: list[Ledger] = []

    def open_one(url: str) -> Ledger:
        opened.append(Ledger(url, sealer, now=clock))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: OpenLedger, ledger_url: str) -> Ledger:
    """A ledger on an empty database."""
    return open_ledger(ledger_url)


@pytest.fixture
def other(open_ledger: OpenLedger, ledger_url: str) -> Ledger:
    """A second process on the same database."""
    return open_ledger(ledger_url)
