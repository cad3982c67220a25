"""In which time zones the owner of a phone number may be."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType

#: Numbers that belong to a place, or to a country at least.
_SOMEWHERE = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


@lru_cache(maxsize=8192)
def zones_of_number(e164: str) -> tuple[str, ...]:
    """The IANA time zones of a number; none where it says nothing of a place.

    A mobile number counts for the place where it was handed out. A toll-free number, or one of a
    range that is not known, belongs nowhere in particular: it has no zones unless its whole country
    has one alone.
    """
    # About 1 MB, and 20 ms for the first number: not at the start of every process.
    from phonenumbers import timezone

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ()
    names = timezone.time_zones_for_number(number)
    is_anywhere = phonenumbers.number_type(number) not in _SOMEWHERE and len(names) > 1
    return () if is_anywhere else tuple(filter(_is_known, names))


def _is_known(name: str) -> bool:
    """Whether this machine knows the zone; the metadata also says ``Etc/Unknown``."""
    try:
        return ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError):
        return False
