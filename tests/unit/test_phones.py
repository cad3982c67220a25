"""Phone numbers are read only as somebody stated them, and shown to nobody."""

from __future__ import annotations

from dataclasses import replace

import phonenumbers
import pytest

from duebell.domain.books import Client
from duebell.domain.masks import mask_number
from duebell.people.countries import region_of
from duebell.people.masking import mask, mask_email, mask_phone
from duebell.people.phones import (
    PhoneNumber,
    Unusable,
    normalize_phone,
    pick_mobile,
    pick_phone,
)
from duebell.wording.sample_records import SAMPLE_CLIENT


def a_client(mobile: str = "", business: str = "", home: str = "", country: str = "") -> Client:
    """A client with these phones and no others."""
    return replace(
        SAMPLE_CLIENT,
        mobile_phone=mobile,
        business_phone=business,
        home_phone=home,
        country=country,
    )


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("(212) 555-0101", "United States", "+12125550101"),
        ("212.555.0101", "USA", "+12125550101"),
        ("416-444-4444", "Canada", "+14164444444"),
        ("07400 123456", "GB", "+447400123456"),
        ("07400 123456", "England", "+447400123456"),
        ("0151 23456789", "Deutschland", "+4915123456789"),
        ("06 12 34 56 78", "FRANCE", "+33612345678"),
        ("011 44 7400 123456", "US", "+447400123456"),
        ("+44 (0)7400 123456", "United States", "+447400123456"),
        ("\uff0b12125550101", "", "+12125550101"),
        ("+1 212 555 0101", "Atlantis", "+12125550101"),
        ("\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0660\u0661", "US", "+12125550101"),
    ],
)
def test_numbers_become_e164(raw: str, country: str, expected: str) -> None:
    """A number in the way its country writes it becomes E.164, and a leading plus wins."""
    number = normalize_phone(raw, country, "")

    assert PhoneNumber(expected) == number


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("", "US", "is missing"),
        ("   ", "US", "is missing"),
        ("415.555.2671 x123", "US", "has an extension, which cannot receive texts"),
        ("1-800-FLOWERS", "US", "contains letters"),
        ("212 555 0101 cell", "US", "contains letters"),
        ("call me", "US", "is not a phone number"),
        ("911", "US", "is too short"),
        ("+1415555267", "", "is too short"),
        ("444-4444", "Canada", "lacks its area code"),
        ("416-444-4444 / 416-555-0101", "Canada", "is too long"),
        ("9" * 5000, "US", "is too long"),
        ("+999 123 456 789", "", "has a country code that does not exist"),
        ("030 123456", "Germany", "is a landline"),
        ("900-555-0101", "US", "is a premium-rate number"),
        ("212-555-0101", "", "has no country code, and no country is known for it"),
        ("+1 212 555 0101;ext=7", "", "has an extension, which cannot receive texts"),
        ("212-555-0101 #12", "US", "has an extension, which cannot receive texts"),
        ("(212) GOT-MILK", "US", "contains letters"),
        ("+1 (212) 555-BELL", "", "contains letters"),
        ("01 42 68 53 00", "France", "is a landline"),
        ("+44 20 7946 0958", "", "is a landline"),
        ("0900 1234567", "Deutschland", "is a premium-rate number"),
        ("000-000-00000", "US", "is too long"),
        ("+", "US", "is not a phone number"),
        ("\U0001f4de", "US", "is not a phone number"),
    ],
)
def test_what_cannot_receive_texts_is_told(raw: str, country: str, reason: str) -> None:
    """A number that cannot receive texts gives the reason in plain words."""
    number = normalize_phone(raw, country, "")

    assert Unusable(reason) == number


def test_a_blank_country_is_the_fallback() -> None:
    """Where the record states no country, the number belongs to the business' country."""
    number = normalize_phone("212-555-0101", " ", "United States")

    assert PhoneNumber("+12125550101") == number


def test_an_unknown_country_is_not_replaced_by_the_fallback() -> None:
    """A stated country that nobody knows never makes the number one of another country."""
    number = normalize_phone("212-555-0101", "Atlan\x1btis", "United States")

    assert isinstance(number, Unusable)
    assert "country `Atlantis` is not known" in number.reason
    assert "0101" not in number.reason


@pytest.mark.parametrize("raw", ["+15558675310", "+447700900123"])
def test_possible_but_unknown_ranges_are_used_and_flagged(raw: str) -> None:
    """A number of a possible length outside the known ranges is used, with a flag."""
    number = normalize_phone(raw, "", "")

    assert PhoneNumber(raw, is_doubtful=True) == number


