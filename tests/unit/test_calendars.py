"""Public holidays of countries and their parts."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from duebell.people.calendars import holidays_of, known_region

CHRISTMAS, BOXING_DAY = date(2026, 12, 25), date(2026, 12, 26)
NEW_YEAR = date(2027, 1, 1)


@pytest.mark.parametrize(
    ("region", "is_known"),
    [
        ("CA", True),
        ("CA-ON", True),
        ("ca-on", True),
        ("Canada", True),
        ("Deutschland-BY", True),
        ("UK", True),
        ("GB-SCT", True),
        ("Guinea-Bissau", True),
        ("DE-Augsburg", True),
        ("CA-XX", False),
        ("Atlantis", False),
        ("Atlantis-ON", False),
        ("CA-", True),
        ("-ON", False),
        ("", False),
    ],
)
def test_known_regions(region: str, is_known: bool) -> None:
    """A region is a country by code or name, maybe with a part of it."""
    assert is_known == known_region(region)


def test_a_subdivision_has_holidays_of_its_own() -> None:
    """Boxing Day is kept in Ontario, and not all over Canada."""
    canada, ontario = (holidays_of(region, CHRISTMAS, 2) for region in ("CA", "CA-ON"))

    assert frozenset({CHRISTMAS}) == canada
    assert frozenset({CHRISTMAS, BOXING_DAY}) == ontario


def test_holidays_of_two_years() -> None:
    """Days around the turn of a year are of both years, and no other days are among them."""
    found = holidays_of("CA", CHRISTMAS + timedelta(days=1), 7)

    assert frozenset({NEW_YEAR}) == found


@pytest.mark.parametrize(("days", "expected"), [(0, set()), (1, {NEW_YEAR})])
def test_the_last_day_counts(days: int, expected: set[date]) -> None:
    """So many days are the first one and those after it."""
    assert expected == holidays_of("Canada", NEW_YEAR, days)


def test_a_holiday_at_the_weekend_is_kept_on_a_working_day() -> None:
    """Where a country keeps a holiday on another day instead, that day is quiet, too."""
    observed = date(2026, 7, 3)

    assert observed in holidays_of("US", observed, 2)


@pytest.mark.parametrize("region", ["", "Atlantis", "CA-XX"])
def test_an_unknown_region_has_no_holidays(region: str) -> None:
    """A business of which nobody knows the country has working days alone."""
    assert frozenset() == holidays_of(region, CHRISTMAS, 365)


def test_the_calendars_are_loaded_when_they_are_needed() -> None:
    """A rulebook without holidays costs nothing."""
    program = (
        "import sys\n"
        "from duebell.people.calendars import known_region\n"
        "print(known_region('Atlantis'), 'holidays' in sys.modules)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ("False False\n", "") == (done.stdout, done.stderr)
