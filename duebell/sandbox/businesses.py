"""The businesses whose books the sandbox keeps. Each has an account, a clock and a currency."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from duebell.sandbox import credentials


@dataclass(frozen=True)
class Business:
    """A business as FreshBooks knows it. ``prefix`` begins the numbers of its invoices."""

    account_id: str
    id: int
    membership_id: int
    name: str
    time_zone: str
    currency: str
    city: str
    country: str
    site: str
    prefix: str

    @property
    def zone(self) -> ZoneInfo:
        """Where its calendar days begin and end."""
        return ZoneInfo(self.time_zone)


FIRST = Business(
    account_id=credentials.ACCOUNT_ID,
    id=credentials.BUSINESS_ID,
    membership_id=140130,
    name=credentials.BUSINESS_NAME,
    time_zone=credentials.TIME_ZONE,
    currency="USD",
    city="Chicago",
    country="United States",
    site="https://harborlane.freshbooks.example",
    prefix="INV",
)
#: Far away, so that its day is seldom that of the first.
SECOND = Business(
    account_id=credentials.SECOND_ACCOUNT_ID,
    id=credentials.SECOND_BUSINESS_ID,
    membership_id=140132,
    name=credentials.SECOND_BUSINESS_NAME,
    time_zone=credentials.SECOND_TIME_ZONE,
    currency="NZD",
    city="Auckland",
    country="New Zealand",
    site="https://kauripoint.freshbooks.example",
    prefix="KP",
)
BUSINESSES = (FIRST, SECOND)
