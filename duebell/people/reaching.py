"""How somebody is reached: what was found of their addresses, put together."""

from __future__ import annotations

from dataclasses import replace

from duebell.domain.circumstances import Person
from duebell.people.emails import EmailAddress, Unusable, normalize_email
from duebell.people.phones import PhoneNumber
from duebell.people.zones import zones_of_number


def reached(
    person: Person,
    phone: PhoneNumber | Unusable,
    email: EmailAddress | Unusable,
    business_zone: str = "",
) -> Person:
    """A person with their addresses, or with the reasons why there are none.

    Of the zones in which a number may be, the business' own is the likeliest and comes first.
    """
    if isinstance(phone, PhoneNumber):
        zones = sorted(zones_of_number(phone.e164), key=lambda zone: zone != business_zone)
        person = replace(person, sms=phone.e164, zones=tuple(zones))
    else:
        person = replace(person, no_sms=phone.reason)
    if isinstance(email, EmailAddress):
        return replace(person, email=email.address)
    return replace(person, no_email=email.reason)


def email_of(raw: str, whose: str) -> EmailAddress | Unusable:
    """Somebody's email address, or a whole sentence why there is none."""
    if not raw.strip():
        return Unusable(f"{whose} has no email address")
    found = normalize_email(raw)
    if isinstance(found, EmailAddress):
        return found
    return Unusable(f"the email of {whose} {found.reason}")
