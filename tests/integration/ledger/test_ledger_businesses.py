"""The firms whose books are watched, and their clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from duebell.domain.books import Business
from duebell.ledger import businesses
from duebell.ledger.engine import open_engine

NOON = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
HARBOR = Business("6BApk", "16521", "Harbor Lane Accounting", "America/New_York", "United States")
OTHER = Business("7CBqm", "16522", "Other", "Nowhere/Land", "Canada")


def test_a_firm_is_remembered_as_it_is_now(ledger_url: str) -> None:
    """What is said of a firm last is what is known; others stay as they are."""
    moved = replace(HARBOR, time_zone="Europe/Berlin")
    engine = open_engine(ledger_url)

    with engine.begin() as connection:
        for one in (HARBOR, OTHER, HARBOR, moved):
            businesses.remember(connection, one)
    with engine.connect() as connection:
        known, times = businesses.read_all(connection), businesses.local_times(connection)
    engine.dispose()

    assert [moved, OTHER] == known
    assert "2026-11-14 13:00 CET" == times.minute(NOON, "6BApk")
    # FreshBooks' own zone, as everywhere where a zone is not known.
    assert "2026-11-14 07:00 EST" == times.minute(NOON, "7CBqm")
