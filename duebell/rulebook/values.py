"""What a single value may be: each function says in words what is wrong with one, or None."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies

from duebell.people.countries import nearest_region, region_of
from duebell.people.emails import normalize_email
from duebell.people.phones import Unusable, normalize_phone
from duebell.rulebook.faults import guess, listed

_E164 = re.compile(r"\+[0-9]+")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_ID = re.compile(r"[0-9]+")
_OVERRIDE_ID = re.compile(r"(?:[A-Za-z0-9]+/)?[0-9]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_PLAIN_NAME = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_LONGEST_DOMAIN = 180
_VERY_NEAR = 0.8
_NOT_ALONE = frozenset('<>,; "')

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def number_fault(value: str, country: str = "") -> str | None:
    """What is wrong with a phone number in the rulebook; its mend may be one of this country."""
    found = normalize_phone(value, "", "")
    if isinstance(found, Unusable):
        meant = normalize_phone(value, country, "") if country else found
        if not isinstance(meant, Unusable):
            return f"the number has no country code; write `{meant.e164}`"
        return f"the number {found.reason}; write it like `+12125550100`"
    if not _E164.fullmatch(value):
        return f"write the number without spaces and signs, `{found.e164}`"
    return None


def email_fault(value: str) -> str | None:
    """What is wrong with an email address in the rulebook."""
    name, _, domain = value.rpartition("@")
    # Most addresses have plain names at few domains, and a full look at each takes its time.
    if _PLAIN_NAME.fullmatch(name) and _is_plain_domain(domain):
        return None
    found = normalize_email(value)
    if isinstance(found, Unusable):
        return f"the address {found.reason}; write it like `dana@firm.example`"
    if set(value) & _NOT_ALONE:
        return f"write one address alone, `{found.address}`"
    return None


@lru_cache(maxsize=4096)
def _is_plain_domain(domain: str) -> bool:
    is_usable = not isinstance(normalize_email(f"a@{domain}"), Unusable)
    return is_usable and len(domain) <= _LONGEST_DOMAIN and not set(domain) & _NOT_ALONE


@lru_cache(maxsize=1024)
def language_fault(value: str) -> str | None:
    """What is wrong with the code of a language."""
    if _LANGUAGE.fullmatch(value):
        try:
            Locale.parse(value.partition("-")[0].lower())
            return None
        except (UnknownLocaleError, ValueError):
            pass
    names = {str(name): str(code) for code, name in Locale.parse("en").languages.items()}
    code = names.get(value.capitalize())
    mend = f"did you mean `{code}`?" if code else "write a code such as `fr` or `fr-ca`"
    return f"there is no language `{value}`; {mend}"


@lru_cache(maxsize=1024)
def currency_fault(value: str) -> str | None:
    """What is wrong with the code of a currency."""
    known = list_currencies()
    if value in known:
        return None
    # In the hundreds of codes and zones there is always something that looks a little alike.
    mend = guess(value, sorted(known), _VERY_NEAR)
    mend = mend or "write a code of three letters, such as `CAD`"
    return f"there is no currency `{value}`; {mend}"


def time_zone_fault(value: str) -> str | None:
    """What is wrong with the name of a time zone."""
    try:
        ZoneInfo(value)
        return None
    # A folder of the database is no zone either: `America`.
    except (KeyError, OSError, ValueError):
        pass
    known = available_timezones()
    by_city = [name for name in sorted(known) if name.rpartition("/")[2] == value]
    mend = f"did you mean `{by_city[0]}`?" if by_city else guess(value, sorted(known), _VERY_NEAR)
    return f"there is no time zone `{value}`; {mend or 'write one like `America/Toronto`'}"


def country_fault(value: str) -> str | None:
    """What is wrong with a country's name or code."""
    if region_of(value) is not None:
        return None
    near = nearest_region(value)
    mend = f"did you mean `{near[0]}` ({near[1]})?" if near else "write a code such as `CA`"
    return f"there is no country `{value}`; {mend}"


def time_fault(value: str) -> str | None:
    """What is wrong with a time of day."""
    if _TIME.fullmatch(value):
        return None
    if value == "24:00":
        return "the day ends at `00:00`; write that"
    return f"`{value}` is no time of day; write it like `09:00` or `20:30`"


def id_fault(value: str) -> str | None:
    """What is wrong with the id of a client or a vendor."""
    return None if _ID.fullmatch(value) else f"`{value}` is no id of FreshBooks; ids are digits"


def override_id_fault(value: str) -> str | None:
    """What is wrong with the id that an override has for a client or a vendor."""
    if _OVERRIDE_ID.fullmatch(value):
        return None
    return f"`{value}` is no id; write FreshBooks' digits, `12345`, or `ACCOUNT/12345`"


def weekday_fault(value: str) -> str | None:
    """What is wrong with a day of the week."""
    if value in WEEKDAYS:
        return None
    start = value[:3].lower()
    mend = f"did you mean `{start}`?" if start in WEEKDAYS else f"there are {listed(WEEKDAYS)}"
    return f"there is no day `{value}`; {mend}"