def test_a_number_does_not_show_itself() -> None:
    """The representation of a number, which logs and errors print, is without the number."""
    shown = repr(PhoneNumber("+12125550101"))

    assert "2125550101" not in shown


def test_the_mobile_comes_first() -> None:
    """Of several usable phones the mobile is taken."""
    client = a_client(mobile="+12125550101", business="+12125550102", home="+12125550103")

    number = pick_mobile(client, "")

    assert PhoneNumber("+12125550101") == number


def test_a_landline_at_home_is_passed_over() -> None:
    """The home phone is the last resort, and is not used if it is a landline."""
    client = a_client(mobile="n/a", home="030 123456", country="Deutschland")

    number = pick_mobile(client, "")

    assert (
        Unusable("the mobile phone is not a phone number; the home phone is a landline") == number
    )


def test_the_business_phone_stands_in() -> None:
    """Without a usable mobile the business phone is taken."""
    client = a_client(mobile="n/a", business="(212) 555-0102", country="United States")

    number = pick_mobile(client, "Canada")

    assert PhoneNumber("+12125550102") == number


def test_where_landlines_cannot_be_told_from_mobiles() -> None:
    """In North America any number of a place may be a mobile, so it is used."""
    client = a_client(mobile=" ", business="(212) 555-0102", country="US")

    assert PhoneNumber("+12125550102") == pick_mobile(client, "")


def test_phones_are_tried_in_their_order() -> None:
    """The first usable one is taken, and blank ones are no fault."""
    landline, mobile = "030 123456", "0151 23456789"

    found = pick_phone({"one": "", "two": landline, "three": mobile}, "Germany", "")
    faulty = pick_phone({"one": "", "two": landline}, "Germany", "")
    nothing = pick_phone({"one": " "}, "Germany", "")

    assert PhoneNumber("+4915123456789") == found
    assert Unusable("two is a landline") == faulty
    assert nothing is None


def test_no_phone_at_all() -> None:
    """A client without any phone is told in one sentence."""
    number = pick_mobile(a_client(), "Canada")

    assert Unusable("the client has no phone number") == number


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("Canada", "CA"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("GBR", "GB"),
        ("Österreich", "AT"),
        ("cote d'ivoire", "CI"),
        ("États-Unis", "US"),
        ("España", "ES"),
        ("Korea, Republic of", "KR"),
        ("Atlantis", None),
        ("EU", None),
        ("", None),
    ],
)
def test_countries_by_name_and_code(country: str, region: str | None) -> None:
    """Countries are known by code and by name, in several languages and spellings."""
    found = region_of(country)

    assert region == found


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+12125550101", "+1•••••0101"),
        ("+447700900123", "+44•••••0123"),
        ("+4923456", "+49•••••"),
        ("2125550101", "•••••"),
        ("", "•••••"),
    ],
)
def test_masked_phones(number: str, masked: str) -> None:
    """A masked phone keeps the country code and four digits, or nothing."""
    assert masked == mask_phone(number)
    assert masked == mask_number(number)
    assert masked == mask_number(masked)


def test_the_calling_code_is_known() -> None:
    """Of a number in any country the calling code is left to be seen, and four digits."""
    examples = (
        phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    )
    form = phonenumbers.PhoneNumberFormat.E164
    numbers = [one for one in examples if one is not None]

    masked = {one.country_code: phonenumbers.format_number(one, form) for one in numbers}

    assert len(masked) > 200
    assert {code: f"+{code}" for code in masked} == {
        code: mask_number(number).partition("•")[0] for code, number in masked.items()
    }


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("dana@firm.example", "d•••••@firm.example"),
        ("@firm.example", "•••••"),
        ("dana", "•••••"),
        ("", "•••••"),
    ],
)
def test_masked_addresses(address: str, masked: str) -> None:
    """A masked e-mail address keeps its first character and its domain, or nothing."""
    assert masked == mask_email(address)


@pytest.mark.parametrize(
    ("channel", "address", "masked"),
    [
        ("sms", "+12125550101", "+1•••••0101"),
        ("email", "dana@firm.example", "d•••••@firm.example"),
        ("sms", "dana@firm.example", "•••••"),
    ],
)
def test_masked_by_channel(channel: str, address: str, masked: str) -> None:
    """An address is masked as its channel wants it."""
    assert masked == mask(channel, address)
