"""Public holidays by country and subdivision."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from duebell.people.countries import region_of


def holidays_of(region: str, first: date, days: int) -> frozenset[date]:
    """The public holidays of a region among so many days from the first.

    A region is a country, by code or name, maybe with a subdivision: ``CA``, ``Canada``, ``CA-ON``.
    One that is not known has no holidays.
    """
    last = first + timedelta(days=days - 1)
    found = (_of_year(region, year) for year in range(first.year, last.year + 1))
    return frozenset(day for year in found for day in year if first <= day <= last)


def known_region(region: str) -> bool:
    """Whether the holidays of a region are known."""
    return _codes(region) is not None


@lru_cache(maxsize=64)
def _of_year(region: str, year: int) -> frozenset[date]:
    if (codes := _codes(region)) is None:
        return frozenset()
    import holidays

    country, subdivision = codes
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def _codes(region: str) -> tuple[str, str | None] | None:
    """The library's codes for the country and its subdivision; None for what it does not know."""
    country, wanted = _parts(region)
    if not country:
        return None
    # The library takes 0.15 s and 19 MB (for one country it loads them all), so it is loaded only
    # where somebody has holidays.
    import holidays

    known = holidays.list_supported_countries(include_aliases=False).get(country)
    if known is None or not wanted:
        return None if known is None else (country, None)
    subdivision = next((name for name in known if name.casefold() == wanted), None)
    return None if subdivision is None else (country, subdivision)


def _parts(region: str) -> tuple[str, str]:
    """The code of the country and the subdivision; both empty where there is no such country."""
    # Some countries have a hyphen in their names: Guinea-Bissau.
    if (country := region_of(region)) is not None:
        return country, ""
    name, _, subdivision = region.rpartition("-")
    return region_of(name) or "", subdivision.strip().casefold()
