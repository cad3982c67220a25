"""Addresses of either channel as a person types them."""

from __future__ import annotations

import re

import phonenumbers

from duebell.domain.rules import Channel
from duebell.people.comparable import comparable
from duebell.people.countries import region_of

_IN_FULL = "with + and its country code, like +12125550101"
_NO_COUNTRY = " without its country code"
_PLAIN_PLUS = str.maketrans({"\uff0b": "+"})
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")


class NoAddress(ValueError):
    """What was typed is no address; the message says how one is written."""


def read_address(channel: Channel, typed: str, country: str = "") -> str:
    """Read an address that a person typed, in the form in which addresses are compared.

    Any number that could exist is taken, also one to which no text can be sent. Without ``+`` it
    is one of ``country``, a name or an ISO code.

    Raises:
        NoAddress: if it is none.
    """
    if channel is Channel.EMAIL:
        return _read_email(typed)
    text = typed.strip().translate(_PLAIN_PLUS)
    if "@" in text:
        raise NoAddress("this is an email address; the channel of those is `email`")
    if any(character.isalpha() for character in text):
        # The library would dial letters, and take what follows an x for an extension.
        raise NoAddress(f"a number has no letters in it: write it {_IN_FULL}")
    text = f"+{text[2:]}" if text.startswith("00") else text
    return _read_number(text, region_of(country) if country else None)


def _read_email(typed: str) -> str:
    if _EMAIL.fullmatch(typed.strip()) is not None:
        return comparable(Channel.EMAIL, typed)
    if "@" not in typed and any(character.isdecimal() for character in typed):
        raise NoAddress("this looks like a number; the channel of those is `sms`")
    raise NoAddress("this is no email address: write it like ann@acme.example")


def _read_number(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        known = "" if region or text.startswith("+") else _NO_COUNTRY
        raise NoAddress(f"this is no phone number{known}: write it {_IN_FULL}") from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise NoAddress(f"the area code is missing: write the number {_IN_FULL}")
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        there = f" in the country {region}" if region and not text.startswith("+") else ""
        raise NoAddress(f"no phone number{there} has so many digits: write it {_IN_FULL}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
