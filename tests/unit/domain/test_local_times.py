"""Moments on the clocks of the businesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.local_times import LocalTimes

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 14, 12, 0, 5, tzinfo=UTC)


def test_a_moment_is_that_of_its_account() -> None:
    """Each account has its clock, with the name of its day; seconds only where they are wanted."""
    times = LocalTimes({"a": NEW_YORK, "b": BERLIN})

    assert "2026-11-14 07:00 EST" == times.minute(NOON, "a")
    assert "2026-07-14 14:00 CEST" == times.minute(NOON.replace(month=7), "b")
    assert "2026-11-14 07:00:05 EST" == times.second(NOON, "a")


def test_the_day_is_left_out_where_it_is_today() -> None:
    """A moment of today on the firm's clock is a time alone; one of tomorrow there has its day."""
    times = LocalTimes({"a": NEW_YORK})

    shown = [times.soon(NOON + timedelta(hours=hours), NOON, "a") for hours in (16, 17)]

    assert ["23:00 EST", "2026-11-15 00:00 EST"] == shown


@pytest.mark.parametrize(
    ("zones", "shown"),
    [
        ({}, "2026-11-14 12:00 UTC"),
        ({"a": NEW_YORK}, "2026-11-14 07:00 EST"),
        ({"a": NEW_YORK, "b": NEW_YORK}, "2026-11-14 07:00 EST"),
        ({"a": NEW_YORK, "b": BERLIN}, "2026-11-14 12:00 UTC"),
        ({"a": ZoneInfo("America/Sao_Paulo")}, "2026-11-14 09:00 UTC-03"),
    ],
)
def test_without_an_account_it_is_the_clock_of_all(zones: dict[str, ZoneInfo], shown: str) -> None:
    """Where all have one clock it is that; where they differ or none is known, UTC."""
    assert shown == LocalTimes(zones).minute(NOON)
    assert shown == LocalTimes(zones).minute(NOON, "unknown")


def test_what_is_typed_is_on_the_same_clock() -> None:
    """A time without a zone is that of the business; one with a zone keeps its meaning."""
    times = LocalTimes({"a": NEW_YORK})
    typed = datetime(2026, 11, 14, 7, 0)  # noqa: DTZ001 - as somebody types it

    assert datetime(2026, 11, 14, 12, 0, tzinfo=UTC) == times.aware(typed)
    assert NOON == times.aware(NOON.astimezone(timezone(timedelta(hours=5))))
