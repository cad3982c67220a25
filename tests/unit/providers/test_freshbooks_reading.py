"""Single values of FreshBooks' records: times, and what can be stored."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample

EASTERN = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2021-01-16 10:31:58", datetime(2021, 1, 16, 15, 31, 58, tzinfo=UTC)),
        ("2021-04-16 10:31:58.480684", datetime(2021, 4, 16, 14, 31, 58, 480684, tzinfo=UTC)),
        ("2021-11-07 01:30:00", datetime(2021, 11, 7, 5, 30, tzinfo=UTC)),
        ("2021-11-07 02:30:00", datetime(2021, 11, 7, 7, 30, tzinfo=UTC)),
        ("2021-03-14 02:30:00", datetime(2021, 3, 14, 7, 30, tzinfo=UTC)),
        ("2017-08-23T11:45:09Z", datetime(2017, 8, 23, 11, 45, 9, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("9999-12-31 23:00:00", None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_times_without_a_zone_are_eastern(written: str, moment: datetime | None) -> None:
    """FreshBooks' times become UTC, the hour that comes twice always as its first occurrence."""
    assert moment == wire.eastern_time(written)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2021-09-01 15:30:29", datetime(2021, 9, 1, 15, 30, 29, tzinfo=UTC)),
        ("2021-09-01T15:30:29-04:00", datetime(2021, 9, 1, 19, 30, 29, tzinfo=UTC)),
        ("", None),
        ("soon", None),
    ],
)
def test_some_times_without_a_zone_are_utc(written: str, moment: datetime | None) -> None:
    """The few times that FreshBooks writes in UTC are left as they are."""
    assert moment == wire.utc_time(written)


def test_every_hour_of_a_decade_is_read() -> None:
    """Each hour that Eastern clocks showed since 2015 is read as the first moment they did."""
    moment, seen = datetime(2015, 1, 1, tzinfo=UTC), set[str]()
    wrong: list[str] = []

    while moment.year < 2025:
        written = moment.astimezone(EASTERN).strftime("%Y-%m-%d %H:%M:%S")
        if written not in seen and wire.eastern_time(written) != moment:
            wrong.append(written)
        seen.add(written)
        moment += timedelta(hours=1)

    assert [] == wrong


def test_what_no_database_stores_is_left_out() -> None:
    """Half a character or a NUL in a name costs that character and not the record."""
    payload = copy.deepcopy(sample("freshbooks/client.json"))
    payload["response"]["result"]["client"]["organization"] = "Caf\u00e9 \ud83d\x00Noir"

    client = wire.client_from(payload, "ACM123")

    assert "Caf\u00e9 Noir" == client.organization


def test_a_number_that_python_refuses_to_write() -> None:
    """A number of thousands of digits costs its own field and not the record."""
    client = wire.client_from({"id": 7, "fname": 10**5000, "lname": 12}, "ACM123")

    assert ("7", "", "12") == (client.id, client.first_name, client.last_name)
