"""How FreshBooks writes times: without a zone, mostly US/Eastern, a few in UTC.

https://www.freshbooks.com/api/times
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

_SECONDS = "%Y-%m-%d %H:%M:%S"
_EXACT = "%Y-%m-%d %H:%M:%S.%f"


class Stamp(NamedTuple):
    """A timestamp of a record: the field it is kept in, its zone and its form."""

    field: str
    zone: tzinfo
    form: str

    def write(self, at: datetime) -> str:
        """A moment as it stands in this field."""
        return at.astimezone(self.zone).strftime(self.form)


#: When a record was made, for the kinds that say so.
CREATED = {
    "invoice": Stamp("created_at", EASTERN, _SECONDS),
    "client": Stamp("signup_date", UTC, _SECONDS),
    "bill": Stamp("created_at", UTC, _SECONDS),
    "bill_vendor": Stamp("created_at", UTC, _SECONDS),
}
#: When it last changed.
UPDATED = {
    "invoice": Stamp("version", EASTERN, _EXACT),
    "client": Stamp("updated", EASTERN, _SECONDS),
    "payment": Stamp("updated", EASTERN, _SECONDS),
    "bill": Stamp("updated_at", UTC, _SECONDS),
    "bill_vendor": Stamp("updated_at", UTC, _SECONDS),
    "expense": Stamp("version", EASTERN, _EXACT),
}


def stamps(noun: str, at: datetime) -> dict[str, Any]:
    """The times of a record of this kind that is made at this moment."""
    written = [table[noun] for table in (CREATED, UPDATED) if noun in table]
    return {stamp.field: stamp.write(at) for stamp in written}
