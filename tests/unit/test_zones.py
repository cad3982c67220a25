"""Where the owner of a phone number may be."""

from __future__ import annotations

import subprocess
import sys
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from duebell.people.zones import zones_of_number


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12125550101", ("America/New_York",)),
        ("+14165550101", ("America/Toronto",)),
        ("+4915123456789", ("Europe/Berlin",)),
        ("+493012345678", ("Europe/Berlin",)),
        ("+498001234567", ("Europe/Berlin",)),
    ],
)
def test_a_number_of_a_place(number: str, zones: tuple[str, ...]) -> None:
    """An area code tells the zone, and a country that has only one tells it of every number."""
    assert zones == zones_of_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "+18005550101",
        "+448001111111",
        "+15558675310",
        "+8001234567890",
        "+870773111632",
        "2125550101",
        "",
        "junk",
    ],
)
def test_a_number_of_nowhere(number: str) -> None:
    """Toll-free, satellite and unknown numbers say nothing of where somebody is."""
    assert () == zones_of_number(number)


def test_a_country_of_many_zones() -> None:
    """A mobile of a country with several zones may be in each of them."""
    zones = zones_of_number("+61412345678")

    assert {"Australia/Perth", "Australia/Sydney", "Australia/Lord_Howe"} <= set(zones)


def test_every_zone_exists() -> None:
    """Whatever the country of a mobile, its zones are ones that this machine can count in."""
    mobile = phonenumbers.PhoneNumberType.MOBILE
    examples = [
        phonenumbers.example_number_for_type(region, mobile)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    ]
    numbers = [
        phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164)
        for one in examples
        if one is not None
    ]

    zones = {zone for number in numbers for zone in zones_of_number(number)}

    assert len(zones) > 200
    assert all(ZoneInfo(zone).key == zone for zone in zones)


def test_the_table_of_zones_is_loaded_when_it_is_needed() -> None:
    """A process that asks for no zone does not pay for the table."""
    program = (
        "import sys, duebell.people.audiences\n"
        "print([name for name in sys.modules if name.startswith('phonenumbers.tzdata')])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ("[]\n", "") == (done.stdout, done.stderr)
