"""Phone numbers: from the free text of a client record to E.164, or to the reason why not.

A number is only ever read with a country that somebody stated, because a guessed one could send a
firm's invoices to a stranger. Numbers that the metadata calls impossible are refused; numbers that
it merely does not know (it lags behind what carriers hand out) are used and flagged.
https://github.com/google/libphonenumber/blob/master/FALSEHOODS.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from duebell.domain.books import Client
from duebell.people.countries import region_of

#: More than any phone number with its extension and punctuation; what is longer is not read at all.
_LONGEST = 60

_PLUS = ("+", "\uff0b")

_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: "is too short",
    ValidationResult.TOO_LONG: "is too long",
    ValidationResult.INVALID_LENGTH: "has a length that no number of its country has",
    ValidationResult.INVALID_COUNTRY_CODE: "has a country code that does not exist",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}

_UNREADABLE = {
    NumberParseException.INVALID_COUNTRY_CODE: "has a country code that does not exist",
    NumberParseException.NOT_A_NUMBER: "is not a phone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "is too short",
    NumberParseException.TOO_SHORT_NSN: "is too short",
    NumberParseException.TOO_LONG: "is too long",
}

_NOT_FOR_TEXTS = {
    PhoneNumberType.FIXED_LINE: "is a landline",
    PhoneNumberType.PREMIUM_RATE: "is a premium-rate number",
    PhoneNumberType.SHARED_COST: "is a shared-cost number",
    PhoneNumberType.VOICEMAIL: "is a voicemail number",
}


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that may receive texts, as E.164.

    ``is_doubtful`` says that the number has a possible length but is in no range that is known to
    be handed out.
    """

    e164: str = field(repr=False)
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Unusable:
    """Nothing can be sent there; ``reason`` says why in plain words and never shows the address."""

    reason: str


def normalize_phone(raw: str, country: str, fallback_country: str) -> PhoneNumber | Unusable:
    """Read a phone number as somebody wrote it.

    A leading ``+`` wins. Otherwise the number belongs to ``country``, a name or an ISO code; where
    that is blank, to ``fallback_country``. A country that is stated but not known is no reason to
    assume another one: the number is then unusable.
    """
    text = raw.strip()
    if not text:
        return Unusable("is missing")
    if len(text) > _LONGEST:
        return Unusable("is too long")
    if text.startswith(_PLUS):
        return _read(text, None)
    stated = country.strip() or fallback_country.strip()
    region = region_of(stated)
    if region is None:
        return Unusable(_no_country(stated))
    return _read(text, region)


def pick_mobile(client: Client, fallback_country: str) -> PhoneNumber | Unusable:
    """The number for texts to a client: the mobile, else the business, else the home phone.

    If none is usable, the reason tells what is wrong with each that the record has.
    """
    phones = {
        "the mobile phone": client.mobile_phone,
        "the business phone": client.business_phone,
        "the home phone": client.home_phone,
    }
    found = pick_phone(phones, client.country, fallback_country)
    return found or Unusable("the client has no phone number")


def pick_phone(
    phones: Mapping[str, str], country: str, fallback_country: str
) -> PhoneNumber | Unusable | None:
    """The first of these phones that can receive texts; None where all are blank.

    They are given by the words for each, in which the reason speaks of them. Where landlines and
    mobiles cannot be told apart (in North America), a number counts as one that receives texts.
    """
    faults = []
    for label, raw in phones.items():
        if not raw.strip():
            continue
        found = normalize_phone(raw, country, fallback_country)
        if isinstance(found, PhoneNumber):
            return found
        faults.append(f"{label} {found.reason}")
    return Unusable("; ".join(faults)) if faults else None


def _read(text: str, region: str | None) -> PhoneNumber | Unusable:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        return Unusable(_UNREADABLE.get(error.error_type, "is not a phone number"))
    fault = _fault(text, number)
    if fault is not None:
        return Unusable(fault)
    return PhoneNumber(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        is_doubtful=not phonenumbers.is_valid_number(number),
    )


def _fault(text: str, number: phonenumbers.PhoneNumber) -> str | None:
    # The library drops extensions and dials letters; both would reach somebody else's phone.
    if number.extension:
        return "has an extension, which cannot receive texts"
    if any(character.isalpha() for character in text):
        return "contains letters"
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE:
        return _IMPOSSIBLE.get(possible, "is not a possible phone number")
    return _NOT_FOR_TEXTS.get(phonenumbers.number_type(number))


def _no_country(stated: str) -> str:
    if not stated:
        return "has no country code, and no country is known for it"
    shown = "".join(character for character in stated[:40] if character.isprintable())
    return (
        f"has no country code, and the country `{shown}` is not known;"
        " write the number with + and its country code"
    )
